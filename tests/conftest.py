"""No example of a property is judged by the clock; CI tries the same examples every time, a person's run new ones.

And torch works on one thread, in programs that a test starts too: beside anything else that runs, two of them mostly
wait for each other.
"""

import os
from contextlib import suppress

import hypothesis

os.environ.setdefault("OMP_NUM_THREADS", "1")
hypothesis.settings.register_profile("untimed", deadline=None, derandomize=os.environ.get("CI") == "true")
hypothesis.settings.load_profile("untimed")
with suppress(ModuleNotFoundError):  # where the part of the package without torch is tested
    import torch

    torch.set_num_threads(1)
