"""A trained team on the page, to which robots are added, and from which they are taken, while it plays."""

from collections.abc import Mapping

import torch
import traitlets

from marl_helpers import envs
from marl_helpers.basics import arguments
from marl_helpers.exact import dock
from marl_helpers.games.dock import MOST
from marl_helpers.mixers import layers
from marl_helpers.plots.base import Picture, drawn, image
from marl_helpers.plots.films import WORLD
from marl_helpers.plots.worlds import Dock
from marl_helpers.training.packing import pack, unpack
from marl_helpers.training.runs import Run
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles

TEAM = "a run of train('dock_teams', ...), or what training.pack made of one"


class GrowingTeam(Alive):
    """A team of entity agents in the dock whose robots differ: `+` adds a robot, which plays at once, `-` lets one go.

    team: a run of train("dock_teams", ...), or what training.pack made of one; which: the run's seed, counted from 0.
    A team that can be trained while a class waits, in about a minute of one processor: train("dock_teams", "vdn",
    seeds=1, updates=4000, anneal=160_000, optimiser="adam", rate=1e-3, hidden=32, tau=0.01).

    most: the largest team, up to 16. trained: by the number of robots, what a team that was trained on it reaches of
    the way from safe to best, to compare with. `size` is the number of robots now, which Python may set too.

    The page has the agents' weights, rounded to two bytes each (training/packing.py), and plays by itself: the network
    and the dock's rules are in static/. Each shift's lanes are drawn anew; beside what the team earns stand
    `exact.dock.safe` and `exact.dock.optimum` of the same lanes, and over all whole shifts of a size its share of the
    way from one to the other with its standard error. A shift during which the team changed is not counted.
    Raises ValueError for agents without rows, another environment, and sizes or shares that cannot be.
    """

    _esm = module(
        *("numbers", "controls", "moving", "drawing", "worlds", "steps", "entity_agents", "dock_shift", "growing")
    )
    _css = styles("panel", "controls", "film", "growing")
    team = traitlets.Dict().tag(sync=True)
    rules = traitlets.Dict().tag(sync=True)  # the dock's, as dock_shift.js takes them
    least = traitlets.Int().tag(sync=True)
    learned = traitlets.List().tag(sync=True)  # the smallest and the largest team that it was trained on
    trained = traitlets.Dict().tag(sync=True)
    size = traitlets.Int().tag(sync=True)

    def __init__(
        self,
        team: Run | Mapping,
        which: int = 0,
        most: int = 12,
        trained: Mapping[int, float] | None = None,
    ):
        packed = pack(team, which) if isinstance(team, Run) else dict(arguments.instance(Mapping, TEAM, team=team))
        if packed.get("env") != "dock_teams" or not {"options", "weights"} <= packed.keys():
            raise ValueError(f"team was trained in {packed.get('env')!r}: give {TEAM}")
        least, largest = packed["options"]["robots"]
        most = arguments.at_most(largest, MOST, most=most)
        self.env = envs.make("dock_teams", **packed["options"] | {"robots": (least, most), "slots": most})
        self.agents = unpack(packed, self.env)
        names = ("lanes", "shelves", "trucks", "limit", "pay")
        rules = {name: getattr(self.env, name) for name in names} | {"slots": most}
        rules["needed"] = [self.env.needed(size) for size in range(most + 1)]
        super().__init__(
            team=packed,
            rules=rules,
            least=least,
            learned=[least, largest],
            trained=_shares(trained, most),
            size=largest,
        )

    @checks("size")
    def _check_size(self, size: int) -> int:
        return arguments.at_most(self.least, self.rules["slots"], size=size)

    def settings(self) -> list[tuple[str, str]]:
        """The number of robots, and those that the team was trained on."""
        return [("robots", str(self.size)), ("trained on", " to ".join(map(str, self.learned)))]

    @torch.no_grad()
    def _first(self) -> tuple[dict, list[str]]:
        """How a shift of that size begins, and what each robot chooses there."""
        noise = layers.draw(layers.generators(0, 1), (1, self.env.noise), torch.Tensor.uniform_)
        world = self.env.reset(noise)
        world["present"] = torch.arange(self.env.n_agents).expand_as(world["present"]) < self.size
        seen = self.env.observe(world)
        utilities, _ = self.agents.step(seen.obs, *self.agents.start(seen.obs))
        actions = utilities[0, 0, : self.size].argmax(-1).tolist()
        scene, names = self.env.scene(world, 0, 0), self.env.action_names[0]
        return scene, [(action, names[action]) for action in actions]

    @drawn
    def drawing(self) -> Drawing:
        """The first step of a shift: where everything stands, what the robots choose, and what the shift is worth."""
        from matplotlib.figure import Figure

        scene, plays = self._first()
        rules = self.env.rules(scene["worth"])
        figure = Figure(figsize=(WORLD, 1.2 + 0.36 * self.size))
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set_axis_off()
        world = Dock(axes, [scene])
        world.show(0, plays)
        come = [str(i + 1) for i, (_, name) in enumerate(plays) if name == "dock"]
        said = [
            f"{self.size} robots of a team that was trained on {' to '.join(map(str, self.learned))} begin a shift.",
            f"To the dock: {', '.join(come) or 'nobody'}; {scene['need']} are needed.",
            f"With these lanes a safe team expects {dock.safe(rules):.2f}, the best {dock.optimum(rules):.2f}.",
            *(f"A team trained on {size}: {share:.2f} of that way." for size, share in self.trained.items()),
        ]
        text = "\n".join([*said, world.say(0)])
        return image(Picture(figure, text).svg(), text) + "".join(f"<p>{line}</p>" for line in said), text


def _shares(trained: Mapping | None, most: int) -> dict[str, float]:
    """By the size as text, as JSON has it."""
    shares = arguments.entries(arguments.finite, 0, trained=trained or {})
    return {str(arguments.at_most(2, most, **{"a size in trained": size})): share for size, share in shares.items()}
