// A mixing network in plain numbers, as exact/networks.py has it: Q_tot = w2 . elu(W1 q + b1) + v, or a sum.

const elu = (z) => (z > 0 ? z : Math.expm1(z));

/** What becomes of these utilities, one of each agent: the hidden units after ELU, and Q_tot. */
function flow({ w1, b1, w2, v }, q) {
  const hidden = b1.map((bias, h) => elu(q.reduce((z, one, i) => z + one * w1[i][h], 0) + bias));
  const mixed = b1.length ? hidden.reduce((sum, one, h) => sum + one * w2[h], 0) : q.reduce((sum, one) => sum + one, 0);
  return { hidden, team: mixed + v };
}

/** The utilities that a joint action chooses. */
const chosenOf = ({ utilities }, cell) => cell.map((action, i) => utilities[i][action]);

/** The first of each agent's own best actions; null, not available, is none. */
const greedyOf = ({ utilities }) =>
  utilities.map((row) => row.indexOf(Math.max(...row.filter((value) => value !== null))));
