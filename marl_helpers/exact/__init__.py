"""What each class of team values can represent, with no learning: best fits, membership, and games solved exactly.

The names below are those of best fits; graphs, igm, families, habits, replies, prices, dock and counts are modules
beside them.
"""

from marl_helpers.exact.membership import Check, Reversal, is_additive, is_monotone, is_supermodular
from marl_helpers.exact.projections import (
    GraphProjection,
    Projection,
    additive,
    convex,
    graph,
    independent,
    joint,
    monotone,
)
from marl_helpers.exact.rankings import TOLERANCE, TooMuchWork
from marl_helpers.games import Cell

__all__ = ["TOLERANCE", "Cell", "Check", "GraphProjection", "Projection", "Reversal", "TooMuchWork", "additive"]
__all__ += ["convex", "graph", "independent", "is_additive", "is_monotone", "is_supermodular", "joint", "monotone"]
