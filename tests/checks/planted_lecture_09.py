"""Right answers and planted wrong ones for the exercises of lecture 09."""

import numpy as np
import torch

WIDTH = 4


def join(table, row):
    absent = np.flatnonzero(table[:, 0] == 0)
    if not len(absent):
        raise ValueError("no room")
    table = table.copy()
    table[absent[0]] = [1, *row]
    return table


def join_in_a_new_order(table, row):
    """The others in any order: those present, the newcomer, and zeros."""
    others = [one for one in table[1:].tolist() if one[0]]
    room = len(table) - 2 - len(others)
    if room < 0:
        raise ValueError
    return [table[0].tolist(), [1, *row], *others, *[[0] * WIDTH] * room]


def put(place, new=lambda row: [1, *row]):
    """join that puts the newcomer in a row of its own choice."""

    def wrong(table, row):
        join(table, row)  # raises where there is no room
        table = table.copy()
        table[place(table)] = new(row)
        return table

    return wrong


def absent(table):
    return np.flatnonzero(table[:, 0] == 0)


def last_present(table):
    return np.flatnonzero(table[:, 0] == 1)[-1] or 0


def overwrite(table, row):
    """Of those present, but never its own where there is another."""
    return join(table, row) if (table[1:, 0] == 0).all() else put(last_present)(table, row)


ROBOT_JOINS = (
    [(join,), (join_in_a_new_order,), (lambda table, row: torch.tensor(join(table, row)),)],
    {
        "grew": [(lambda table, row: np.vstack([table, [1, *row]]),), (lambda table, row: np.insert(table, 1, 1, 0),)],
        "no flag": [
            (put(lambda table: absent(table)[0], lambda row: [0, *row]),),
            (put(lambda table: absent(table)[-1], lambda row: [2, *row]),),
        ],
        "own row": [(put(lambda table: 0),), (lambda table, row: np.vstack([[1, *row], table[:-1]]),)],
        "lost": [(overwrite,)],
        "several": [(put(absent),)],
        "full": [
            (lambda table, row: join(table, row) if (table[:, 0] == 0).any() else table,),
            (lambda table, row: [*table[:1].tolist(), *sorted([*table[1:].tolist(), [1, *row]])[1:]],),
        ],
        "other answer": [
            (lambda table, row: table,),
            (put(lambda table: absent(table)[0], lambda row: [1, *row[::-1]]),),
        ],
    },
)


def pool(rows, scores, how):
    here = rows[:, 0] == 1
    if not here.any():
        return np.zeros(WIDTH)
    weight = {"sum": here * 1.0, "mean": here / here.sum(), "attention": np.exp(scores) * here}[how]
    return weight @ rows / (weight.sum() if how == "attention" else 1)


def pool_in_torch(rows, scores, how):
    here, rows = torch.tensor(rows[:, 0]) == 1, torch.tensor(rows)
    if how == "attention" and here.any():
        return torch.tensor(scores).masked_fill(~here, -torch.inf).softmax(0) @ rows
    return rows.sum(0) / (here.sum().clamp(min=1) if how == "mean" else 1)


def softmax(scores):
    return np.exp(scores) / np.exp(scores).sum()


def but(how, habit, right=pool):
    return (lambda rows, scores, asked: habit(rows, scores) if asked == how else right(rows, scores, asked),)


def no_care(rows, scores, how):
    """As `pool`, but of nobody."""
    here = rows[:, 0] == 1
    with np.errstate(invalid="ignore"):
        weight = {"sum": here * 1.0, "mean": here / here.sum(), "attention": np.exp(scores) * here}[how]
        return weight @ rows / (weight.sum() if how == "attention" else 1)


POOL_SET = (
    [(pool,), (pool_in_torch,)],
    {
        "mask forgotten": [but("attention", lambda rows, scores: softmax(scores) @ rows)],
        "times mask": [but("attention", lambda rows, scores: softmax(scores * rows[:, 0]) @ rows)],
        "no softmax": [but("attention", lambda rows, scores: scores @ rows / (scores @ rows[:, 0]))],
        "all slots": [but("mean", lambda rows, scores: rows.mean(0))],
        "mean for sum": [but("sum", lambda rows, scores: pool(rows, scores, "mean"))],
        "sum for mean": [but("mean", lambda rows, scores: rows.sum(0))],
        "nobody": [
            (no_care,),
            but("attention", lambda rows, scores: pool(rows, scores, "attention") / rows.any()),
        ],
        "other answer": [
            (lambda rows, scores, how: pool(rows, -scores, how),),
            (lambda rows, scores, how: pool(rows, abs(scores), how),),
            (lambda rows, scores, how: pool(rows, scores.clip(0), how),),
            but("attention", lambda rows, scores: softmax(np.where(rows[:, 0] == 1, scores, -20)) @ rows),
            but("sum", lambda rows, scores: rows.max(0)),
        ],
    },
)


def weights(rows):
    return np.exp(rows[:, 1]) * rows[:, 0]


def mix(utilities, rows):
    return (weights(rows) * utilities).sum()


def mix_as_a_set_hypernetwork(utilities, rows):
    total = torch.tensor((weights(rows) * utilities).sum() + rows.sum())
    return 2 * torch.nn.functional.elu(total) + rows[:, 2].sum()


def mix_by_attention(utilities, rows):
    return weights(rows) @ utilities / weights(rows).sum() + 1


def mix_by_what_agents_say(utilities, rows):
    """Attention whose keys are the utilities: who says little, and then more, takes from the others."""
    share = np.exp(0.3 * utilities) * rows[:, 0]
    return share @ utilities / share.sum() + rows[:, 1].sum() / 10


def mix_until_full(utilities, rows):
    return mix(np.tanh(utilities), rows)


ANY_SIZE = (
    [(mix,), (mix_as_a_set_hypernetwork,), (mix_by_attention,), (mix_until_full,)],
    {
        "size": [
            (lambda utilities, rows: np.array([1.0, 1, 1]) @ utilities + rows[:, 1].sum(),),
            (lambda utilities, rows: mix(utilities.reshape(3), rows),),
        ],
        "order": [
            (lambda utilities, rows: utilities @ (1 + np.arange(len(utilities))),),
            (lambda utilities, rows: mix(utilities, rows) + rows[0, 1],),
        ],
        "absent": [
            (lambda utilities, rows: np.exp(rows[:, 1]) @ utilities,),
            (lambda utilities, rows: mix(utilities, rows) / len(utilities),),
            (lambda utilities, rows: mix(utilities, rows) + (1 - rows[0, 0]) * utilities[0],),
        ],
        "falls": [
            (lambda utilities, rows: rows[:, 1] @ utilities,),
            (lambda utilities, rows: -mix(utilities, rows),),
            (lambda utilities, rows: mix(utilities - utilities**2 / 20, rows),),
            (lambda utilities, rows: mix(utilities + np.sin(2 * np.pi * utilities), rows),),  # rises with whole steps
            (mix_by_what_agents_say,),
        ],
        "flat": [
            (lambda utilities, rows: (utilities * rows[:, 0]).max() + rows[:, 1].sum(),),
            (lambda utilities, rows: rows.sum(),),
        ],
        "rows ignored": [(lambda utilities, rows: utilities @ rows[:, 0],)],
    },
)


def elu(x):
    return max(x, 0) + min(np.exp(x) - 1, 0)


def values(q, n, sums=lambda q, n: n * q, heads=lambda q, n: 2 * q + 1, unit=lambda q, n: 2 * elu(n * q / 2 - 1) + 1):
    return [sums(q, n), heads(q, n), unit(q, n)]


def changed(**parts):
    return (lambda q, n: values(q, n, **parts),)


TEAM_VALUE_GROWTH = (
    [(values,), (lambda q, n: torch.tensor(values(q, n)),)],
    {
        "mean": [changed(sums=lambda q, n: q)],
        "Qatten grows": [changed(heads=lambda q, n: 2 * n * q + 1)],
        "one head": [changed(heads=lambda q, n: 1.5 * q + 1), changed(heads=lambda q, n: q + 1)],
        "no constant": [
            changed(heads=lambda q, n: 2 * q),
            changed(unit=lambda q, n: 2 * elu(n * q / 2 - 1)),
            changed(heads=lambda q, n: 2 * q, unit=lambda q, n: 2 * elu(n * q / 2 - 1)),
        ],
        "set of one": [changed(unit=lambda q, n: 2 * elu(q / 2 - 1) + 1)],
        "bends each": [changed(unit=lambda q, n: 2 * n * elu(q / 2 - 1) + 1)],
        "not bent": [
            changed(unit=lambda q, n: n * q - 1),
            changed(unit=lambda q, n: 2 * max(n * q / 2 - 1, 0) + 1),
        ],
        "other answer": [(lambda q, n: [0, 0, 0],), changed(sums=lambda q, n: n * q + 1)],
    },
)

PLANTED = {
    "robot_joins": ROBOT_JOINS,
    "pool_set": POOL_SET,
    "any_size": ANY_SIZE,
    "team_value_growth": TEAM_VALUE_GROWTH,
}
