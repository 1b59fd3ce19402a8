"""The check of decentralised plans for the shared dock, for lecture 08: what they earn is exact."""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NoReturn

from marl_helpers.checks.exercise import Mistake, call, exercise, unreadable
from marl_helpers.checks.reading import items, truth
from marl_helpers.exact import dock
from marl_helpers.games.dock import DockRules

ASKED = 30.0
LANE_EMPTY, LANE_FULL = (0, 0, 0), (1, 0, 0)  # what a robot can see in its lane, unless it is a lookout
EARNS = "Your team expects {earns:.4g}: {shelves:.3g} from shelves, and {trucks:.2g} trucks. "


@exercise(
    "lecture-08",
    "Plans for the dock",
    {
        "safe": EARNS + "Nobody ever goes to the dock. That is safe.",
        "always dock": EARNS + "All are at the dock in every step: no truck is missed, and no shelf is ever cleared.",
        "only empty lanes": EARNS + "All go exactly when their lane is empty. How often are three lanes empty at once?",
        "never goes": EARNS + "Robot {i} never goes to the dock, and a truck takes all three.",
        "never sees": EARNS + "Robot {i} waits in its lane for a truck that it cannot see from there, and never goes.",
        "lookout blind": EARNS + "Robot 1 does the same whether it sees a truck or not. It alone sees the truck from "
        "its lane.",
        "lookout deaf": EARNS + "Robot 1 sees a truck and a shelf in its lane, and stays in its lane. Then the "
        "truck waits, and so may the others.",
        "never returns": EARNS + "Robot {i} stands at the dock, sees no truck, has a shelf in its lane, and stays. "
        "That costs the shelf's worth in every step.",
        "below safe": EARNS
        + "Never to go there earns {safe:.4g}. Which steps of yours cost a shelf and bring no truck?",
        "too little": EARNS + "That is more than {safe:.4g}, which is safe, and less than the {asked:g} asked.",
    },
)
def dock_plans(plans: Callable) -> str:
    """plans(): for each robot of the default dock, a dictionary from what it sees to DOCK (1) or LANE (0).

    It sees (shelf, truck, at the dock), each 0 or 1; what is left out means the lane. The team is to expect ASKED.
    """
    env, given = DockRules(), _read(call(plans))
    earns, shelves = dock.value(env, given), dock.value(DockRules(pay=0), given)
    safe, optimum = _bounds()
    parts = {"earns": earns, "shelves": shelves, "trucks": (earns - shelves) / env.pay, "safe": safe}
    if earns < ASKED - 1e-9:
        _name(given, {**parts, "asked": ASKED})
    return EARNS.format(**parts) + f"Never to go earns {safe:.4g}, and a team that sees everything {optimum:.4g}."


@lru_cache(1)
def _bounds() -> tuple[float, float]:
    return dock.safe(DockRules()), dock.optimum(DockRules())


def _read(value) -> list[dock.Plan]:
    listed, n = items(value, "What plans returns"), DockRules().n_robots
    if len(listed) != n or not all(isinstance(plan, Mapping) for plan in listed):
        unreadable(f"plans returned {value!r:.60}: return a list of {n} dictionaries, one for each robot.")
    for i, plan in enumerate(listed, 1):
        if strange := [sight for sight in plan if sight not in dock.SIGHTS]:
            unreadable(f"Robot {i}'s plan has the entry {strange[0]!r:.40}: give (shelf, truck, at dock), each 0 or 1.")
    return [{s: int(truth(plan[s], f"Robot {i}'s plan at {s}")) for s in plan} for i, plan in enumerate(listed, 1)]


def _name(given: list[dock.Plan], parts: dict) -> NoReturn:
    """Raise the Mistake of plans that earn too little."""
    acts = [{sight: plan.get(sight, 0) for sight in dock.SIGHTS} for plan in given]
    seen = [_visible(i) for i in range(len(acts))]
    goes = [[act[sight] for sight in own] for act, own in zip(acts, seen)]
    if not any(map(any, goes)):
        raise Mistake("safe", **parts)
    if all(map(all, goes)):
        raise Mistake("always dock", **parts)
    if all(act[sight] == (not sight[0]) for act, own in zip(acts, seen) for sight in own):
        raise Mistake("only empty lanes", **parts)
    for i, act in enumerate(acts):
        if not any(goes[i]):
            raise Mistake("never goes", i=i + 1, **parts)
        if i >= DockRules.lookouts and not act[LANE_EMPTY] and not act[LANE_FULL]:
            raise Mistake("never sees", i=i + 1, **parts)
    lookout = acts[0]
    if all(lookout[shelf, 0, at_dock] == lookout[shelf, 1, at_dock] for shelf in (0, 1) for at_dock in (0, 1)):
        raise Mistake("lookout blind", **parts)
    if not lookout[1, 1, 0]:
        raise Mistake("lookout deaf", **parts)
    for i, act in enumerate(acts):
        if act[1, 0, 1]:
            raise Mistake("never returns", i=i + 1, **parts)
    raise Mistake("below safe" if parts["earns"] < parts["safe"] else "too little", **parts)


def _visible(i: int) -> list[tuple[int, int, int]]:
    """What robot i can ever see."""
    return [(shelf, truck, at) for shelf, truck, at in dock.SIGHTS if at or not truck or i < DockRules.lookouts]
