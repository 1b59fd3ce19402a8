"""What would make the host wait for a GPU is noticed on a CPU too."""

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode

OPERATORS = {"_local_scalar_dense", "nonzero", "masked_select", "is_nonzero", "equal", "allclose", "lift_fresh"}
OPERATORS |= {"_unique2", "unique_dim", "unique_consecutive", "bincount"}  # their results' sizes are values
INDEXING = {"index", "index_put", "index_put_", "_index_put_impl_"}
CALLS = {"tolist", "numpy", "__array__", "cpu"}  # these are no operators where the tensor is on a CPU already


class Calls(TorchFunctionMode):
    def __torch_function__(self, function, types, args=(), kwargs=None):
        name, kwargs = getattr(function, "__name__", ""), kwargs or {}
        assert name not in CALLS
        assert name != "to" or "cpu" not in (*args[1:], kwargs.get("device"))
        return function(*args, **kwargs)


class NoWaiting(TorchDispatchMode):
    """Raises AssertionError where the host would wait for the device, or copy to it.

    Such as .item() and `if tensor`, .tolist(), .numpy(), .cpu(), .to("cpu"), a mask as an index, a size that is a value
    (nonzero, unique, repeat_interleave by a tensor), and a tensor from a Python list. What takes two devices to show is
    not seen: .to and copy_ to a device that a variable names, and constants left on the host. benchmarks/device.py sees
    those, on a GPU.
    """

    def __enter__(self):
        self.calls = Calls()
        self.calls.__enter__()
        return super().__enter__()

    def __exit__(self, *reason):
        super().__exit__(*reason)
        self.calls.__exit__(*reason)

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        name, kwargs = function.overloadpacket.__name__, kwargs or {}
        assert name not in OPERATORS
        assert name != "repeat_interleave" or kwargs.get("output_size") is not None
        if name in INDEXING:
            assert all(index is None or index.dtype == torch.int64 for index in args[1])  # no mask
        return function(*args, **kwargs)
