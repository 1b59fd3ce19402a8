"""Updates against the arithmetic of the references' learners, written again for one run with torch's own layers.

The published learners (PyMARL, and WQMIX's own code) unroll agents step by step, put -9999999 where an action is not
available, and divide the sum of squared errors by the number of steps played. docs/references.md has the comparison
with their code itself.
"""

import pytest
import torch
from tiny import COUNT, RUNS, Tiny, make, one_thread_each, random_episodes
from torch import nn

from marl_helpers import layers

alone = one_thread_each
METHODS = ["iql", "vdn", "qmix", "qtran", "ow_qmix", "cw_qmix"]


def plain(layer, run):
    """One run of a layer as torch's own."""
    if isinstance(layer, nn.Sequential):
        return nn.Sequential(*[plain(one, run) for one in layer])
    if not isinstance(layer, layers.Linear):
        return layer
    weight, bias = layer.weight[run].detach(), layer.bias[run].detach()
    copy = nn.Linear(*weight.shape, dtype=torch.double)
    copy.load_state_dict({"weight": weight.T, "bias": bias[0]})
    return copy


class Networks(nn.Module):
    """One run of a learner's agents and mixer."""

    def __init__(self, agents, mixer, run):
        super().__init__()
        self.encode, self.value = plain(agents.encode, run), plain(agents.value, run)
        self.memory = nn.GRUCell(agents.hidden, agents.hidden, dtype=torch.double)
        ours = {name: x[run].detach().clone() for name, x in agents.remember.state_dict().items()}
        self.memory.weight_ih.data, self.memory.bias_ih.data = ours["input_weight"].T, ours["input_bias"][0]
        self.memory.weight_hh.data, self.memory.bias_hh.data = ours["hidden_weight"].T, ours["hidden_bias"][0]
        self.parts = nn.ModuleDict({name: plain(part.network, run) for name, part in mixer.named_children()})

    def utilities(self, obs, actions):
        """[N, T+1, n, A]"""
        count, steps, n, _ = obs.shape
        memory, last = None, torch.zeros(count, n, Tiny.n_actions).double()
        found = []
        for t in range(steps):
            number = torch.eye(n).double().expand(count, n, n)
            seen = torch.cat([obs[:, t], last, number], -1).flatten(0, 1)
            memory = self.memory(self.encode(seen).relu(), memory)
            found.append(self.value(memory).view(count, n, -1))
            last = one_hot(actions[:, t]) if t + 1 < steps else None
        return torch.stack(found, 1)

    def total(self, chosen, state):
        """A sum, or QMIX's network."""
        if "w1" not in self.parts:
            return chosen.sum(-1)
        w1 = self.parts["w1"](state).abs().unflatten(-1, (chosen.shape[-1], -1))
        hidden = nn.functional.elu(torch.einsum("...n,...nh->...h", chosen, w1) + self.parts["b1"](state))
        return torch.einsum("...h,...h->...", hidden, self.parts["w2"](state).abs()) + self.parts["v"](state)[..., 0]

    def joint(self, actions, state):
        """The unrestricted value of joint actions."""
        network = self.parts["joint" if "joint" in self.parts else "central"]
        return network(torch.cat([state, one_hot(actions).flatten(-2)], -1))[..., 0]


def one_hot(actions):
    return nn.functional.one_hot(actions, Tiny.n_actions).double()


def pick(q, actions):
    return q.gather(-1, actions.unsqueeze(-1))[..., 0]


def reference_loss(method, online, target, batch, judge=None):
    """The loss of one run; `judge` are the networks whose central value decides CW-QMIX's weights, or `online`."""
    q, state = online.utilities(batch.obs, batch.actions), batch.state
    greedy = q.detach().masked_fill(~batch.available, -9999999).argmax(-1)  # double Q: the online networks choose
    now, after = state[:, :-1], state[:, 1:]
    with torch.no_grad():
        later = pick(target.utilities(batch.obs, batch.actions), greedy)[:, 1:]
        if method == "iql":
            value = later
        else:
            value = target.total(later, after) if method in ("vdn", "qmix") else target.joint(greedy[:, 1:], after)
        goes_on = (~batch.terminated).double()
        reward = batch.reward
        if method == "iql":
            goes_on, reward = goes_on.unsqueeze(-1), reward.unsqueeze(-1)
        y = reward + 0.99 * goes_on * value
    chosen, best = pick(q[:, :-1], batch.actions), pick(q, greedy)[:, :-1]
    if method == "iql":
        errors = ((chosen - y) ** 2).mean(-1)
    elif method in ("vdn", "qmix"):
        errors = (online.total(chosen, now) - y) ** 2
    elif method == "qtran":
        joint, v = online.joint(batch.actions, now), online.parts["v"](now)[..., 0]
        at_best = best.sum(-1) - online.joint(greedy[:, :-1], now).detach() + v
        elsewhere = chosen.sum(-1) - joint.detach() + v
        errors = (joint - y) ** 2 + at_best**2 + elsewhere.clamp(max=0) ** 2
    else:
        total = online.total(chosen, now)
        keep = total < y
        if method == "cw_qmix":
            of_best = (judge or online).joint(greedy[:, :-1], now)
            keep = (batch.actions == greedy[:, :-1]).all(-1) | (y > of_best)
        errors = (0.1 + 0.9 * keep.double()) * (total - y) ** 2 + (online.joint(batch.actions, now) - y) ** 2
    return (errors * batch.filled).sum() / batch.filled.sum()


def one_run(episodes, run):
    return episodes.map(lambda x: x[run])


@pytest.mark.parametrize("method", METHODS)
def test_six_updates_with_target_copies_are_the_references(method):
    """Losses to 1e-10, and all weights of both networks to 1e-8 at last."""
    learner = make(method, seed=5, rate=0.01, clip=0.3, target_every=2)
    runs = [[Networks(*networks, run) for networks in (learner.online, learner.target)] for run in range(RUNS)]
    optimisers = [torch.optim.RMSprop(online.parameters(), lr=0.01, alpha=0.99, eps=1e-5) for online, _ in runs]
    clipped = 0
    for k in range(1, 7):
        episodes = random_episodes(k, RUNS, COUNT)
        metrics = learner.update(episodes)
        for run, (online, target) in enumerate(runs):
            optimisers[run].zero_grad()
            loss = reference_loss(method, online, target, one_run(episodes, run))
            loss.backward()
            norm = nn.utils.clip_grad_norm_(online.parameters(), 0.3)
            optimisers[run].step()
            if k % 2 == 0:
                target.load_state_dict(online.state_dict())
            assert metrics["loss"][run].item() == pytest.approx(loss.item(), rel=1e-10)
            assert metrics["gradient"][run].item() == pytest.approx(norm.item(), rel=1e-8)
            clipped += norm.item() > 0.3
        learner.refresh(k)
    assert clipped > 0
    for run, pair in enumerate(runs):
        for networks, ours in zip(pair, (learner.online, learner.target)):
            for name, x in Networks(*ours, run).state_dict().items():
                torch.testing.assert_close(x, networks.state_dict()[name], rtol=0, atol=1e-8, msg=name)


def test_the_authors_cw_qmix_asks_the_target_networks_instead():
    """Which is the same where the two are equal, and in some runs another loss where they are not."""
    learner, episodes = make("cw_qmix", seed=7, runs=8), random_episodes(3, 8, COUNT)
    for equal in (False, True):
        if equal:
            learner.target.load_state_dict(learner.online.state_dict())
        apart = []
        for run, ours in enumerate(learner.loss(episodes)[0].tolist()):
            online, target = (Networks(*networks, run) for networks in (learner.online, learner.target))
            theirs = reference_loss("cw_qmix", online, target, one_run(episodes, run), judge=target).item()
            apart.append(abs(theirs / ours - 1))
        assert max(apart) < 1e-10 if equal else max(apart) > 0.01
