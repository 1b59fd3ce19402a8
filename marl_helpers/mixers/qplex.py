"""QPLEX: a dueling value whose advantages are weighed by the joint action (Wang et al. 2021)."""

from torch import Tensor, sigmoid

from marl_helpers.exact import methods
from marl_helpers.mixers.base import POSITIVE, Mixer, Spec, chosen
from marl_helpers.mixers.joint import JointFunction
from marl_helpers.mixers.layers import Generators, Hypernetwork


class QPLEX(methods.QPLEX, Mixer):
    """Q_tot = sum_i V_i + sum_i lambda_i A_i, where V_i = max Q_i, A_i = Q_i - V_i <= 0 and lambda_i(s, a) > 0.

    The advantages vanish where every agent plays a maximiser, and elsewhere they lower Q_tot. So IGM holds, even as an
    equality, while the weights lambda_i, free to depend on the whole joint action, let Q_tot take any value below its
    maximum.

    First each Q_i becomes w_i(s) Q_i + b_i(s) with w_i > 0. A weight lambda_i is a sum over attention heads of
    key(s) > 0 times the sigmoids of an agent's and of a joint action's score. As in the paper and in its authors' code
    no gradient flows through A_i, with a state or without, so a learner descends something else than the squared error.
    Their code gives every head networks of its own; here all heads are outputs of the same ones, as fewer layers serve.

    Without a state w_i, b_i, keys and agents' scores would be constants that add nothing, and are left out: lambda_i is
    the exponential of a table of the joint actions. With them and the sigmoids, 1 of 160 runs of the learner's recipe
    found the optimum of the QTRAN paper's game, without them all: as gaps between utilities shrink, weights must grow.
    How fast they can decides on the QPLEX paper's harder game: lecture 06, section 3.
    """

    def __init__(self, spec: Spec, generators: Generators):
        super().__init__(spec, generators)
        n, state, heads = spec.n_agents, spec.state_dim, self.heads
        if state == 0:
            self.score = JointFunction(spec, n, generators)
            return
        self.positive = POSITIVE[spec.positivity][0]
        self.w = Hypernetwork(state, (n,), 1, 64, generators)
        self.b = Hypernetwork(state, (n,), 1, 64, generators)
        self.key = Hypernetwork(state, (heads, 1), 1, 64, generators)
        self.agent = Hypernetwork(state, (heads, n), 1, 64, generators)
        self.score = JointFunction(spec, heads * n, generators)

    def importance(self, actions: Tensor, state: Tensor | None = None) -> Tensor:
        """The weights lambda_i, [R, ..., n_agents]."""
        score = self.score(actions, state)
        if self.spec.state_dim == 0:
            return score.exp()
        attention = sigmoid(score.unflatten(-1, (self.heads, -1))) * sigmoid(self.agent(state))
        return (self.positive(self.key(state)) * attention).sum(-2)

    def forward(self, values: Tensor, actions: Tensor, state: Tensor | None = None) -> Tensor:
        q, v = chosen(values, actions), values.amax(-1)
        if self.spec.state_dim:
            w, b = self.positive(self.w(state)), self.b(state)
            q, v = w * q + b, w * v + b
        return q.sum(-1) + ((self.importance(actions, state) - 1) * (q - v).detach()).sum(-1)
