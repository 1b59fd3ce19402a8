"""The team values of trained agents in the two-step game, against the networks' own answers one by one."""

import numpy as np
import pytest
import torch

from marl_helpers.basics.devices import one_thread
from marl_helpers.training import two_step
from marl_helpers.training.loop import train


@pytest.mark.parametrize("method", ["qmix", "vdn", "graph"])
def test_every_value_is_what_the_networks_say_step_by_step(method):
    run = train("two_step", method, seeds=2, updates=3, batch=4, parallel=4, hidden=8, width=4, device="cpu")
    first, branches = two_step.team_values(run)
    agents, mixer, states = run.learner.agents, run.learner.mixer, torch.eye(3)
    for branch in (0, 1):
        obs = states[[0, 1 + branch], None, None].expand(2, 2, 2, -1)  # [step, R, agent, state_dim]
        last, memory = agents.start(obs[0].unsqueeze(1))
        q, memory = agents.step(obs[0].unsqueeze(1), last, memory)
        after, _ = agents.step(obs[1].unsqueeze(1), torch.tensor([branch, 0]).expand(2, 1, 2), memory)
        for a, b in np.ndindex(2, 2):
            cell = torch.tensor([a, b]).expand(2, 1, 2)
            with torch.no_grad():
                early = mixer(q, cell, states[0].expand(2, 1, -1))[:, 0]
                late = mixer(after, cell, states[1 + branch].expand(2, 1, -1))[:, 0]
            assert first[:, a, b] == pytest.approx(early.numpy(), abs=1e-5)
            assert branches[branch, :, a, b] == pytest.approx(late.numpy(), abs=1e-5)


@pytest.mark.parametrize("method", ["qmix", "vdn", "ow_qmix"])
def test_the_networks_of_the_states_have_the_team_values(method):
    run = train("two_step", method, seeds=2, updates=3, batch=4, parallel=4, hidden=8, width=4, device="cpu")
    first, branches = two_step.team_values(run)
    for seed in (0, 1):
        found = two_step.networks(run, which=seed)
        assert [*found] == ["first state", "branch A", "branch B"]
        for network, table in zip(found.values(), [first[seed], *branches[:, seed]], strict=True):
            for cell in np.ndindex(2, 2):
                assert network.team(cell) == pytest.approx(table[cell], abs=1e-5)


@pytest.mark.learning
@one_thread()
def test_trained_qmix_comes_to_the_papers_tables_and_vdn_to_least_squares():
    options = {
        "seeds": 16,
        "updates": 1500,
        "epsilon_end": 1.0,
        "test_every": 1500,
        "test_episodes": 1,
        "device": "cpu",
    }
    first, branches = two_step.team_values(train("two_step", "qmix", **options))
    assert first.mean(0) == pytest.approx(np.array([[6.93, 6.93], [7.92, 7.92]]), abs=0.25)
    assert branches[1].mean(0) == pytest.approx(np.array([[0, 1], [1, 8]]), abs=0.25)
    _, branches = two_step.team_values(train("two_step", "vdn", **options))
    assert branches[1].mean(0) == pytest.approx(np.array([[-1.5, 2.5], [2.5, 6.5]]), abs=0.25)


@pytest.mark.learning
@pytest.mark.parametrize(("game", "method"), [("mirrored_", "vdn"), ("mirrored_", "qmix"), ("", "qmix")])
def test_with_little_exploration_at_the_end_the_better_branch_is_chosen(game, method):
    """As lecture 07 says of the mirrored game; a seed may be unlucky on another machine."""
    plan = {"updates": 2000, "epsilon_end": 0.05, "test_every": 2000, "test_episodes": 1, "device": "cpu"}
    returns = train(f"{game}two_step", method, seeds=8, **plan).returns
    assert np.isclose(returns, 1.1 if game else 8).sum() >= 7


def test_another_games_run_is_refused():
    run = train("predator_prey", "vdn", seeds=1, updates=1, batch=2, parallel=2, hidden=4, width=4, device="cpu")
    with pytest.raises(ValueError, match="run was trained on predator_prey: give one of two_step"):
        two_step.team_values(run)
