"""Bets on an axis: each is placed before the truth is shown, and then scored against it."""

from collections.abc import Mapping

import traitlets

from marl_helpers.basics import arguments
from marl_helpers.basics.rounding import steady
from marl_helpers.widgets.alive import Alive, Drawing, checks, module, styles


class Bets(Alive):
    """Questions whose answers are numbers from 0 to `most`, each with a pin on an axis and a button to score the bet.

    truths: question -> the number that is right, which the page shows of no question before its bet is scored. `bets`
    holds what was placed, None where nothing was, and `scored` which were compared; a scored bet stands.
    Raises ValueError for no question, and for a truth that is not on the axis.
    """

    _esm = module("table", "numbers", "controls", "moving", "entry", "bets")
    _css = styles("panel", "controls", "maps")

    bets = traitlets.List().tag(sync=True)
    scored = traitlets.List().tag(sync=True)
    _axis = traitlets.Dict().tag(sync=True)  # questions, truths and most

    def __init__(self, truths: Mapping[str, float], most: float = 1.0):
        most = arguments.finite("a number above 0", arguments.ABOVE_0, most=most)
        truths = arguments.entries(lambda **one: _on_the_axis(most, **one), truths=truths)
        axis = {"questions": list(map(str, truths)), "truths": list(truths.values()), "most": most}
        super().__init__(_axis=axis, bets=[None] * len(truths), scored=[False] * len(truths))

    @checks("bets")
    def _are_bets(self, bets: list) -> list[float | None]:
        self._one_each("bets", bets)
        return [None if bet is None else _on_the_axis(self._axis["most"], **{"a bet": bet}) for bet in bets]

    @checks("scored")
    def _are_scored(self, scored: list) -> list[bool]:
        self._one_each("scored", scored)
        return [arguments.truth(**{"an entry of scored": one}) for one in scored]

    def _one_each(self, name: str, values: list) -> None:
        if len(values) != (count := len(self._axis["questions"])):
            arguments.refuse(name, values, f"a list with an entry for each of the {count} questions")

    @property
    def distances(self) -> dict[str, float]:
        """Question -> how far the bet was from the truth, for those that are scored."""
        each = zip(self._axis["questions"], self._axis["truths"], self.bets, self.scored)
        return {question: abs(bet - truth) for question, truth, bet, scored in each if scored and bet is not None}

    def settings(self) -> list[tuple[str, str]]:
        """The questions, and what was bet."""
        bets = ("no bet yet" if bet is None else f"{bet:g}" for bet in self.bets)
        return [*zip(self._axis["questions"], bets)]

    def drawing(self) -> Drawing:
        """The score so far."""
        said = score(list(self.distances.values()), len(self.bets))
        return f"<p>{said}</p>", said


def score(distances: list[float], count: int) -> str:
    """How far the scored bets were from the truth, in a sentence."""
    if not distances:
        return f"0 of {count} bets scored."
    mean = steady(sum(distances) / len(distances))
    return f"{len(distances)} of {count} bets scored: {mean:.2f} from the truth on average."


def _on_the_axis(most: float, **value: float) -> float:
    return arguments.finite(f"a number from 0 to {most:g}, where the axis ends", 0, most, **value)
