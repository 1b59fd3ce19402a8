"""Where tensors live, and how many threads work on them. The only place that knows a device by name."""

import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import torch

from marl_helpers.basics.arguments import instance

# Files of a control group: the limit, what is used, and how memory.stat calls the part of that which is page cache.
V1 = ("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")
V2 = ("memory.max", "memory.current", "inactive_file")


def find_device(name: str = "auto") -> str:
    """The device of that name; "auto" takes a GPU where there is one. Raises ValueError for one that is not here."""
    name = str(instance((str, torch.device), "'auto' or 'cpu'", device=name))
    if name == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    try:
        torch.zeros(1, device=name).item()  # "meta" has tensors without numbers
    except (RuntimeError, AssertionError) as error:
        reason = str(error).splitlines()[0]
        raise ValueError(f"device is {name!r}, which cannot be used here ({reason}): give 'auto' or 'cpu'") from None
    return name


def new_generator(device: torch.device | str, seed: int) -> torch.Generator:
    """A generator of random numbers on that device; raises ValueError where there is none."""
    try:
        instance((str, torch.device), "'cpu', or another device", device=device)
        return torch.Generator(device).manual_seed(seed)
    except RuntimeError:
        find_device(device)
        raise


def describe(device: str) -> str:
    """What the device is, in words."""
    if torch.device(device).type == "cuda":
        return f"{torch.cuda.get_device_name(device)}, CUDA {torch.version.cuda}"
    return f"{platform.processor() or platform.machine()} CPU, {torch.get_num_threads()} threads"


def memory(device: torch.device | str) -> int:
    """The memory of the device that is free, in bytes: for a CPU also what a container or a job may still take."""
    if torch.device(device).type == "cuda":
        unused = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)  # torch's own store of it
        return torch.cuda.mem_get_info(device)[0] + unused
    return min([psutil.virtual_memory().available, *left_by_cgroups(Path("/"))])


def left_by_cgroups(root: Path) -> Iterator[int]:
    """What each Linux control group of this program leaves it, in bytes: its own and those above, of both versions.

    The page cache counts as left, as it makes way. A limit that is none is a word, or larger than any machine.
    """
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return
    for line in lines:
        _, kinds, name = line.split(":", 2)
        if kinds not in ("", "memory"):
            continue
        place = root / "sys/fs/cgroup" / kinds
        most, used, cache = V1 if kinds else V2
        inner = place / name.lstrip("/")
        for group in [inner, *inner.parents][: len(inner.parts) - len(place.parts) + 1]:  # a container may lack some
            with suppress(OSError, ValueError):
                numbers = [int((group / file).read_text(encoding="utf-8")) for file in (most, used)]
                stat = (group / "memory.stat").read_text(encoding="utf-8")
                (cached,) = re.findall(rf"^{cache} (\d+)$", stat, re.MULTILINE)
                yield max(numbers[0] - numbers[1] + int(cached), 0)


def may_look(device: torch.device | str) -> bool:
    """Whether the host can read a value without waiting: it works on the CPU itself, and runs ahead of a GPU."""
    return torch.device(device).type == "cpu"


def check_memory(what: str, needed: int, device: torch.device | str, remedy: str) -> None:
    """Raise ValueError where so many bytes are more than the device has free: before anyone asks for them."""
    there = memory(device)
    if needed > there:
        where = f"this machine's {torch.device(device).type} has {there / 1e9:.3g} GB free"
        raise ValueError(f"{what} take {needed / 1e9:.3g} GB, and {where}: {remedy}")


def wait(device: str) -> None:
    """Return when the device has done all that it was asked to."""
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)


@contextmanager
def no_waiting(device: str) -> Iterator[None]:
    """On a GPU, a RuntimeError comes of whatever would make the host wait for it; elsewhere nothing is different."""
    if torch.device(device).type != "cuda":
        yield
        return
    before = torch.cuda.get_sync_debug_mode()
    torch.cuda.set_sync_debug_mode("error")
    try:
        yield
    finally:
        torch.cuda.set_sync_debug_mode(before)


@contextmanager
def one_thread() -> Iterator[None]:
    """Let torch work on one thread of the CPU.

    What is small, as most tensors of a team are, gains little from sharing; and where others use the cores as well, two
    threads wait for each other: on a busy machine of two cores benchmarks/seeds.py found a training of one seed 5 to 60
    times slower with them. It also makes the numbers independent of how many threads torch may use elsewhere.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
