"""Clusters of Ray: one that runs somewhere, or one on this machine that is started for a sweep and ends with it.

While they start, `_altered` alters what Ray has no option for: so pyproject.toml allows one version only.
"""

import inspect
import logging
import os
import shutil
import signal
import socket
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import ModuleType
from typing import Any

import psutil

PIN = "ray>=2.60,<2.61"
UNHEARD = ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port")  # names that Ray gives them
KNOCK = 10.0  # seconds for a cluster to answer
LOOPBACK = "127.0.0.1"
STORE = 80 * 10**6  # bytes of shared memory, the least that Ray takes: a training hands over next to nothing
QUIET = {"log_to_driver": False, "logging_level": logging.ERROR}
REMEDY = "try again when the machine is less busy, or name a cluster that runs: --place address=HOST:PORT"


def _ray() -> ModuleType:
    try:
        import ray
    except ModuleNotFoundError:
        raise ModuleNotFoundError(f"on='ray' needs ray: pip install '{PIN}'") from None
    return ray


@contextmanager
def running(address: str) -> Iterator[ModuleType]:
    """Ray, connected to the cluster at this address; raises ValueError where that cannot be."""
    ray = _ray()
    with _own_signals(), _altered(_silent(ray)):
        try:
            _knock(address)
            ray.init(address=address, **QUIET)
        except Exception as error:  # whatever Ray raises, of several kinds
            why = " ".join(str(error).split())[:300]
            raise ValueError(
                f"address is {address!r}, and Ray says: {why}: start a cluster with `ray start --head` and name it, "
                "HOST:PORT, or leave it out, and RAY_ADDRESS too, for one on this machine"
            ) from None
    try:
        yield ray
    finally:
        ray.shutdown()


@contextmanager
def started(cpus: int) -> Iterator[ModuleType]:
    """Ray, connected to a cluster on this machine that only this user's programs on it can reach.

    Raises TimeoutError where none comes to be.
    """
    ray = _ray()
    place = tempfile.mkdtemp(prefix="ray-", dir="/tmp")  # short: the paths of sockets have a limit
    how = {"address": "local", "num_cpus": cpus, "_node_ip_address": LOOPBACK, "_temp_dir": place}
    how |= {"_system_config": {"worker_niceness": os.nice(0)}}  # as this program's: Ray's own is 15
    how |= {"include_dashboard": False, "object_store_memory": STORE, **QUIET}
    try:
        with _own_signals(), _altered(_silent(ray), *_on_loopback(ray)):
            try:
                ray.init(**how)
            except Exception as error:  # Ray's kind for a start that took too long
                why = " ".join(str(error).split())[:300]
                raise TimeoutError(f"Ray did not start ({why}): {REMEDY}") from None
        yield ray
    finally:
        programs = _programs(place)
        ray.shutdown()
        for program in programs:
            with suppress(psutil.Error):
                program.kill()
        psutil.wait_procs(programs)
        shutil.rmtree(place, ignore_errors=True)


def _programs(place: str) -> list[psutil.Process]:
    """What runs of the cluster that has its files here."""
    found = []
    for child in psutil.Process().children():
        with suppress(psutil.Error):
            if place in " ".join(child.cmdline()):
                found += [child, *child.children(recursive=True)]
    return found


Change = tuple[ModuleType, str, Any]  # of what this name means in a module of Ray


@contextmanager
def _altered(*changes: Change) -> Iterator[None]:
    before = [getattr(module, name) for module, name, _ in changes]
    for module, name, value in changes:
        setattr(module, name, value)
    try:
        yield
    finally:
        for (module, name, _), value in zip(changes, before):
            setattr(module, name, value)


def _silent(ray: ModuleType) -> Change:
    """Nothing of Ray's own goes to the output: what ended a training, the sweep tells."""
    return ray._private.worker, "listen_error_messages", lambda worker, stopped: None


def _on_loopback(ray: ModuleType) -> list[Change]:
    """Ray stays on the loopback, and does not give up where its agents take over 15 s to come up, as on a busy machine.

    The one agent that tasks need gets its port from here; to the others, of metrics and dashboard, nobody listens (-1).
    """
    services = ray._private.services
    start = services.start_raylet

    def start_raylet(*given, **named):
        node = inspect.signature(start).bind(*given, **named).arguments
        for name in UNHEARD:
            ray._raylet.persist_port(node["session_dir"], node["node_id"], name, -1)
        return start(*given, **{**named, "runtime_env_agent_port": _free_port()})

    return [(ray._private.ray_constants, "ENABLE_RAY_CLUSTER", False), (services, "start_raylet", start_raylet)]


def _knock(address: str) -> None:
    """Raise OSError where nobody answers at HOST:PORT, which Ray would find out in minutes."""
    host, found, port = address.removeprefix("ray://").rpartition(":")
    if found and port.isdecimal():
        socket.create_connection((host, int(port)), timeout=KNOCK).close()


def _free_port() -> int:
    with socket.create_server((LOOPBACK, 0)) as server:
        return server.getsockname()[1]


@contextmanager
def _own_signals() -> Iterator[None]:
    """Keep Ray from taking SIGTERM for its own, and its programs from what a closed terminal sends to all of them."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.getsignal(signal.SIGTERM)
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGUSR1})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        signal.signal(signal.SIGTERM, before)
