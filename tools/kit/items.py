"""The quiz of each lecture: its makers of questions, and a class's draw from them."""

import numpy as np

from kit import items_tables as tables
from kit import items_teams as teams
from kit.item import Item, Maker

MAKERS: dict[str, tuple[Maker, ...]] = {
    "01": (tables.independent_play, tables.resting, tables.joint_size),
    "02": (tables.sum_play, tables.sum_worth, tables.peak),
    "03": (tables.greedy_count, tables.igm_verdict, tables.monotone_table),
    "04": (tables.boundary, tables.who_is_right),
    "05": (tables.smallest_class, tables.data_trap, tables.edges),
    "06": (tables.monotone_play, tables.weighted_play),
    "07": (teams.target, teams.lambda_return),
    "08": (teams.dock_price, teams.dock_methods),
    "09": (teams.count_class, teams.pooled_rows),
}
QUESTIONS = 6  # a quiz


def quiz(lecture: str, seed: int) -> list[Item]:
    """A lecture's questions for the class with this seed: its makers in turn, no question twice."""
    generator, found = np.random.default_rng([int(lecture), seed]), []
    while len(found) < QUESTIONS:
        item = MAKERS[lecture][len(found) % len(MAKERS[lecture])](generator)
        if item and (item.question, item.wrong) not in [(other.question, other.wrong) for other in found]:
            found.append(item)
    return found
