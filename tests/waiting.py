"""What would make the host wait for a GPU is noticed on a CPU too."""

import torch
from torch.utils._python_dispatch import TorchDispatchMode

WAITS = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "lift_fresh"}
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}


class NoWaiting(TorchDispatchMode):
    """Raises where the host would wait for the device, or copy to it: .item(), a mask as an index, a Python list."""

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name = function.overloadpacket.__name__
        assert name not in WAITS
        if name in INDEXING:
            assert all(index is None or index.dtype == torch.int64 for index in args[1])  # no mask
        return function(*args, **(kwargs or {}))
