"""Targets and losses against plain loops over runs, episodes, steps and agents; what no mean may count."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from tiny import COUNT, RUNS, PlainAgents, Tiny, make, one_thread_each, random_episodes

from marl_helpers import layers, mixers

alone = one_thread_each


class PlainLearner:
    """One run of a learner: one episode, step and agent after the other."""

    def __init__(self, learner, method, run, episodes):
        self.method, self.settings, self.n_steps = method, learner.settings, Tiny.limit
        self.networks = []
        for agents, mixer in ((learner.agents, learner.mixer), learner.target):
            alone = mixers.make(method, mixer.spec, layers.generators(0, 1)).double()
            alone.load_state_dict({key: value[run : run + 1] for key, value in mixer.state_dict().items()})
            self.networks.append((PlainAgents(agents, run), alone.requires_grad_(False)))
        self.episodes = [{key: x[run, k].numpy() for key, x in vars(episodes).items()} for k in range(COUNT)]

    @staticmethod
    def sample(*arrays):
        """As one run's only sample."""
        return [torch.as_tensor(np.asarray(array))[None, None] for array in arrays]

    def utilities(self, agents, episode):
        """[T + 1][n, A], minus infinity for what is not available."""
        agents.begin()
        found = []
        for t in range(self.n_steps + 1):
            found.append(np.where(episode["available"][t], agents.utilities(episode["obs"][t]), -np.inf))
            agents.last = list(episode["actions"][t]) if t < self.n_steps else None
        return found

    def values(self, episode):
        """Of what the online networks would do, valued by the target ones, at every step: [T + 1] or [T + 1][n]."""
        (agents, mixer), (target_agents, target_mixer) = self.networks
        online, target = (self.utilities(one, episode) for one in (agents, target_agents))
        found = []
        for t in range(self.n_steps + 1):
            if type(mixer).greedy is mixers.Mixer.greedy:
                greedy = [max(range(Tiny.n_actions), key=lambda a, q=q: q[a]) for q in online[t]]
            else:
                greedy = mixer.greedy(*self.sample(online[t], episode["state"][t]))[0, 0].tolist()
            if self.method == "iql":
                found.append(np.array([target[t][i][a] for i, a in enumerate(greedy)]))
                continue
            value = target_mixer.q_star if "w_qmix" in self.method else target_mixer
            args = self.sample(target[t], greedy, episode["state"][t])
            found.append(value(*(args[1:] if "w_qmix" in self.method else args)).item())
        return found

    def targets(self, episode):
        """The mean of the n-step returns, weighed by lambda: the forward view, where the learner takes the backward."""
        values, reward, ends = self.values(episode), episode["reward"], episode["terminated"]
        length, discount, lam = int(episode["filled"].sum()), self.settings.discount, self.settings.td_lambda
        found = []
        for t in range(length):
            returns = []
            for n in range(1, length - t + 1):
                earned = sum(discount**k * reward[t + k] for k in range(n))
                follows = np.zeros_like(values[t]) if ends[t + n - 1] else discount**n * values[t + n]
                returns.append(earned + follows)
            total = sum((1 - lam) * lam**k * one for k, one in enumerate(returns[:-1]))
            found.append(total + lam ** (len(returns) - 1) * returns[-1])
        return found

    def losses(self):
        """The loss of each step played, those of one episode after the other."""
        agents, mixer = self.networks[0]
        found = []
        for episode in self.episodes:
            q = self.utilities(agents, episode)
            for t, target in enumerate(self.targets(episode)):
                actions = episode["actions"][t]
                if self.method == "iql":
                    found.append(np.mean([(q[t][i][a] - target[i]) ** 2 for i, a in enumerate(actions)]))
                    continue
                found.append(mixer.loss(*self.sample(q[t], actions, target, episode["state"][t])).item())
        return found


@pytest.mark.parametrize("method", [name for name, method in mixers.METHODS.items() if not method.remembers])
@pytest.mark.parametrize("td_lambda", [0.0, 0.7, 1.0])
def test_targets_and_losses_are_those_of_a_plain_loop(method, td_lambda):
    learner, episodes = make(method, seed=7, td_lambda=td_lambda), random_episodes(3, RUNS, COUNT)
    q = learner.agents.unroll(episodes.obs, episodes.actions)
    targets, (loss, metrics) = learner.targets(episodes, q.detach()), learner.loss(episodes)
    for run in range(RUNS):
        plain = PlainLearner(learner, method, run, episodes)
        every = [plain.targets(episode) for episode in plain.episodes]
        for k, expected in enumerate(every):
            assert targets[run, k, : len(expected)].numpy() == pytest.approx(np.array(expected), abs=1e-9)
        assert loss[run].item() == pytest.approx(np.mean(plain.losses()), rel=1e-9)
        assert metrics["target"][run].item() == pytest.approx(np.mean(np.concatenate(every)), rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("method", mixers.METHODS)
def test_online_and_target_networks_disagree_so_that_the_loop_tells_them_apart(method):
    """Exchanged networks give other targets; so do targets whose greedy actions the target networks choose."""
    learner, episodes = make(method, seed=7), random_episodes(3, RUNS, COUNT)
    q = learner.agents.unroll(episodes.obs, episodes.actions).detach()
    targets = learner.targets(episodes, q)
    theirs = learner.target[0].unroll(episodes.obs, episodes.actions)
    if method != "joint":  # it chooses by its table alone
        assert not torch.allclose(targets, learner.targets(episodes, theirs))
    learner.target.load_state_dict(learner.online.state_dict())
    assert not torch.allclose(targets, learner.targets(episodes, q))


@pytest.mark.parametrize("method", ["iql", "vdn", "qmix", "monotone"])
def test_the_gradient_is_that_of_the_loss_with_targets_held(method):
    """Against finite differences in a random direction, which leaves the target networks where they are."""
    learner, episodes = make(method), random_episodes(0, RUNS, COUNT)
    learner.loss(episodes)[0].sum().backward()
    generators = layers.generators(9, RUNS)
    parameters = list(learner.online.parameters())
    direction = [layers.draw(generators, p.shape[1:], torch.Tensor.normal_).double() for p in parameters]
    slope = sum((p.grad * d).flatten(1).sum(1) for p, d in zip(parameters, direction))
    losses = []
    for step in (1e-5, -2e-5):
        for p, d in zip(parameters, direction):
            p.data += step * d
        losses.append(learner.loss(episodes)[0].detach())
    torch.testing.assert_close(slope, (losses[0] - losses[1]) / 2e-5, rtol=1e-5, atol=1e-7)


def test_value_is_that_of_the_first_joint_actions():
    learner, episodes = make("qmix"), random_episodes(0, RUNS, COUNT)
    value = learner.loss(episodes)[1]["value"]
    for run in range(RUNS):
        plain = PlainLearner(learner, "qmix", run, episodes)
        agents, mixer = plain.networks[0]
        first = [(plain.utilities(agents, e)[0], e["actions"][0], e["state"][0]) for e in plain.episodes]
        assert value[run].item() == pytest.approx(np.mean([mixer(*plain.sample(*x)).item() for x in first]))


def garbled(episodes, where):
    """The episodes with other observations and states wherever [R, N, T+1] says."""
    noise = random_episodes(99, RUNS, COUNT)
    changed = {k: vars(noise)[k] + 3 for k in ("obs", "state")}
    changed["available"] = ~episodes.available | (torch.arange(Tiny.n_actions) == 0)
    for name, x in changed.items():
        mask = where.reshape(*where.shape, *[1] * (x.ndim - 3))
        changed[name] = torch.where(mask, x, vars(episodes)[name])
    return replace(episodes, **changed)


def outcome(learner, episodes):
    loss, metrics = learner.loss(episodes)
    gradients = torch.autograd.grad(loss.sum(), list(learner.online.parameters()), materialize_grads=True)
    return {"loss": loss, **metrics, **dict(enumerate(gradients))}


@pytest.mark.parametrize("method", mixers.METHODS)
@pytest.mark.parametrize("td_lambda", [0.0, 0.8])
def test_nothing_after_the_end_matters_but_what_follows_a_time_limit(method, td_lambda):
    """Not the padding, not what is observed after a termination, as after an automatic reset."""
    learner, episodes = make(method, td_lambda=td_lambda), random_episodes(1, RUNS, COUNT)
    time, length = torch.arange(Tiny.limit + 1), episodes.filled.sum(-1, keepdim=True)
    terminated = episodes.terminated.any(-1, keepdim=True)
    after = (time > length) | ((time == length) & terminated)
    changed, unplayed = garbled(episodes, after), ~episodes.filled
    changed = replace(changed, reward=changed.reward + 7 * unplayed, actions=changed.actions + unplayed.unsqueeze(-1))
    clean, changed = outcome(learner, episodes), outcome(learner, changed)
    for name, x in clean.items():
        torch.testing.assert_close(x, changed[name], rtol=1e-12, atol=1e-12)
    at_limit = (time == length) & ~terminated
    assert not torch.allclose(clean["target"], outcome(learner, garbled(episodes, at_limit))["target"])


@pytest.mark.parametrize("method", mixers.METHODS)
@pytest.mark.parametrize("td_lambda", [0.0, 0.8])
def test_padding_that_all_episodes_share_adds_nothing(method, td_lambda):
    """So a batch may end with its longest episode, one that a time limit of its own cut among them."""
    learner, episodes = make(method, td_lambda=td_lambda), random_episodes(1, RUNS, COUNT)

    def longer(x):
        """With four more steps of padding, in which every action is available."""
        padding = torch.full_like(x[:, :, :1], x.dtype == torch.bool and x.ndim == 5)
        return torch.cat([x, padding.expand(-1, -1, 4, *x.shape[3:])], 2)

    clean, padded = outcome(learner, episodes), outcome(learner, episodes.map(longer))
    for name, x in clean.items():
        torch.testing.assert_close(x, padded[name], rtol=1e-12, atol=1e-12)


def test_a_termination_without_an_available_action_is_no_harm():
    """There is nothing to do once the game is over, and so nothing to value."""
    learner, episodes = make("qmix"), random_episodes(1, RUNS, COUNT)
    loss = learner.loss(episodes)[0]
    over = torch.cat([torch.zeros(RUNS, COUNT, 1, dtype=torch.bool), episodes.terminated], -1)
    none = replace(episodes, available=episodes.available & ~over[..., None, None])
    torch.testing.assert_close(learner.loss(none)[0], loss)
