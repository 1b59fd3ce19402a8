"""No example of a property is judged by the clock; CI tries the same examples every time, a person's run new ones.

And torch works on one thread: beside anything else that runs, two of them mostly wait for each other.
"""

import os

import hypothesis
import torch

hypothesis.settings.register_profile("untimed", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("untimed")
torch.set_num_threads(1)
