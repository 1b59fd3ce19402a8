"""Tables of rows: what an environment of them promises, and who breaks it is told."""

import pytest
import torch
from twins.drive import draws, random_actions

from marl_helpers import envs, layers
from marl_helpers.envs import entities
from marl_helpers.envs.trial import check

TABLES = {
    "dock_teams": dict(robots=(2, 5), slots=7),
    "predator_prey_teams": dict(hunters=(2, 5), n_agents=6, prey=(1, 3), n_prey=4, view=None),
}


def games(name, count=64, **changes):
    """The environment, and worlds of it after a few random steps."""
    env = envs.make(name, **(TABLES[name] | changes))
    generator = torch.Generator().manual_seed(0)
    world = env.reset(draws(generator, 2, count, env.noise))
    for _ in range(3):
        yield env, world, env.observe(world)
        actions = random_actions(env.observe(world).available, generator, 3.0)
        world, _ = env.step(world, actions, draws(generator, 2, count, env.noise))


@pytest.mark.parametrize("name", TABLES)
def test_rows_are_of_those_who_are_there(name):
    sizes = set()
    for env, _, seen in games(name):
        check(env, layers.generators(0, 2), 30)
        rows, own = (entities.table(x, env.entity_dim) for x in (seen.state, seen.obs))
        present = rows[..., : env.n_agents, 0] == 1
        sizes |= {*present.sum(-1).flatten().tolist()}
        assert torch.equal(own[..., 0, 0] == 1, present)
        assert (seen.obs[~present] == 0).all() and (seen.available[~present].sum(-1) == 1).all()
        assert (seen.available[present].sum(-1) > 1).any() and not present.all()
    assert len(sizes) >= 3


def test_an_agents_own_row_comes_first_and_the_others_in_their_order():
    order = entities.own_first(3, 5)
    assert order.tolist() == [[0, 1, 2, 3, 4], [1, 0, 2, 3, 4], [2, 0, 1, 3, 4]]


BROKEN = {
    "is said to be present by something else": lambda seen, d: seen.state[..., 0].mul_(0.5),
    "sees a row that is neither": lambda seen, d: seen.obs[..., 0, d].fill_(0.3),
    "is present in only one": lambda seen, d: seen.obs[:, :, 0].zero_(),
    "has more than one action": lambda seen, d: seen.available.fill_(True),
    "is absent and sees something": lambda seen, d: seen.obs[:, :, -1, d:].fill_(1),
}


@pytest.mark.parametrize("fault", BROKEN)
def test_a_broken_table_is_named_with_the_agent(fault):
    env, _, seen = next(games("dock_teams"))
    entities.check(env, seen, 0)
    BROKEN[fault](seen, env.entity_dim)
    with pytest.raises(ValueError, match=rf"^dock_teams: agent \d at step 0 of game \d+ .*{fault}.*: give tables as"):
        entities.check(env, seen, 0)


@pytest.mark.parametrize(("size", "value"), [("obs_dim", 13), ("state_dim", 36), ("entity_dim", -1)])
def test_sizes_that_make_no_tables_are_refused(size, value):
    env = envs.make("dock_teams", **TABLES["dock_teams"])
    setattr(env, size, value)
    with pytest.raises(ValueError, match=rf"dock_teams.{size} is {value}: give "):
        check(env, layers.generators(0, 1), 2)
