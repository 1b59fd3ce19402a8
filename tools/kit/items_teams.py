"""The questions of lectures 07 to 09, on learning targets, docks and teams of any size."""

import numpy as np

from kit.item import Item, listed, made
from marl_helpers.exact import counts, prices


def target(generator: np.random.Generator) -> Item | None:
    online, later = generator.integers(0, 10, size=(2, 2, 3))
    reward, discount = int(generator.integers(1, 6)), 0.9
    blocked = generator.integers(0, 3, size=2)
    masked = np.where(np.arange(3) == blocked[:, None], -1, online)
    if (np.sort(masked)[:, -1] == np.sort(masked)[:, -2]).any() or (online.argmax(axis=1) != blocked).all():
        return None
    each = np.arange(2)
    worth = {
        "right": later[each, masked.argmax(axis=1)].sum(),
        "forgets what is not available": later[each, online.argmax(axis=1)].sum(),
        "lets the target network choose": np.where(np.arange(3) == blocked[:, None], -1, later).max(axis=1).sum(),
        "lets the online network judge": masked.max(axis=1).sum(),
    }
    values = {kind: float(reward + discount * value) for kind, value in worth.items()}
    values["forgets the discount"] = float(reward + worth["right"])
    shown = " and ".join(f"action {k} of agent {i + 1}" for i, k in enumerate(blocked))
    question = (
        f"VDN, double Q-learning: the reward is {reward}, the discount 0.9, the game goes on, and {shown} are not "
        "available next. Rows are agents, columns their next actions. What is the target?"
    )
    why = "The online utilities choose among the available actions, the target network says what those are worth."
    tables = {"online utilities": online.astype(float), "target network's utilities": later.astype(float)}
    data = dict(online=online, later=later, reward=reward, blocked=blocked, discount=discount)
    return made("target", question, values.pop("right"), values, why, tables, **data)


def lambda_return(generator: np.random.Generator) -> Item | None:
    rewards, after = generator.integers(0, 5, size=3), generator.integers(1, 9, size=2)
    discount, share = 0.9, 0.2
    kinds = {"stops after one step": (discount, 0.0), "takes rewards only": (discount, 1.0)}
    kinds["forgets the discount"] = 1.0, share
    wrong = {kind: _lambda_return(rewards, after, *numbers) for kind, numbers in kinds.items()}
    wrong["exchanges λ and 1 − λ"] = _lambda_return(rewards, after, discount, 1 - share)
    question = (
        f"An episode of three steps ends with the game. Rewards: {listed(rewards)}. Learned values after steps 1 and "
        f"2: {listed(after)}. Discount {discount}, λ = {share}. What is the λ-return of the first step?"
    )
    why = "Backwards: r + 0.9 · (0.8 · learned value + 0.2 · the next step's λ-return)."
    right = _lambda_return(rewards, after, discount, share)
    data = dict(rewards=rewards, after=after, discount=discount, share=share)
    return made("lambda_return", question, right, wrong, why, **data)


def _lambda_return(rewards, after, discount: float, share: float) -> float:
    found = rewards[-1]
    for reward, value in zip(rewards[-2::-1], after[::-1]):
        found = reward + discount * ((1 - share) * value + share * found)
    return float(found)


def dock_price(generator: np.random.Generator) -> Item | None:
    n = int(generator.integers(4, 9))
    need = int(generator.integers(2, n))
    wrong = {"gives the team's price": prices.team(n, need), "lets all be needed": prices.additive(n, n)}
    wrong["adds the lanes up"] = float(n)
    question = (
        f"One-shot dock: {n} robots, a lane is worth 1, and the truck pays if at least {need} come. Above which pay do "
        "VDN's robots go to the dock?"
    )
    why = f"A robot is the one missing in comb({n - 1}, {need - 1}) of the others' {2 ** (n - 1)} joint actions."
    return made("dock_price", question, prices.additive(n, need), wrong, why, n=n, need=need)


def dock_methods(generator: np.random.Generator) -> Item | None:
    n, pay = int(generator.integers(3, 7)), float(generator.integers(3, 33)) + 0.5
    limits = {"a team that is told what to do": prices.team(n), "the best monotone fit": prices.monotone(n)}
    limits["the best sum"] = prices.additive(n)
    going = [name for name, limit in limits.items() if pay > limit]
    names, right = [*limits], len(going)
    options = ["nobody", *(", ".join(names[: k + 1]) for k in range(3))]
    wrong = {f"thinks that {names[k]} stays away": options[k] for k in range(right)}
    wrong |= {f"thinks that {names[k - 1]} comes already": options[k] for k in range(right + 1, 4)}
    question = f"One-shot dock: {n} robots, all must come, a lane is worth 1, the truck pays {pay:g}. Who loads it?"
    why = "The prices are " + ", ".join(f"{limit:.2f} ({name})" for name, limit in limits.items()) + "."
    return made("dock_methods", question, options[right], wrong, why, n=n, pay=pay)


HOLDERS = ("all three", "set hypernetwork and deep set", "deep set only", "none of them")

STEPS = (  # what is seen where these are named
    "sees steps of one size",
    "sees steps that never shrink",
    "sees steps that shrink",
    "sees steps of both signs",
)


def count_class(generator: np.random.Generator) -> Item | None:
    n = int(generator.integers(3, 5))
    steps = generator.integers(0, 4, n)
    shapes = [np.sort(steps), steps, np.full(n, steps[0]), generator.permutation([-1, 2, *steps[2:]])]
    rewards = [0, *map(int, shapes[generator.integers(4)].cumsum())]
    held = [kind for kind in counts.KINDS if counts.best(rewards, kind).mse < 1e-9]
    right = len(counts.KINDS) - len(held)
    wrong = {mistake: HOLDERS[k] for k, mistake in enumerate(STEPS) if k != right}
    question = (
        f"{n} agents with equal rows and equal utilities; the team earns {listed(rewards)} where 0, 1, ... {n} of "
        "them choose the second action. Which of VDN, set hypernetwork and monotone deep set can hold this?"
    )
    why = "A sum is linear in the count, a set hypernetwork convex; a deep set only has to rise, or to fall."
    return made("count_class", question, HOLDERS[right], wrong, why, rewards=rewards)


def pooled_rows(generator: np.random.Generator) -> Item | None:
    values = generator.integers(1, 10, int(generator.integers(3, 6))).tolist()
    room, how = len(values) + int(generator.integers(1, 4)), ("sum", "mean")[generator.integers(2)]
    found = {"sum": float(sum(values)), "mean": sum(values) / len(values)}
    wrong = {f"takes the {kind}": value for kind, value in found.items() if kind != how}
    wrong |= {"divides by all rows": sum(values) / room, "takes the largest": float(max(values))}
    question = (
        f"A table has room for {room} robots and {len(values)} are present, with {listed(values)} in the same place "
        f"of their rows; absent rows are zeros. What does pooling by {how} make of it?"
    )
    why = "Absent rows add nothing to a sum, and a mean divides by those who are present."
    return made("pooled_rows", question, found[how], wrong, why, values=values, room=room, how=how)
