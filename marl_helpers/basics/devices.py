"""Where tensors live, and how many threads work on them. The only place that knows a device by name."""

import os
import platform
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from marl_helpers.basics.arguments import instance


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


def memory(device: torch.device | str) -> int | None:
    """All the memory that the device has, in bytes; None where the system does not say."""
    if torch.device(device).type == "cuda":
        return torch.cuda.get_device_properties(device).total_memory
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # Windows
        return None


def may_look(device: torch.device | str) -> bool:
    """Whether the host can read a value without waiting: it works on the CPU itself, and runs ahead of a GPU."""
    return torch.device(device).type == "cpu"


def check_memory(what: str, needed: int, device: torch.device | str, remedy: str) -> None:
    """Raise ValueError where so many bytes are more than the device has: before anyone asks for them."""
    there = memory(device)
    if there is not None and needed > there:
        where = f"this machine's {torch.device(device).type} has {there / 1e9:.3g} GB"
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
