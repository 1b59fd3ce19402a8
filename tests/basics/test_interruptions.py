"""Control-C as a wish, and as an order."""

import signal
import threading

import pytest

from marl_helpers.basics.interruptions import interruptions


@pytest.mark.parametrize("before", [signal.default_int_handler, signal.SIG_IGN], ids=["terminal", "background"])
def test_the_first_is_a_wish_and_the_second_breaks_off(before):
    mine = signal.signal(signal.SIGINT, before)
    try:
        with interruptions() as stop:
            assert not stop.is_set()
            signal.raise_signal(signal.SIGINT)
            assert stop.is_set()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(signal.SIGINT) is before
    finally:
        signal.signal(signal.SIGINT, mine)


def test_in_another_thread_nothing_is_touched():
    before, found = signal.getsignal(signal.SIGINT), []

    def work():
        with interruptions() as stop:
            found.extend([stop.is_set(), signal.getsignal(signal.SIGINT)])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, before]
