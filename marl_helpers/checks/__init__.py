"""Checks of the exercises: a student's answer goes in, a short verdict that names the likely mistake comes out.

    from marl_helpers import check

    check.igm_counterexample(mixer, counterexample)
    check.progress()

A check computes: with the properties of an answer, or with what it gives on cases of its own. So it takes every right
answer and holds none.
"""

from marl_helpers.checks.exercise import EXERCISES, Feedback, showing
from marl_helpers.checks.lecture_01 import resting_places, reversal, table_sizes
from marl_helpers.checks.lecture_02 import peak_needed, sum_loses
from marl_helpers.checks.lecture_03 import igm_holds, misleading_data, more_maximisers
from marl_helpers.checks.lecture_04 import PATH_END, boundary_formula, lost_half_way, path_places
from marl_helpers.checks.lecture_05 import data_trap, edge_loses, qmix_holds
from marl_helpers.checks.lecture_06 import cw_leaves, igm_utilities, qplex_weights
from marl_helpers.checks.lecture_07.batches import masks, step_targets
from marl_helpers.checks.lecture_07.lambda_returns import lambda_returns
from marl_helpers.checks.lecture_07.mixer import BROKEN, hypernetwork
from marl_helpers.checks.lecture_07.play import exploration
from marl_helpers.checks.lecture_07.seeds import one_seed
from marl_helpers.checks.lecture_08.dock import dock_price, simplest_mixer
from marl_helpers.checks.lecture_08.plans import dock_plans
from marl_helpers.checks.lecture_08.robot import lone_robot
from marl_helpers.checks.own_game import game_of, is_mine, own_table
from marl_helpers.checks.progress import overview, progress
from marl_helpers.checks.section_1 import igm_counterexample, proof_steps
from marl_helpers.checks.section_2 import interpolation
from marl_helpers.checks.section_3 import coordination_graph, edges_needed

__all__ = ["BROKEN", "EXERCISES", "PATH_END", "Feedback", "boundary_formula", "coordination_graph", "cw_leaves"]
__all__ += ["data_trap", "dock_plans", "dock_price", "edge_loses", "edges_needed", "exploration", "game_of"]
__all__ += ["hypernetwork", "igm_counterexample", "igm_holds", "igm_utilities", "interpolation", "is_mine"]
__all__ += ["lambda_returns", "lone_robot", "lost_half_way", "masks", "misleading_data", "more_maximisers", "one_seed"]
__all__ += ["overview", "own_table", "path_places", "peak_needed", "progress", "proof_steps", "qmix_holds"]
__all__ += ["qplex_weights", "resting_places", "reversal", "showing", "simplest_mixer", "step_targets"]
__all__ += ["sum_loses", "table_sizes"]
