"""Right answers and planted wrong ones for the exercises of lecture 06."""

from fractions import Fraction

import numpy as np
import torch

from marl_helpers.games import ADDITIVE, COORDINATION, MATCHING, joint_action


def at_optimum(table):
    """1 for what each agent plays in the first best joint action, 0 for everything else."""
    return [np.arange(k) == a for k, a in zip(table.shape, np.unravel_index(table.argmax(), table.shape))]


def last_optimum(table):
    best = np.argwhere(table == table.max())[-1]
    return [[-abs(int(a) - action) for action in range(k)] for a, k in zip(best, table.shape)]


def along(table, what):
    """what(rewards) of each action of each agent."""
    return [what(np.moveaxis(table, i, 0).reshape(k, -1)) for i, k in enumerate(table.shape)]


def in_some_optimum(table):
    return along(table == table.max(), lambda rewards: rewards.any(axis=1))


def slices(table):
    best = joint_action(table.argmax(), table.shape)
    return [np.array([table[(*best[:i], a, *best[i + 1 :])] for a in range(k)]) for i, k in enumerate(table.shape)]


def share_of_reward(table):
    return [own * table.max() / table.ndim for own in at_optimum(table)]


def rows_and_columns(table):
    a, b = np.unravel_index(table.argmax(), table.shape)
    return [np.arange(table.shape[0]) == a, np.arange(table.shape[1]) == b]


def first_two_agents(table):
    return [*at_optimum(table)[:2], *(np.zeros(k) for k in table.shape[2:])]


IGM_UTILITIES = (
    [
        (at_optimum,),
        (last_optimum,),
        (lambda table: tuple(torch.tensor(own) for own in at_optimum(table)),),
        (lambda table: [np.where(own, 5.5, -7) for own in at_optimum(table)],),
    ],
    {
        "flat": [(lambda table: [np.zeros(k) for k in table.shape],), (lambda table: [[1] * k for k in table.shape],)],
        "averages": [
            (lambda table: along(table, lambda r: r.mean(1)),),
            (lambda table: along(table, lambda r: r.sum(1)),),
        ],
        "maxima": [(lambda table: along(table, lambda rewards: rewards.max(1)),), (in_some_optimum,)],
        "slices": [(slices,)],
        "worst": [(lambda table: at_optimum(-table),)],
        "below zero": [(share_of_reward,), (lambda table: [own * table.max() for own in at_optimum(table)],)],
        "two agents": [(first_two_agents,), (lambda table: rows_and_columns(table) if table.ndim == 2 else None,)],
        "other answer": [
            (lambda table: [-1.0 * own for own in at_optimum(table)],),
            (lambda table: along(table, lambda rewards: rewards.min(1)),),
            (lambda table: [own - 0.001 * np.arange(len(own)) for own in slices(table)],),
            (lambda table: [np.arange(k) for k in table.shape],),
        ],
    },
)


def advantages(own):
    return np.array(np.meshgrid(*(u - u.max() for u in own), indexing="ij"))


def shared(table, own):
    """What is missing, shared equally among the agents whose advantage is below 0."""
    a = advantages(own)
    off = np.maximum((a < 0).sum(0), 1)
    return np.where(a < 0, (table.max() - table) / off / np.where(a < 0, -a, 1), 1)


def same_for_all(table, own):
    total = advantages(own).sum(0)
    one = np.where(total < 0, (table.max() - table) / np.where(total < 0, -total, 1), 1)
    return [one] * table.ndim


def first_gives_most(table, own):
    """Nine tenths from the first agent that has something missing, the rest from the others."""
    a, weights = advantages(own), np.ones((table.ndim, *table.shape))
    for cell in np.ndindex(table.shape):
        who = [i for i in range(table.ndim) if a[(i, *cell)] < 0]
        for k, i in enumerate(who):
            part = 1 if len(who) == 1 else 0.9 if k == 0 else 0.1 / (len(who) - 1)
            weights[(i, *cell)] = part * (table.max() - table[cell]) / -a[(i, *cell)]
    return weights.tolist()


def rescaled(factor):
    """The right weights times a factor of the number of agents with an advantage below 0."""

    def weights(table, own):
        return shared(table, own) * factor(np.maximum((advantages(own) < 0).sum(0), 1), table.ndim)

    return weights


def plain_division(table, own):
    a = advantages(own)
    with np.errstate(all="ignore"):
        return (table.max() - table) / (a < 0).sum(0) / -a


def zero_where_free(table, own):
    return np.where(advantages(own) < 0, shared(table, own), 0)


def by_advantage_of_one(table, own):
    return shared(table, [np.where(u == u.max(), 0, -1) for u in own])


def by_reward(table, own):
    """Each weight as if the reward, not what is missing to the best, were to be made up for."""
    missing = table.max() - table
    return shared(table, own) * np.where(missing > 0, table / np.where(missing > 0, missing, 1), 1)


def by_utility(table, own):
    a, u = advantages(own), np.array(np.meshgrid(*own, indexing="ij"))
    sizes = np.where(u == 0, np.inf, np.abs(u))
    weights = (table.max() - table) / np.maximum((a < 0).sum(0), 1) / sizes
    return np.where(weights > 0, weights, 1e-12)


def two_axes(table, own):
    if table.ndim == 2:
        return shared(table, own)
    return rescaled(lambda off, n: off / 2)(table, own)


QPLEX_WEIGHTS = (
    [
        (shared,),
        (same_for_all,),
        (first_gives_most,),
        (lambda table, own: torch.tensor(shared(table, own), requires_grad=True),),
        (lambda table, own: np.vectorize(Fraction, otypes="O")(shared(table, own)),),
    ],
    {
        "not finite": [(plain_division,)],
        "not positive": [(zero_where_free,), (lambda table, own: -shared(table, own),)],
        "not shared": [(rescaled(lambda off, n: off),)],
        "shared by all": [(rescaled(lambda off, n: off / n),)],
        "unscaled": [(by_advantage_of_one,)],
        "rewards": [(by_reward,)],
        "utilities": [(by_utility,)],
        "two agents": [(two_axes,), (lambda table, own: shared(table, own)[:2],)],
        "other answer": [(lambda table, own: np.ones((table.ndim, *table.shape)),)],
    },
)


def leaves(table):
    return (lambda: table,)


CW_LEAVES = (
    [
        leaves([[15, 14], [16, 3]]),
        leaves([[0, 13], [10, 12]]),
        leaves(np.array([[15, 14, 12], [11, 11, 1]]) / 3),
        leaves([[14, 14, 0], [0, 3, 16], [16, 17, 15]]),
    ],
    {
        "lecture's": [
            leaves([[10, -10], [9, 8]]),
            leaves([[8, 7], [-10, 10]]),
            leaves([[10, 9], [-10, 8]]),
            leaves([[5, 5.25], [-4, 6]]),
        ],
        "several optima": [leaves(MATCHING)],
        "additive": [leaves(ADDITIVE)],
        "monotone": [leaves([[0, 1], [1, 1.5]]), leaves([[0, 0], [0, 1]])],
        "never in danger": [leaves(COORDINATION), leaves([[10, 12], [19, 14]])],
        "cured": [leaves([[1, 5], [9, 8]]), leaves([[17, 3, 10], [15, 19, 3]])],
        "one alpha": [leaves([[0, 13], [19, 16]]), leaves([[11, 0, 2], [15, 14, 18]])],
        "tie": [leaves([[12.55010029375553, 14], [15, 4]]), leaves([[12.750510311126709, 14], [15, 4]])],
    },
)

PLANTED = {"igm_utilities": IGM_UTILITIES, "qplex_weights": QPLEX_WEIGHTS, "cw_leaves": CW_LEAVES}
