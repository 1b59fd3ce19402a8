// Least squares under an order: the best fit that never falls along given steps, by an active set that is a forest.
// A step whose two cells are held equal is an edge with a force, never negative; what hangs together has one value, its
// mean. It is non-negative least squares over the steps (exact/projections.py, monotone), with sums for the algebra.

/** A fit without any step: every cell keeps its own value. */
const freeFit = (goal) => ({ low: [], high: [], force: [], values: Float64Array.from(goal), error: 0 });

/** The values of the forest's trees, and the forces along their edges that hold the cells together. */
function relaxed(goal, low, high) {
  const values = new Float64Array(goal.length);
  const force = new Float64Array(low.length);
  const ends = Array.from(goal, () => []);
  low.forEach((cell, edge) => (ends[cell].push(edge), ends[high[edge]].push(edge)));
  const seen = new Uint8Array(goal.length);
  for (let root = 0; root < goal.length; root++) {
    if (seen[root]) continue;
    const [tree, over] = [[root], [-1]]; // cells from the root on, and the edge that leads to each
    seen[root] = 1;
    let sum = 0;
    for (let k = 0; k < tree.length; k++) {
      sum += goal[tree[k]];
      for (const edge of ends[tree[k]]) {
        const next = low[edge] === tree[k] ? high[edge] : low[edge];
        if (seen[next]) continue;
        seen[next] = 1;
        tree.push(next);
        over.push(edge);
      }
    }
    const mean = sum / tree.length;
    for (const cell of tree) values[cell] = mean;
    pull(goal, mean, tree, over, low, high, force);
  }
  return { values, force };
}

/** The forces along one tree: what the cells beyond an edge are above their value, in sum, goes over it. */
function pull(goal, mean, tree, over, low, high, force) {
  const above = new Map(tree.map((cell) => [cell, goal[cell] - mean]));
  for (let k = tree.length - 1; k > 0; k--) {
    const [cell, edge] = [tree[k], over[k]];
    const isLow = low[edge] === cell;
    const parent = isLow ? high[edge] : low[edge];
    force[edge] = isLow ? above.get(cell) : -above.get(cell);
    above.set(parent, above.get(parent) + above.get(cell));
  }
}

/** Let go of the edges that would have to push, one after the other, until all that is left pull. */
function released(goal, low, high, force) {
  for (;;) {
    const free = relaxed(goal, low, high);
    const share = Array.from(free.force, (to, k) => (to > 0 ? Infinity : force[k] > 0 ? force[k] / (force[k] - to) : 0));
    const least = Math.min(...share, Infinity);
    if (least === Infinity) return { low, high, ...free };
    const kept = share.map((value) => value !== least);
    const moved = force.map((from, k) => Math.max(0, from + least * (free.force[k] - from)));
    [low, high] = [low.filter((_, k) => kept[k]), high.filter((_, k) => kept[k])];
    force = moved.filter((_, k) => kept[k]);
  }
}

const squares = (goal, values) => goal.reduce((sum, y, cell) => sum + (y - values[cell]) ** 2, 0);

/** The best fit to `goal` under the steps low[k] -> high[k], from `start`, the best fit under fewer of them. */
function isotonic(goal, steps, start) {
  let [fit, before] = [start, -1];
  for (;;) {
    let [worst, fall] = [-1, RULES.stationary];
    for (let k = 0; k < steps.length; k += 2) {
      const drop = fit.values[steps[k]] - fit.values[steps[k + 1]];
      if (drop > fall) [worst, fall] = [k, drop];
    }
    const now = squares(goal, fit.values);
    if (worst < 0 || now <= before) break; // the latter where only rounding is left
    before = now;
    const { low, high, force } = fit;
    fit = released(goal, [...low, steps[worst]], [...high, steps[worst + 1]], [...force, 0]);
  }
  return fit === start ? start : { ...fit, force: Array.from(fit.force), error: Math.sqrt(squares(goal, fit.values) / goal.length) };
}

/** The steps of two rankings' order as cells of the flat table: low, high, low, high... */
function gridSteps([one, two], [rows, columns]) {
  const found = [];
  for (const [low, high] of singleSteps(one, rows)) {
    for (let b = 0; b < columns; b++) found.push(low * columns + b, high * columns + b);
  }
  for (const [low, high] of singleSteps(two, columns)) {
    for (let a = 0; a < rows; a++) found.push(a * columns + low, a * columns + high);
  }
  return found;
}
