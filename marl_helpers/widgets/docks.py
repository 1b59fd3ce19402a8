"""A dock to try: rules on sliders, what is exactly known at once, and teams that learn while the page stays alive."""

import asyncio
import threading
from collections.abc import Iterable

import ipywidgets

from marl_helpers import mixers
from marl_helpers.basics import arguments
from marl_helpers.basics.devices import one_thread
from marl_helpers.envs.dock import Dock
from marl_helpers.exact import dock
from marl_helpers.plots.training import curves
from marl_helpers.training.learner import Settings
from marl_helpers.training.loop import Training, advance
from marl_helpers.training.runs import Plan, Run
from marl_helpers.widgets.still import Still
from marl_helpers.widgets.unfolding import PAUSE
from marl_helpers.widgets.view import Drawing, View

LEARN, STOP = "Learn", "Stop"
RULES = ("n_robots", "need", "pay", "shelves", "trucks")  # of the dock that are on sliders


class DockTrial(View):
    """Sliders for a dock's rules, the exact returns of its best and of its safe team, and a button to learn there.

    plan, settings: how each method learns, with `seeds` seeds, from test to test with a pause in between. rules: the
    dock's options at first. `runs` holds what was learned, by method, as far as it went; a change of a slider ends the
    learning and forgets it, the button only ends it. An error shows below and is raised.
    Raises ValueError for an unknown method, none, or one named twice, and for rules that the dock has not.
    """

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
        self.rules, env = rules, Dock(**rules)
        self.runs: dict[str, Run] = {}
        self.task: asyncio.Task | None = None
        sliders = [
            ipywidgets.IntSlider(env.n_robots, min=2, max=max(6, env.n_robots), description="robots"),
            ipywidgets.IntSlider(env.needed, min=1, max=env.n_robots, description="needed"),
            ipywidgets.FloatSlider(env.pay, min=0, max=max(20, env.pay), step=0.5, description="a truck pays"),
            ipywidgets.FloatSlider(env.shelves, min=0, max=1, step=0.1, description="chance of a shelf"),
            ipywidgets.FloatSlider(env.trucks, min=0, max=1, step=0.1, description="chance of a truck"),
        ]
        for slider in sliders:
            slider.layout.width, slider.style.description_width, slider.continuous_update = "30em", "9em", False
        self.button, self.still = ipywidgets.Button(description=LEARN), Still(width=700)
        super().__init__(sliders, self._exactly)
        self.button.on_click(self._clicked)
        self.children = [*sliders, self.panel, self.button, self.still]

    @property
    def env(self) -> Dock:
        """The dock that the sliders show."""
        return Dock(**self.rules | dict(zip(RULES, (slider.value for slider in self.controls))))

    def _show(self, change=None) -> None:
        robots, needed, *_ = self.controls
        if change is not None and change.owner is robots and needed.value > robots.value:
            needed.value = robots.value  # which shows it
            return
        needed.max = robots.value
        self._end()
        self.runs, self.still.picture, self.still.alt = {}, b"", ""
        super()._show(change)

    def _exactly(self, _values: tuple) -> Drawing:
        self.lines = {"the best team": dock.optimum(self.env), "never to the dock": dock.safe(self.env)}
        said = [f"{name}: {earns:.2f}" for name, earns in self.lines.items()]
        return f"<p>In a shift, on average, {'; '.join(said)}.</p>", "\n".join(said)

    def _clicked(self, _button=None) -> None:
        if self.button.description == STOP:
            self._end()
            return
        self.runs, self.button.description = {}, STOP
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:  # a plain script: nothing else waits for its turn
            asyncio.run(self._learn())
        else:
            self.task = loop.create_task(self._learn())

    def _end(self) -> None:
        if self.task is not None:
            self.task.cancel()
        self.task, self.button.description = None, LEARN

    async def _learn(self) -> None:
        with self.panel.reporting():
            try:
                for method in self.methods:
                    await self._learn_one(method)
            finally:
                if self.task in (None, asyncio.current_task()):  # no newer learning is under way
                    self.task, self.button.description = None, LEARN

    async def _learn_one(self, method: str) -> None:
        training = Training(self.env, method, self.seeds, 0, "cpu", *self.recipe)
        while not training.finished:
            with one_thread():
                advance(training, threading.Event())
            if training.updates:  # the first test comes before all learning, and is no curve yet
                self.runs[method] = training.run()
                self._draw_runs()
            await asyncio.sleep(PAUSE)

    def _draw_runs(self) -> None:
        named = {mixers.find(method).label: run for method, run in self.runs.items()}
        picture = curves(named, self.lines)
        with self.still.hold_sync():
            self.still.picture, self.still.alt = picture.png(dpi=100), picture.alt

    def settings(self) -> list[tuple[str, str]]:
        """What the sliders are set to, and what was learned there."""
        learned = [("learned", line) for line in self.still.alt.splitlines()]
        return super().settings() + learned
