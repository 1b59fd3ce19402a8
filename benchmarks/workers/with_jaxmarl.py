"""A worker that trains as JaxMARL's QMIX does (Rutherford et al. 2024): its script, unlike its games, is in no package.

Written anew to its published form: games that go on over their ends, so that a round is a full rectangle of steps, a
GRU begun anew where a game does, all in one compiled program. Its wrapper of games is JaxMARL's own.
"""

from functools import partial

import jax
import jaxmarl
import optax
from flax import linen as nn
from jax import numpy as jnp
from jaxmarl.environments.smax import map_name_to_scenario
from jaxmarl.wrappers.baselines import CTRolloutManager, SMAXLogWrapper
from pace import Pace, work

DISCOUNT, SCALE = 0.99, 10  # of rewards, as published
FAR = 1e10  # below what is available


class Agent(nn.Module):
    """Utilities [T, M, A] of observations [T, M, obs], where a game begins at `fresh` [T, M]; and the last memory."""

    actions: int
    hidden: int

    @nn.compact
    def __call__(self, memory, obs, fresh):
        def step(cell, h, x):
            seen, fresh = x
            return cell(jnp.where(fresh[:, None], 0, h), seen)

        x = nn.relu(nn.Dense(self.hidden, kernel_init=nn.initializers.orthogonal(1))(obs))
        unroll = nn.scan(step, variable_broadcast="params", split_rngs={"params": False})
        memory, x = unroll(nn.GRUCell(self.hidden), memory, (x, fresh))
        return nn.Dense(self.actions, kernel_init=nn.initializers.orthogonal(1))(x), memory


class Mixer(nn.Module):
    """QMIX's team values [...] of utilities [..., n] and states [..., S]."""

    width: int
    hyper: int

    @nn.compact
    def __call__(self, q, state):
        dense = partial(nn.Dense, kernel_init=nn.initializers.orthogonal(1e-3))

        def generated(size, hidden):
            return dense(size)(nn.relu(dense(hidden)(state)))

        n = q.shape[-1]
        w1 = jnp.abs(generated(n * self.width, self.hyper)).reshape(*q.shape, self.width)
        w2, b2 = jnp.abs(generated(self.width, self.hyper)), generated(1, self.width)[..., 0]
        hidden = nn.elu((q[..., None, :] @ w1)[..., 0, :] + dense(self.width)(state))
        return (hidden * w2).sum(-1) + b2


class QMIX:
    """All of it in one state, a dictionary; `round` is the next state and its loss."""

    def __init__(self, told: dict):
        plan, settings = told["plan"], told["settings"]
        self.games, self.batch, self.capacity = plan["parallel"], plan["batch"], plan["capacity"]
        self.steps, self.hidden = told["options"]["limit"], settings["hidden"]
        self.every = settings["target_every"] // self.games
        scenario = map_name_to_scenario(told["options"]["map"])
        game = jaxmarl.make("HeuristicEnemySMAX", scenario=scenario, max_steps=self.steps)
        self.env = CTRolloutManager(SMAXLogWrapper(game), batch_size=self.games)
        self.n = self.env.num_agents
        self.agent = Agent(self.env.max_action_space, self.hidden)
        self.mixer = Mixer(settings["width"], 64)
        self.epsilon = optax.linear_schedule(1.0, 0.05, plan["anneal"] // (self.games * self.steps))
        self.optimiser = optax.chain(optax.clip_by_global_norm(settings["clip"]), optax.radam(settings["rate"]))

    def start(self, key) -> dict:
        seen, _ = self.env.batch_reset(key)
        memory, obs, fresh = self.before(1), self.every_agent(seen)[:1, :1], jnp.zeros((1, 1), bool)
        agent = self.agent.init(key, memory[:1], obs, fresh)
        mixer = self.mixer.init(key, jnp.zeros((1, 1, self.n)), seen["__all__"][:1, None])
        weights = {"agent": agent, "mixer": mixer}
        episode = jax.eval_shape(self.play, weights, key, 1.0)
        kept = jax.tree.map(lambda x: jnp.zeros((self.capacity, *x.shape[1:]), x.dtype), episode)
        state = {"weights": weights, "target": jax.tree.map(jnp.copy, weights), "kept": kept}
        return state | {"optimiser": self.optimiser.init(weights), "rounds": jnp.array(0), "key": key}

    def every_agent(self, parts: dict):
        """What each agent has, [games, n, ...]."""
        return jnp.stack([parts[agent] for agent in self.env.agents], 1)

    def before(self, games: int):
        return jnp.zeros((games * self.n, self.hidden))

    def unroll(self, weights, memory, obs, fresh):
        """Utilities [games, T, n, A] of obs [games, T, n, obs], and the memories; `fresh` [games, T]."""
        games, steps = fresh.shape
        x = obs.swapaxes(0, 1).reshape(steps, games * self.n, -1)
        q, memory = self.agent.apply(weights["agent"], memory, x, jnp.repeat(fresh.T, self.n, 1))
        return q.reshape(steps, games, self.n, -1).swapaxes(0, 1), memory

    def play(self, weights, key, epsilon) -> dict:
        """A rectangle of games [games, T, ...]."""

        def step(carry, key):
            memory, seen, fresh, games = carry
            obs, available = self.every_agent(seen), self.every_agent(self.env.get_valid_actions(games.env_state))
            q, memory = self.unroll(weights, memory, obs[:, None], fresh[:, None])
            key, other, explores = jax.random.split(key, 3)
            greedy = jnp.where(available, q[:, 0], -FAR).argmax(-1)
            drawn = jax.random.categorical(other, jnp.where(available, 0, -FAR))
            actions = jnp.where(jax.random.uniform(explores, greedy.shape) < epsilon, drawn, greedy)
            chosen = dict(zip(self.env.agents, actions.T))
            after, games, reward, done, _ = self.env.batch_step(key, games, chosen)
            kept = {"obs": obs, "state": seen["__all__"], "available": available, "actions": actions, "fresh": fresh}
            kept |= {"reward": SCALE * reward["__all__"], "done": done["__all__"]}
            return (memory, after, done["__all__"], games), kept

        start, *keys = jax.random.split(key, self.steps + 1)
        seen, games = self.env.batch_reset(start)
        fresh = jnp.zeros(self.games, bool)
        _, kept = jax.lax.scan(step, (self.before(self.games), seen, fresh, games), jnp.stack(keys))
        return jax.tree.map(lambda x: x.swapaxes(0, 1), kept)

    def loss(self, weights, target, batch):
        def q_tot(weights, q):
            return self.mixer.apply(weights["mixer"], q, batch["state"])

        memory = self.before(self.batch)
        q, _ = self.unroll(weights, memory, batch["obs"], batch["fresh"])
        chosen = jnp.take_along_axis(q, batch["actions"][..., None], -1)[..., 0]
        greedy = jnp.where(batch["available"], q, -FAR).argmax(-1, keepdims=True)
        later, _ = self.unroll(target, memory, batch["obs"], batch["fresh"])
        later = q_tot(target, jnp.take_along_axis(later, greedy, -1)[..., 0])[:, 1:]
        aim = batch["reward"][:, :-1] + DISCOUNT * jnp.where(batch["done"][:, :-1], 0, later)
        return ((q_tot(weights, chosen)[:, :-1] - jax.lax.stop_gradient(aim)) ** 2).mean()

    @partial(jax.jit, static_argnums=0, donate_argnums=1)
    def round(self, state: dict):
        weights, rounds = state["weights"], state["rounds"]
        key, playing, choosing = jax.random.split(state["key"], 3)
        episodes = self.play(weights, playing, self.epsilon(rounds))
        slots = (rounds * self.games + jnp.arange(self.games)) % self.capacity
        kept = jax.tree.map(lambda old, new: old.at[slots].set(new), state["kept"], episodes)
        rounds += 1
        chosen = jax.random.randint(choosing, (self.batch,), 0, jnp.minimum(rounds * self.games, self.capacity))
        batch = jax.tree.map(lambda x: x[chosen], kept)
        loss, gradient = jax.value_and_grad(self.loss)(weights, state["target"], batch)
        change, optimiser = self.optimiser.update(gradient, state["optimiser"], weights)
        weights = optax.apply_updates(weights, change)
        copied = rounds % self.every == 0
        target = jax.tree.map(lambda old, new: jnp.where(copied, new, old), state["target"], weights)
        parts = {"weights": weights, "target": target, "kept": kept, "optimiser": optimiser}
        return parts | {"rounds": rounds, "key": key}, loss


def main() -> None:
    told = work()
    qmix = QMIX(told)
    state, pace = qmix.start(jax.random.key(told["seed"])), Pace(lambda _: [])
    for k in range(10**9):
        state, loss = qmix.round(state)
        loss.block_until_ready()
        if (k + 1) * qmix.games >= qmix.batch:  # what it learned before was from episodes that it had several times
            pace.updated((k + 1) * qmix.games * qmix.steps)


if __name__ == "__main__":
    main()
