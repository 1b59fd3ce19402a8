"""What a team game is: reward tables as plain arrays, named ones, random ones, and the rules of larger games."""

from marl_helpers.games.tables import (
    ADDITIVE,
    ALL_THREE,
    BOTH,
    CLIMBING,
    COORDINATION,
    CRATES,
    EITHER,
    HANDS,
    LARGEST,
    MATCHING,
    MEETING,
    NAMED,
    PARITY,
    QTRAN,
    RING,
    TEAMS,
    Cell,
    TableError,
    by_count,
    check_cells,
    crates,
    interpolate,
    joint_action,
    number,
    parse,
    penalty,
    random_tables,
    ring,
    share,
    validate,
)

__all__ = ["ADDITIVE", "ALL_THREE", "BOTH", "CLIMBING", "COORDINATION", "CRATES", "EITHER", "HANDS", "LARGEST"]
__all__ += ["MATCHING", "MEETING", "NAMED", "PARITY", "QTRAN", "RING", "TEAMS", "Cell", "TableError", "by_count"]
__all__ += ["check_cells", "crates", "interpolate", "joint_action", "number", "parse", "penalty", "random_tables"]
__all__ += ["ring", "share", "validate"]
