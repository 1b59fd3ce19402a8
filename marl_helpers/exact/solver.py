"""The question whether IGM can fail, put to the solver z3: igm.py asks it, and says what is meant."""

from collections.abc import Sequence
from itertools import product

import numpy as np
import z3


def answer(agents: int, actions: int, axioms: Sequence[bool]) -> tuple[tuple[np.ndarray, ...], np.ndarray] | None:
    """The utilities and the team value of a counterexample, or None, which is a proof that there is none.

    axioms: for each agent, whether f is assumed to be non-decreasing in its utility. The counterexample is one of the
    clearest: each agent's utilities are 0, ..., actions - 1 in some order, and the team values such numbers too.
    """
    solver, q, team = _statement(agents, actions, axioms)
    if not _satisfiable(solver):
        return None
    # The clearest answer has no ties and the smallest integers. There always is one: the sum of actions**i Q_i(a_i),
    # but with a minus for an agent outside the axioms, and shifted to begin at 0.
    for unknowns in (*q, list(team.values())):
        solver.add(z3.Distinct(unknowns), *(z3.And(x >= 0, x < len(unknowns)) for x in unknowns))
    if not _satisfiable(solver):
        raise RuntimeError("the solver found a counterexample, and none of the clear ones that there must be then")
    model = solver.model()
    utilities = tuple(np.array([model.eval(x, True).as_long() for x in row]) for row in q)
    values = np.array([model.eval(x, True).as_long() for x in team.values()]).reshape((actions,) * agents)
    return utilities, values


def _statement(agents: int, actions: int, axioms: Sequence[bool]) -> tuple[z3.Solver, list, dict]:
    """The solver with "f is as assumed and a greedy joint action is not optimal"; Q_i(a); Q_tot by joint action."""
    own = z3.Context()  # one for each question, so that an answer does not depend on earlier questions
    f = z3.Function("f", *[z3.IntSort(own)] * (agents + 1))
    q = [[z3.Int(f"Q_{i + 1}({a})", own) for a in range(actions)] for i in range(agents)]
    team = {cell: f(*(q[i][a] for i, a in enumerate(cell))) for cell in product(range(actions), repeat=agents)}
    solver = z3.Solver(ctx=own)
    for i, assumed in enumerate(axioms):
        for cell, a in product(team if assumed else (), range(actions)):
            higher = (*cell[:i], a, *cell[i + 1 :])
            solver.add(z3.Implies(q[i][cell[i]] <= q[i][a], team[cell] <= team[higher]))
    wrong = []
    for cell in team:
        greedy = [q[i][a] >= other for i, a in enumerate(cell) for other in q[i]]
        wrong.append(z3.And(*greedy, z3.Or([team[cell] < value for value in team.values()])))
    solver.add(z3.Or(wrong))
    return solver, q, team


def _satisfiable(solver: z3.Solver) -> bool:
    answer = solver.check()
    if answer == z3.unknown:  # interrupted, say: no answer is not a proof
        raise RuntimeError(f"the solver stopped without an answer ({solver.reason_unknown()}): ask again")
    return answer == z3.sat
