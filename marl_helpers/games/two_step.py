"""The branches of two-step games: in the first step agent 1's action chooses one, in the second the team is paid."""

import numpy as np

from marl_helpers.games.tables import EITHER

SAFE, JOINT = np.full((2, 2), 7.0), np.array([[0.0, 1.0], [1.0, 8.0]])
PAPER = (SAFE, JOINT)  # Rashid et al. 2018, section 5: branch 2A pays 7 whatever is played, 2B up to 8
MIRRORED = (np.full((2, 2), 1.1), EITHER)  # a little more for certain, or one agent suffices for 1
