"""Control-C, JupyterLab's stop button, and what ends a program from outside, as a wish to end in good order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

# A terminal that closes, a system that shuts down, a cluster whose time is up. Windows has not all of them.
SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1") if hasattr(signal, name)]


@contextmanager
def interruptions() -> Iterator[threading.Event]:
    """An event that Control-C sets, or another of SIGNALS, instead of breaking off in the middle of a round.

    A Control-C after that does break off; of the others any number may come. An exception out of a signal's handler can
    get lost, as NumPy swallows one that comes while it makes a dtype; an event cannot. Control-C is heard in a program
    too that was started in the background and told to ignore it, and the others are not, as with nohup.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread only
        yield event
        return

    def note(signum, frame):
        if how := before.get(signal.SIGINT):
            signal.signal(signal.SIGINT, signal.default_int_handler if how is signal.SIG_IGN else how)
        event.set()

    before = {number: signal.getsignal(number) for number in SIGNALS}
    for number, how in list(before.items()):  # None is another language's own
        if how is None or (how is signal.SIG_IGN and number != signal.SIGINT):
            del before[number]
    try:
        for number in before:
            signal.signal(number, note)
        yield event
    finally:
        for number, how in before.items():
            signal.signal(number, how)
