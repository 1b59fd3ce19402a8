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


@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP", "SIGUSR1"])
def test_what_ends_a_program_from_outside_is_a_wish_however_often_and_control_c_after_it_an_order(name):
    number, mine = getattr(signal, name), signal.signal(signal.SIGINT, signal.default_int_handler)
    outside = signal.signal(number, signal.SIG_DFL)  # nohup, for one, ignores SIGHUP
    before = signal.getsignal(number)
    try:
        with interruptions() as stop:
            for _ in range(3):
                signal.raise_signal(number)
                assert stop.is_set()
            with pytest.raises(KeyboardInterrupt):
                signal.raise_signal(signal.SIGINT)
        assert signal.getsignal(number) is before
    finally:
        signal.signal(signal.SIGINT, mine)
        signal.signal(number, outside)


def test_what_was_told_to_be_ignored_is_as_with_nohup():
    mine = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptions() as stop:
            signal.raise_signal(signal.SIGHUP)
            assert not stop.is_set()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGHUP, mine)


def test_in_another_thread_nothing_is_touched():
    before, found = signal.getsignal(signal.SIGINT), []

    def work():
        with interruptions() as stop:
            found.extend([stop.is_set(), signal.getsignal(signal.SIGINT)])

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [False, before]
