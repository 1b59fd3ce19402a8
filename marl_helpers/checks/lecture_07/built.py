"""The checks of the parts from which lecture 07 builds QMIX for the two-step game; that of its loss is in losses.py.

Each tries what a cell defines: on every case where there are few, else by properties that a right answer has.
"""

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from marl_helpers.checks.exercise import Mistake, call, part
from marl_helpers.checks.reading import array, items
from marl_helpers.games.two_step import PAPER

SAME = {"rtol": 0, "atol": 1e-5}


@part(
    {
        "second agent": "Agent 2's action chooses your branch. In this game agent 1 does.",
        "branch": "From the first place agent 1's action {a} leads to place {right}; yours leads to {given:g}.",
        "paid early": "Your first step pays something. Only the branches pay.",
        "pay": "In place {place} the joint action {cell} pays {right:g}; yours pays {given:g}.",
        "over": "The game is over after the second step, in a branch, and not after the first.",
    }
)
def built_game(step: Callable) -> str:
    """step(place, actions): of N games [N] and [N, 2], the places after the step, the rewards, and which are over."""
    import torch

    cells = [(place, a, b) for place in range(3) for a in range(2) for b in range(2)]
    place, actions = torch.tensor([c[0] for c in cells]), torch.tensor([c[1:] for c in cells])
    parts = items(call(step, place, actions), "What step returns", 3)
    names = ("The next place", "The reward", "What is over")
    led, reward, over = (array(one + 0, name, (len(cells),)) for one, name in zip(parts, names))
    if (led[:4] == 1 + actions[:4, 1].numpy()).all():
        raise Mistake("second agent")
    for k, (now, *cell) in enumerate(cells):
        if now == 0 and led[k] != 1 + cell[0]:
            raise Mistake("branch", a=cell[0], right=1 + cell[0], given=led[k])
        if now == 0 and reward[k] != 0:
            raise Mistake("paid early")
        if now and reward[k] != PAPER[now - 1][tuple(cell)]:
            raise Mistake("pay", place=now, cell=tuple(cell), right=PAPER[now - 1][tuple(cell)], given=reward[k])
        if over[k] != (now > 0):
            raise Mistake("over")
    return "All 12 places and joint actions lead and pay as they should."


@part(
    {
        "alike": "Both agents say the same wherever they have seen and done the same. Tell each its number, or they "
        "can never differ.",
        "last action": "Its own last action changes nothing for an agent.",
        "partner": "Agent 1's utilities change with what agent 2 did. It acts alone, and knows its own actions only.",
        "forgets": "What an agent saw in the first step changes nothing in the second. Carry the memory on.",
        "step by step": "Step by step, with the memory handed on, the utilities are not those of whole episodes.",
    }
)
def built_agent(Agent: Callable) -> str:
    """Agent(): a network called with states [N, T, 3], last actions [N, T, 2, 2] and a memory (none at first).

    It returns utilities [N, T, 2, 2] and the memory after the last step.
    """
    import torch

    agent, eye = call(Agent), torch.eye(3)
    state, last = eye[torch.tensor([[0, 1], [0, 2]])], torch.zeros(2, 2, 2, 2)
    last[:, 1, :, 0] = 1

    def asked(state, last, memory=None):
        with torch.no_grad():
            q, memory = items(call(_named(agent, "Agent"), state, last, memory), "What Agent returns", 2)
        return array(q, "The utilities", (len(state), state.shape[1], 2, 2)), memory

    q, _ = asked(state, last)
    if np.allclose(q[:, :, 0], q[:, :, 1], **SAME):
        raise Mistake("alike")
    other = last.clone()
    other[:, 1, 1] = torch.tensor([0.0, 1])
    changed = np.abs(asked(state, other)[0] - q)[:, 1]
    if changed[:, 1].max() < 1e-5:
        raise Mistake("last action")
    if changed[:, 0].max() > 1e-5:
        raise Mistake("partner")
    elsewhere = state.clone()
    elsewhere[:, 0] = eye[2]
    if np.abs(asked(elsewhere, last)[0] - q)[:, 1].max() < 1e-5:
        raise Mistake("forgets")
    first, memory = asked(state[:, :1], last[:, :1])
    second, _ = asked(state[:, 1:], last[:, 1:], memory)
    if not np.allclose(np.concatenate([first, second], 1), q, **SAME):
        raise Mistake("step by step")
    return "Two agents of one network, which differ, remember, and know only what is theirs."


@part(
    {
        "falls": "Q_tot falls where a utility rises. Take the abs of both layers' weights.",
        "state": "The state changes nothing but a constant. It should write the weights.",
        "flat": "Q_tot is a plane over the utilities: something between the two layers must bend.",
        "deaf": "Q_tot does not depend on every agent's utility.",
    }
)
def built_mixer(Mixer: Callable) -> str:
    """Mixer(): a network called with utilities [N, T, 2] and states [N, T, 3]; it returns Q_tot [N, T]."""
    import torch

    mixer, generator = call(Mixer), np.random.default_rng(0)
    q = torch.tensor(generator.normal(size=(200, 3, 2)) * 3).float()
    state = torch.eye(3).expand(200, 3, 3)

    def team(q):
        with torch.no_grad():
            return array(call(_named(mixer, "Mixer"), q, state), "What Mixer returns", (200, 3))

    value = team(q)
    rises = np.stack([team(q + step) - value for step in torch.eye(2)], -1)
    if (np.abs(rises).max((0, 1)) < 1e-5).any():
        raise Mistake("deaf")
    if rises.min() < -1e-4:
        raise Mistake("falls")
    if np.ptp(rises, axis=0).max() < 1e-4:
        raise Mistake("flat")
    moved = team(q[:, :1].expand(-1, 3, -1))
    if np.abs(np.ptp(moved - moved[:, :1], axis=0)).max() < 1e-4:
        raise Mistake("state")
    return "Q_tot rises with every utility, bends, and does so in each state in its own way."


@part(
    {
        "not repeatable": "Two calls with equal generators play differently. Take every draw from the one you are "
        "given.",
        "never explores": "With epsilon 1 some joint actions never come. Each agent draws its own.",
        "not greedy": "With epsilon 0 the team does not play its agents' best actions.",
        "other game": "What you store is not what was played: `step`, given the stored actions, leads or pays "
        "otherwise.",
    }
)
def built_play(play: Callable, agent: Any, step: Callable) -> str:
    """play(agent, games, epsilon, generator): places [N, 3], actions [N, 2, 2], rewards and which were over [N, 2]."""
    import torch

    def episodes(games, epsilon):
        @wraps(play)
        def seeded():
            return play(agent, games, epsilon, torch.Generator().manual_seed(7))

        shapes = {"places": (games, 3), "actions": (games, 2, 2), "rewards": (games, 2), "over": (games, 2)}
        parts = items(call(seeded), "What play returns", 4)
        named = zip(parts, shapes.items())
        return [array(one + 0, f"What play returns as {name}", shape) for one, (name, shape) in named]

    if not all((a == b).all() for a, b in zip(episodes(200, 0.5), episodes(200, 0.5))):
        raise Mistake("not repeatable")
    places, actions, rewards, _ = episodes(200, 1.0)
    for t in (0, 1):
        led, reward, _ = step(*(torch.tensor(x).long() for x in (places[:, t], actions[:, t])))
        if (led.numpy() != places[:, t + 1]).any() or (reward.numpy() != rewards[:, t]).any():
            raise Mistake("other game")
        if len(np.unique(actions[:, t], axis=0)) < 4:
            raise Mistake("never explores")
    places, actions, _, _ = episodes(1, 0.0)
    before = torch.cat([torch.zeros(1, 1, 2, 2), torch.eye(2)[actions[:, :1].astype(int)]], 1)
    with torch.no_grad():
        q, _ = agent(torch.eye(3)[places[:, :2].astype(int)], before)
    if (q.argmax(-1).numpy() != actions).any():
        raise Mistake("not greedy")
    return "Repeatable, greedy or exploring as asked, and stored as it was played."


@part(
    {
        "capacity": "With room for 5 episodes it still holds older ones after 8. Let the oldest go.",
        "lost": "Of 5 episodes that were added some can never be drawn.",
        "twice": "One batch holds the same episode twice. Draw without replacement.",
        "not repeatable": "Two samples with equal generators differ. Take every draw from the one you are given.",
        "mixed up": "A batch pairs one episode's places with another's rewards.",
    }
)
def built_replay(Replay: Callable) -> str:
    """Replay(capacity): add(played) keeps episodes, tensors [N, ...]; sample(count, generator) draws a batch."""
    import torch

    def number(k: int) -> list:
        return [torch.tensor([[k] * 3]), torch.full((1, 2, 2), k), torch.full((1, 2), float(k)), torch.zeros(1, 2) > 0]

    @wraps(Replay)
    def sampled():
        replay = Replay(5)
        for k in range(8):
            replay.add(number(k))
        return [replay.sample(3, torch.Generator().manual_seed(seed // 2)) for seed in range(200)]

    drawn = [items(batch, "A sample", 4) for batch in call(sampled)]
    places = np.array([array(batch[0], "The places of a sample", (3, 3))[:, 0] for batch in drawn])
    rewards = np.array([array(batch[2], "The rewards of a sample", (3, 2))[:, 0] for batch in drawn])
    if places.min() < 3:
        raise Mistake("capacity")
    if (places != rewards).any():
        raise Mistake("mixed up")
    if any(len({*row}) < 3 for row in places.tolist()):
        raise Mistake("twice")
    if (places[::2] != places[1::2]).any():
        raise Mistake("not repeatable")
    if {*places.ravel().tolist()} != {3, 4, 5, 6, 7}:
        raise Mistake("lost")
    return "It keeps the last episodes, whole, and draws different ones."


@part(
    {
        "not repeatable": "The same seed twice gives two different teams. Take every draw from one generator of that "
        "seed, the networks' first weights too.",
        "one seed": "Two seeds give the same team. Make the generator from the seed.",
        "learns nothing": "40 updates change no weight of {part}. Is it among the optimiser's parameters?",
    }
)
def built_loop(teach: Callable) -> str:
    """teach(seed, updates): the networks, agents and mixer, after so many updates."""
    import torch

    from marl_helpers.basics.devices import one_thread

    def weights(seed: int, updates: int) -> list[np.ndarray]:
        torch.manual_seed(next(others))  # what a global generator would say next is nobody's business
        pair = items(call(teach, seed, updates), "What teach returns", 2)
        return [np.concatenate([x.detach().ravel().numpy() for x in one.parameters()]) for one in pair]

    others = iter(range(9))
    with torch.random.fork_rng(), one_thread():
        before, first, again, other = (weights(*how) for how in ((0, 0), (0, 40), (0, 40), (1, 40)))
    if not all(np.allclose(a, b, **SAME) for a, b in zip(first, again)):
        raise Mistake("not repeatable")
    if all(np.allclose(a, b, **SAME) for a, b in zip(first, other)):
        raise Mistake("one seed")
    for a, b, name in zip(before, first, ("the agents", "the mixer")):
        if np.allclose(a, b, **SAME):
            raise Mistake("learns nothing", part=name)
    return "A seed decides everything, and both networks learn."


def _named(network: Callable, name: str) -> Callable:
    """The network as a function of that name, so that what goes wrong in it is told under its class's."""

    def ask(*given):
        return network(*given)

    ask.__name__ = name
    return ask
