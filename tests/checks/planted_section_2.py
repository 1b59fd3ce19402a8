"""Right answers and planted wrong ones for the section's exercise 2."""

from dataclasses import replace
from functools import cache

import numpy as np

from marl_helpers import exact, fit
from marl_helpers.fitting.runs import LEARNER
from marl_helpers.games import ADDITIVE, COORDINATION

SHORT = replace(LEARNER, steps=300)


def straight(lam):
    return (1 - lam) * ADDITIVE + lam * COORDINATION


def curved(lam):
    return straight(lam**2)


def late(lam):
    """Leaves Game 1 at the very end, and is asked for nothing beyond."""
    if not 0 <= lam <= 1:
        raise ValueError("lambda runs from 0 to 1")
    return straight(lam**16)


def bowed(lam):
    return straight(np.sin(lam * np.pi / 2))


def over_another_peak(lam):
    """Not straight: on the way (2, 1) becomes the best cell, while all column averages stay as they are."""
    return straight(lam) + 30 * lam * (1 - lam) * np.array([[0, -1, 0], [0, 0, 0], [0, 1, 0]])


def swollen(lam):
    """A bump on (1, 0): its column overtakes first, and QMIX's runs fail with VDN's from there on, near zero or not."""
    return straight(lam) + 12 * lam * (1 - lam) * np.array([[0, 0, 0], [1, 0, 0], [0, 0, 0]])


SWOLLEN = 0.43566684  # 1 + 7 lam - 4 lam^2 = 3 + 2 lam / 3, averages of columns 0 and 2
OVERTAKEN = (24 - np.sqrt(24**2 - 4 * 30)) / 60  # where (2, 1) and (2, 2) are worth the same


@cache
def _learned(family, lam):
    return tuple(fit(family(lam), method, recipe=SHORT).optimal for method in ("vdn", "qmix"))


def learns(family):
    return lambda lam: _learned(family, lam)


def computed(family):
    """The best sum is unique up to constants, so one exact answer stands for all runs of VDN."""
    return lambda lam: (exact.additive(family(lam)).finds_optimum == "yes", _learned(family, lam)[1].tolist())


def by_error(lam):
    return np.full(32, exact.additive(straight(lam)).mse < 1e-6), _learned(straight, lam)[1]


def not_converged(lam):
    few = fit(straight(lam), "vdn", runs=16, recipe=replace(LEARNER, steps=3, scale=1.0))
    return few.optimal, _learned(straight, lam)[1]


def unlucky(lam):
    few = fit(straight(lam), "qmix", runs=16, recipe=replace(LEARNER, steps=0, scale=1.0))
    return _learned(straight, lam)[0], few.optimal


def one_run(lam):
    return [runs[:1] for runs in _learned(straight, lam)]


def answer(family=straight, record=None, place=6 / 7, word="tie"):
    return family, record or learns(straight), lambda: (place, word)


INTERPOLATION = (
    [
        answer(),
        answer(record=computed(straight), place=0.857),
        answer(curved, learns(curved), np.sqrt(6 / 7)),
        answer(late, learns(late), (6 / 7) ** (1 / 16)),
        answer(bowed, learns(bowed), 2 / np.pi * np.arcsin(6 / 7)),
        answer(swollen, learns(swollen), SWOLLEN),
        answer(over_another_peak, learns(over_another_peak), OVERTAKEN, "right"),
    ],
    {
        "reversed": [answer(lambda lam: straight(1 - lam), place=1 / 7)],
        "start": [answer(lambda lam: straight((1 + lam) / 2))],
        "end": [answer(lambda lam: straight(lam / 2))],
        "jump": [answer(lambda lam: straight(round(lam))), answer(lambda lam: straight(lam if lam < 0.3 else 1))],
        "one run": [answer(record=one_run)],
        "judged by error": [answer(record=by_error), answer(record=lambda lam: _learned(straight, 1))],
        "lists exchanged": [answer(record=lambda lam: _learned(straight, lam)[::-1])],
        "VDN not settled": [answer(record=not_converged)],
        "QMIX unlucky": [answer(record=unlucky)],
        "separable": [answer(place=0)],
        "monotone": [answer(place=1 / 3), answer(place=0.333)],
        "mirrored": [answer(place=1 / 7)],
        "Game 2": [answer(place=1)],
        "outside": [answer(place=90 / 73), answer(place=1.6532)],
        "grid point": [answer(place=0.85), answer(place=0.9), answer(place=0.86)],
        "elsewhere": [answer(place=0.5)],
        "tie hidden": [answer(word="wrong"), answer(word="right")],
        "optimum moves": [answer(over_another_peak, learns(over_another_peak), OVERTAKEN, "tie")],
    },
)

PLANTED = {"interpolation": INTERPOLATION}
