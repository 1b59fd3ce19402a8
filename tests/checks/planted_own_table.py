"""Right answers and planted wrong ones for a table of one's own."""

import numpy as np

from marl_helpers import exact
from marl_helpers.checks.own_game import game_of

NAME = "Ada Lovelace"
CAUTIOUS = "Emmy"  # whose cautious cell is neither VDN's nor the best one


def key(name):
    """By averages and by looking, without `exact`."""
    one = game_of(name)
    rows, columns = one.mean(axis=1), one.mean(axis=0)
    best = tuple(int(k) for k in np.unravel_index(one.argmax(), one.shape))
    a, b = best
    beat_rows = max(one[r].sum() - one[a].sum() + one[best] for r in range(3) if r != a)
    beat_columns = max(one[:, c].sum() - one[:, b].sum() + one[best] for c in range(3) if c != b)
    return {
        "plays": (int(rows.argmax()), int(columns.argmax())),
        "worth": rows[a] + columns[b] - one.mean(),
        "peak": max(beat_rows, beat_columns),
        "reversal": _reversal(one),
        "sides": (beat_rows, beat_columns),
    }


def _reversal(one):
    for a in range(3):
        for c in range(a):
            up, down = one[a] > one[c], one[a] < one[c]
            if up.any() and down.any():
                return ((a, c), (int(up.argmax()), int(down.argmax())))
    raise AssertionError("no reversal of rows")


def answer(name=NAME, **changed):
    return (lambda: name, lambda: {k: v for k, v in {**key(name), **changed}.items() if k != "sides"})


ONE, KEY = game_of(NAME), key(NAME)
BEST = exact.additive(ONE).optima[0]
ROWS, COLUMNS = KEY["sides"]
OTHERS = {(a, b) for a in range(3) for b in range(3)} - {BEST, KEY["plays"], KEY["plays"][::-1]}


def cautious(name):
    one = game_of(name)
    return int(one.min(axis=1).argmax()), int(one.min(axis=0).argmax())


def one_side(rows):
    """Somebody for whom one agent's comparison is not enough, answered by it alone."""
    for k in range(100):
        if key(str(k))["sides"].index(key(str(k))["peak"]) == (0 if not rows else 1):
            return answer(str(k), peak=key(str(k))["sides"][0 if rows else 1])
    raise AssertionError("nobody")


OWN_TABLE = (
    [answer(), answer("  ada LOVELACE "), answer("4711"), answer(worth=np.float32(round(KEY["worth"], 2)))],
    {
        "best cell": [answer(plays=BEST)],
        "swapped": [answer(plays=KEY["plays"][::-1])],
        "cautious": [answer(CAUTIOUS, plays=cautious(CAUTIOUS))],
        "other cell": [answer(plays=min(OTHERS - {cautious(NAME)}))],
        "true reward": [answer(worth=ONE[BEST])],
        "mean forgotten": [answer(worth=KEY["worth"] + ONE.mean())],
        "halved": [answer(worth=(KEY["worth"] + ONE.mean()) / 2)],
        "other worth": [answer(worth=KEY["worth"] + 0.01), answer(worth=-1000)],
        "rows only": [one_side(rows=True)],
        "columns only": [one_side(rows=False)],
        "by how much": [answer(peak=KEY["peak"] - ONE[BEST])],
        "average": [answer(peak=max(np.delete(ONE.mean(1), BEST[0]).max(), np.delete(ONE.mean(0), BEST[1]).max()))],
        "largest entry": [answer(peak=np.sort(ONE.ravel())[-2])],
        "other peak": [answer(peak=KEY["peak"] + 1), answer(peak=1000)],
        "one action": [answer(reversal=((0, 0), (0, 1))), answer(reversal=((0, 1), (2, 2)))],
        "no reversal": [answer(reversal=(KEY["reversal"][0], KEY["reversal"][1][::-1]))],
    },
)

PLANTED = {"own_table": OWN_TABLE}
