"""A dock to try: rules on sliders, what is exactly known at once, and teams that learn while the page stays alive."""

import asyncio
import threading
from collections.abc import Iterable

import numpy as np
import traitlets

from marl_helpers import mixers
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import one_thread
from marl_helpers.envs.dock import Dock
from marl_helpers.exact import dock
from marl_helpers.games.dock import DockRules
from marl_helpers.plots.base import image
from marl_helpers.plots.training import curves
from marl_helpers.training.loop import Training, advance
from marl_helpers.training.plan import Plan, Settings
from marl_helpers.training.runs import Run
from marl_helpers.widgets.alive import Alive, Drawing, Refused, module, styles
from marl_helpers.widgets.unfolding import PAUSE

# The dock's rules that are on sliders, and what they are called there.
RULES = {
    "n_robots": "robots",
    "need": "needed",
    "pay": "a truck pays",
    "shelves": "chance of a shelf",
    "trucks": "chance of a truck",
}


class DockTrial(Alive):
    """Sliders for a dock's rules, the exact returns of its best and of its safe team, and a button to learn there.

    plan, settings: how each method learns, with `seeds` seeds, from test to test with a pause in between. rules: the
    dock's options at first. The page solves the dock by itself; to learn it asks Python, which is what `wanted` does:
    True begins, False ends it. `runs` holds what was learned, by method, as far as it went, and `picture` and `said`
    show it; a change of a slider ends the learning and forgets it, the button only ends it.
    Raises ValueError for an unknown method, none, or one named twice, and for rules that the dock has not.
    """

    _esm = module("numbers", "controls", "dock_returns", "dock")
    _css = styles("panel", "controls", "dock")
    n_robots = traitlets.Int().tag(sync=True)
    need = traitlets.Int().tag(sync=True)
    pay = traitlets.Float().tag(sync=True)
    shelves = traitlets.Float().tag(sync=True)
    trucks = traitlets.Float().tag(sync=True)
    sliders = traitlets.Dict().tag(sync=True)  # by rule: its label, the least and most value, and the step
    fixed = traitlets.Dict().tag(sync=True)  # the other rules that its returns depend on: lanes and limit
    wanted = traitlets.Bool().tag(sync=True)
    learning = traitlets.Bool().tag(sync=True)  # Python's answer to `wanted`
    picture = traitlets.Unicode().tag(sync=True)  # an SVG file, "" where nothing is learned
    said = traitlets.Unicode().tag(sync=True)
    learned = traitlets.Dict().tag(sync=True)  # the rules that it was learned with

    def __init__(
        self,
        plan: Plan,
        settings: Settings,
        methods: Iterable[str] = ("iql", "vdn", "qmix"),
        seeds: int = 4,
        **rules,
    ):
        self.methods = [mixers.find(method).name for method in arguments.names(methods=methods)]
        plan = arguments.instance(Plan, "a Plan, such as Plan(updates=500)", plan=plan)
        settings = arguments.instance(Settings, "Settings, such as Settings(rate=1e-3)", settings=settings)
        self.recipe, self.seeds = (plan, settings), arguments.at_least(1, seeds=seeds)
        self.given, env = rules, Dock(**rules)
        dock.optimum(env)  # which may be too much work, here as on the page
        self.runs: dict[str, Run] = {}
        self.stop, self.task = threading.Event(), None  # of the last learning
        self._lock = threading.RLock()  # JupyterLab's messages may come in another thread than a learning's
        lanes = env.lanes if np.ndim(env.lanes) == 0 else env.worth
        super().__init__(sliders=_sliders(env), fixed={"lanes": lanes, "limit": env.limit}, **_rules(env))

    @property
    def env(self) -> Dock:
        """The dock that the sliders show."""
        return Dock(**self.given | {name: getattr(self, name) for name in RULES})

    @property
    def lines(self) -> dict[str, float]:
        """What the best and the safe team expect to earn in a shift."""
        return _lines(self.env)

    @traitlets.validate(*RULES)
    def _check(self, proposal: dict) -> float:
        """A value that goes with the other rules; raises ValueError for one that does not."""
        name, value = proposal["trait"].name, proposal["value"]
        rules = {name: getattr(self, name) for name in RULES} | {name: value}
        if name == "n_robots":
            rules["need"] = min(rules["need"], value)  # which it becomes
        try:
            DockRules(**self.given | rules)
        except ValueError as error:
            raise Refused(str(error)) from None  # after which traitlets goes back
        return value

    @traitlets.observe(*RULES)
    def _changed(self, _change) -> None:
        with self._lock:
            self.need = min(self.need, self.n_robots)
            self._end()
            self.runs, self.picture, self.said, self.learned = {}, "", "", {}

    @traitlets.observe("wanted")
    def _asked(self, change) -> None:
        with self._lock:
            if not change.new:
                self._end()
                return
            self.stop, self.runs, self.learning = threading.Event(), {}, True
        learning = self._learn(self.env, self.stop)
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain script: nothing else waits for its turn
            asyncio.run(learning)
        else:
            self.task = loop.create_task(learning)

    def _end(self) -> None:
        self.stop.set()
        self.learning = self.wanted = False

    async def _learn(self, env: Dock, stop: threading.Event) -> None:
        with self.reporting():
            try:
                for method in self.methods:
                    await self._learn_one(method, env, stop)
            finally:
                with self._lock:
                    if not stop.is_set():  # then no newer learning is under way
                        self._end()

    async def _learn_one(self, method: str, env: Dock, stop: threading.Event) -> None:
        training = Training(env, method, self.seeds, 0, "cpu", *self.recipe)
        while not training.finished and not stop.is_set():
            with one_thread():
                advance(training, stop)
            if training.updates:  # the first test comes before all learning, and is no curve yet
                self._show(self.runs | {method: training.run()}, env, stop)
            await asyncio.sleep(PAUSE)

    def _show(self, runs: dict[str, Run], env: Dock, stop: threading.Event) -> None:
        picture = curves({mixers.find(method).label: run for method, run in runs.items()}, _lines(env))
        with self._lock, self.hold_sync():
            if not stop.is_set():
                self.runs, self.picture, self.said, self.learned = runs, picture.svg(), picture.alt, _rules(env)

    def settings(self) -> list[tuple[str, str]]:
        """What the sliders are set to, and what was learned there."""
        learned = [("learned", line) for line in self.said.splitlines()]
        return [*((label, f"{getattr(self, name):g}") for name, label in RULES.items()), *learned]

    def drawing(self) -> Drawing:
        """The exact returns, and the curves of what was learned."""
        said = [f"{name}: {earns:.2f}" for name, earns in self.lines.items()]
        picture = image(self.picture, self.said) if self.picture else ""
        html = f"<p>In a shift, on average, {'; '.join(said)}.</p>{picture}"
        return html, "\n".join(said)


def _rules(env: Dock) -> dict[str, float]:
    """The rules that are on sliders."""
    return {name: getattr(env, name) for name in RULES} | {"need": env.needed}


def _lines(env: Dock) -> dict[str, float]:
    return {"the best team": dock.optimum(env), "never to the dock": dock.safe(env)}


def _sliders(env: Dock) -> dict[str, dict]:
    """From where to where each rule goes: robots whose lanes are named one by one stay as many."""
    robots = (max(2, env.lookouts), max(6, env.n_robots)) if np.ndim(env.lanes) == 0 else (env.n_robots, env.n_robots)
    ranges = {
        "n_robots": (*robots, 1),
        "need": (1, env.n_robots, 1),
        "pay": (0, max(20, env.pay), _step(0.5, env.pay)),
        "shelves": (0, 1, _step(0.1, env.shelves)),
        "trucks": (0, 1, _step(0.1, env.trucks)),
    }
    return {
        name: dict(zip(("label", "least", "most", "step"), (RULES[name], *found))) for name, found in ranges.items()
    }


def _step(usual: float, value: float) -> float:
    """The usual step, or so small a one that a slider can stand at the value."""
    while usual > 1e-4 and abs(value / usual - round(value / usual)) > 1e-9:
        usual /= 10
    return usual
