"""A coordination graph: VDN's sum, and a payoff for each edge between two agents (Boehmer et al. 2020, DCG)."""

import torch
from torch import Tensor

from marl_helpers.exact import graphs, methods
from marl_helpers.exact.maximisers import enough_rounds, neighbours, outwards
from marl_helpers.mixers.base import Spec, chosen, mask
from marl_helpers.mixers.layers import Generators, Hypernetwork
from marl_helpers.mixers.vdn import VDN


class Graph(methods.Graph, VDN):
    """Q_tot = sum_i Q_i + sum_ij f_ij, with a table f_ij of the two agents' actions for each edge, from the state.

    The edges belong to the class, so that a graph is chosen by name like any other method, everywhere:

        class Chain(mixers.find("graph")):
            name, label, rank, igm = "chain", "Chain", 8.1, False
            edges = graphs.chain  # a function of the number of agents, or a list of pairs

    `payoff_rank` K makes a payoff of K products: f_ij(a, b) = sum_k u_k(a) v_k(b). Unlike DCG's, payoffs are generated
    from the state and not from the agents' memories, so that one class serves one-shot games, which give an agent no
    history: a trained team needs the state to play, and messages. Each edge has its own payoffs, because agents may
    have different roles; and terms are summed and not averaged, so that without edges this is VDN.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        n, m, edges = spec.n_agents, spec.n_actions, self.listed(spec.n_agents)
        self.order = outwards(neighbours(edges, n))
        self.rounds = n - 1 if graphs.is_forest(edges, n) else enough_rounds(n)  # on trees no more is to be said
        ends = torch.tensor(edges, dtype=torch.long, device=generators[0].device).reshape(-1, 2).T
        linked = torch.zeros(n, n, 1, dtype=torch.bool, device=ends.device)
        linked[ends[0], ends[1]] = linked[ends[1], ends[0]] = True
        self.register_buffer("ends", ends, persistent=False)  # [2, E], the lower agents and the higher ones
        self.register_buffer("linked", linked, persistent=False)
        shape = (m, m) if self.payoff_rank is None else (self.payoff_rank, 2 * m)
        self.parts = Hypernetwork(spec.state_dim, (len(edges), *shape), 1, 64, generators)

    def payoffs(self, state: Tensor | None = None) -> Tensor:
        """The payoff of each edge, [R, ..., E, n_actions, n_actions], by the actions of its lower and higher agent."""
        if self.payoff_rank is None:
            return self.parts(state)
        u, v = self.parts(state).chunk(2, -1)  # [R, ..., E, K, n_actions]
        return u.mT @ v

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        return super().forward(values, actions) + self._earned(self.payoffs(state), actions)

    @torch.no_grad()
    def greedy(self, values: Tensor, state: Tensor | None = None, available: Tensor | None = None) -> Tensor:
        """The joint action that the team plays, [R, ..., n_agents]: the best that max-plus messages find.

        As graphs.max_plus, and so a maximiser of Q_tot on every tree, while on loops it may miss one. It does not stop
        when messages repeat, as that would take a look at them. An agent needs one available action or more.
        """
        self.check_batch(values)
        own, payoffs = mask(values, available), self.payoffs(state)
        between = self._between(payoffs)
        told = values.new_zeros(*values.shape[:-1], *values.shape[-2:])  # [R, ..., sender, receiver, receiver's action]
        best = plays = self._decide(own, told, between)
        most = worth = self._worth(own, payoffs, plays)
        for _ in range(self.rounds):
            belief = own + told.sum(-3)
            others = belief.unsqueeze(-2) - told.transpose(-3, -2)  # [R, ..., sender, receiver, sender's action]
            told = (others.unsqueeze(-1) + between).amax(-2)
            told = (told - told.mean(-1, keepdim=True)).masked_fill(~self.linked, 0)
            plays = self._decide(own, told, between)
            worth = self._worth(own, payoffs, plays)
            best = torch.where((worth > most).unsqueeze(-1), plays, best)
            most = torch.maximum(worth, most)
        return best

    def _earned(self, payoffs: Tensor, actions: Tensor) -> Tensor:
        """The sum of the payoffs, [R, ...]."""
        pair = actions[..., self.ends[0]] * self.spec.n_actions + actions[..., self.ends[1]]  # [R, ..., E]
        return chosen(payoffs.flatten(-2).expand(*pair.shape, -1), pair).sum(-1)

    def _worth(self, own: Tensor, payoffs: Tensor, plays: Tensor) -> Tensor:
        return chosen(own, plays).sum(-1) + self._earned(payoffs, plays)

    def _between(self, payoffs: Tensor) -> Tensor:
        """[R, ..., sender, receiver, sender's action, receiver's action], zero where there is no edge."""
        n, (low, high) = self.spec.n_agents, self.ends
        both = payoffs.new_zeros(*payoffs.shape[:-3], n * n, *payoffs.shape[-2:])
        both = both.index_copy(-3, low * n + high, payoffs).index_copy(-3, high * n + low, payoffs.mT)
        return both.unflatten(-3, (n, n))

    def _decide(self, own: Tensor, told: Tensor, between: Tensor) -> Tensor:
        """One agent after the other, each knowing what its neighbours before it chose, [R, ..., n_agents]."""
        told, plays = told.clone(), [own.new_empty(0)] * len(self.order)
        for i in self.order:
            plays[i] = (own[..., i, :] + told[..., i, :].sum(-2)).argmax(-1)
            index = plays[i][..., None, None, None]
            told[..., i, :, :] = between[..., i, :, :, :].take_along_dim(index, -2).squeeze(-2)
        return torch.stack(plays, -1)
