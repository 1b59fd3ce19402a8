"""The rules of the shared dock: shelves in lanes of their own, and a truck that takes several robots at once.

Every robot has a lane, where a shelf may stand, and all share a dock, where a truck may stand. In each step every robot
goes to one of the two:

1. lane: a shelf that stands there is cleared, and the team earns what a shelf of this lane is worth.
2. dock: if a truck is there and at least `need` robots come in this step, it is loaded, the team earns `pay` and the
   truck leaves. Otherwise it waits, and the robots that came have lost their step.

Then an empty lane gets a shelf with chance `shelves` and an empty dock a truck with chance `trucks`; the first step
begins like this too, with everything empty and nobody at the dock. After `limit` steps the shift is over: the game
terminates, and nothing is ever truncated.

So coming to the dock costs nothing while one's lane is empty, and a shelf's worth while it is not; whether it is worth
that depends on the truck, which the first `lookouts` robots always see and the others only while they are at the dock,
and on everyone else's lane, which they never see.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Real

from marl_helpers.basics import arguments

MOST = 16  # robots


@dataclass(kw_only=True, eq=False)
class DockRules:
    """What robots that clear shelves in lanes of their own, or load a truck together, are paid, and how often.

    n_robots: 2 to 16. need: how many must come in the same step to load a truck, None for all. pay: what a truck is
    worth. lanes: what a shelf is worth, a number, or one for each robot. shelves, trucks: chances that an empty lane,
    and an empty dock, is filled before the next step. lookouts: how many robots, the first ones, see the truck from
    anywhere. limit: steps of a shift. From these follow `needed`, a number, and `worth`, one for each lane.
    Raises ValueError for other values.
    """

    n_robots: int = 3
    need: int | None = None
    pay: float = 4.0
    lanes: float | Sequence[float] = 1.0
    shelves: float = 0.8
    trucks: float = 0.5
    lookouts: int = 1
    limit: int = 10

    def __post_init__(self):
        self.n_robots = arguments.at_most(2, MOST, n_robots=self.n_robots)
        self.lookouts = arguments.at_most(0, self.n_robots, "the number of robots", lookouts=self.lookouts)
        self.limit = arguments.at_least(1, limit=self.limit)
        if self.need is not None:
            self.need = arguments.at_most(1, self.n_robots, "the number of robots", need=self.need)
        self.shelves, self.trucks = arguments.probability(shelves=self.shelves, trucks=self.trucks)
        self.pay = arguments.finite("a finite number, 0 or more", 0, pay=self.pay)
        self.needed = self.need or self.n_robots
        self.worth = self._worth()

    def _worth(self) -> list[float]:
        """What a shelf is worth in each lane."""
        remedy = f"one number, 0 or more, or {self.n_robots} of them"
        one = isinstance(arguments.scalar(self.lanes), Real)
        lanes = [self.lanes] * self.n_robots if one else arguments.several(remedy, lanes=self.lanes)
        if len(lanes) != self.n_robots:
            arguments.refuse("lanes", self.lanes, remedy)
        try:
            return [float(arguments.finite(remedy, 0, lanes=worth)) for worth in lanes]
        except ValueError:
            arguments.refuse("lanes", self.lanes, remedy)

    def luckiest_step(self) -> float:
        """What the luckiest step earns; a chance that is not 0 may come true in every step."""
        lanes = sorted(worth * (self.shelves > 0) for worth in self.worth)
        return max(sum(lanes), sum(lanes[self.needed :]) + self.pay * (self.trucks > 0))
