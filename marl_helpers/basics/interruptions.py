"""Control-C, and JupyterLab's stop button, as a wish to end in good order."""

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def interruptions() -> Iterator[threading.Event]:
    """An event that Control-C sets, instead of breaking off in the middle of a round; a second one does break off.

    An exception out of a signal's handler can get lost, as NumPy swallows one that comes while it makes a dtype; an
    event cannot. It is heard in a program too that was started in the background and told to ignore it.
    """
    event = threading.Event()
    if threading.current_thread() is not threading.main_thread():  # signals come to the main thread only
        yield event
        return

    def note(signum, frame):
        signal.signal(signal.SIGINT, signal.default_int_handler if before is signal.SIG_IGN else before)
        event.set()

    before = signal.signal(signal.SIGINT, note)
    try:
        yield event
    finally:
        signal.signal(signal.SIGINT, before)
