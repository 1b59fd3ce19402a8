"""What holds for every test, of the package and of the notebooks."""

import os

# A progress bar appears only where a machine is slow, so it is no part of a stored output; kernels inherit this.
os.environ["TQDM_DISABLE"] = "1"
