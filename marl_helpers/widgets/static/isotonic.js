// Least squares under an order: the best fit that never falls along given steps, by an active set that is a forest.
// A step whose two cells are held equal is an edge with a force, never negative; what hangs together has one value, its
// mean. It is non-negative least squares over the steps (exact/projections.py, monotone), with sums for the algebra.

/** A fit: its edges, each from a `low` cell to a `high` one with a `force`, and the `values` of the cells. */
class Forest {
  constructor(goal) {
    const cells = goal.length;
    Object.assign(this, { edges: 0, low: new Uint8Array(cells), high: new Uint8Array(cells) });
    Object.assign(this, { force: new Float64Array(cells), values: Float64Array.from(goal), error: 0 });
  }

  copy() {
    const other = new Forest(this.values);
    other.edges = this.edges;
    for (const name of ["low", "high", "force"]) other[name].set(this[name]);
    return other;
  }

  add(low, high) {
    this.low[this.edges] = low;
    this.high[this.edges] = high;
    this.force[this.edges++] = 0;
  }

  /** Go that share of the way to other forces, and let go of the edges that get there without one. */
  move(share, free) {
    const { low, high, force } = this;
    let kept = 0;
    for (let k = 0; k < this.edges; k++) {
      if (shareOf(force[k], free[k]) === share) continue;
      force[kept] = Math.max(0, force[k] + share * (free[k] - force[k]));
      low[kept] = low[k];
      high[kept++] = high[k];
    }
    this.edges = kept;
  }
}

const MOST_CELLS = 25;
const tree = { // what one pass over a forest writes down
  head: new Int8Array(MOST_CELLS), // cell -> the first of its edges' ends, in a list that `next` goes on with
  next: new Int8Array(2 * MOST_CELLS),
  cells: new Uint8Array(MOST_CELLS), // one tree after the other, from its root on
  over: new Int8Array(MOST_CELLS), // the edge that leads to each of them
  above: new Float64Array(MOST_CELLS), // cell -> what it and the cells beyond it are above their value, in sum
  free: new Float64Array(MOST_CELLS), // edge -> the force that holds its cells together
};

/** Set the values of a forest's trees to their means, and `tree.free` to the forces that this takes. */
function relax(goal, forest) {
  const { head, next, cells, over } = tree;
  head.fill(-1);
  for (let k = 0; k < forest.edges; k++) {
    next[2 * k] = head[forest.low[k]];
    head[forest.low[k]] = 2 * k;
    next[2 * k + 1] = head[forest.high[k]];
    head[forest.high[k]] = 2 * k + 1;
  }
  forest.values.fill(NaN);
  for (let root = 0; root < goal.length; root++) {
    if (forest.values[root] === forest.values[root]) continue;
    let [found, sum] = [1, 0];
    [cells[0], over[0], forest.values[root]] = [root, -1, 0];
    for (let k = 0; k < found; k++) {
      sum += goal[cells[k]];
      for (let end = head[cells[k]]; end >= 0; end = next[end]) {
        const [edge, cell] = [end >> 1, end & 1 ? forest.low[end >> 1] : forest.high[end >> 1]];
        if (edge === over[k]) continue;
        [cells[found], over[found], forest.values[cell]] = [cell, edge, 0];
        found += 1;
      }
    }
    pull(goal, forest, found, sum / found);
  }
}

/** The same for one tree: what lies beyond an edge is above the mean, in sum, by the force on it. */
function pull(goal, forest, found, mean) {
  const { cells, over, above, free } = tree;
  for (let k = 0; k < found; k++) {
    forest.values[cells[k]] = mean;
    above[cells[k]] = goal[cells[k]] - mean;
  }
  for (let k = found - 1; k > 0; k--) {
    const [cell, edge] = [cells[k], over[k]];
    const isLow = forest.low[edge] === cell;
    free[edge] = isLow ? above[cell] : -above[cell];
    above[isLow ? forest.high[edge] : forest.low[edge]] += above[cell];
  }
}

/** Let go of edges that would have to push, until all that are left pull. */
function settle(goal, forest) {
  for (;;) {
    relax(goal, forest);
    let least = Infinity;
    for (let k = 0; k < forest.edges; k++) least = Math.min(least, shareOf(forest.force[k], tree.free[k]));
    if (least < Infinity) forest.move(least, tree.free);
    else return forest.force.set(tree.free.subarray(0, forest.edges));
  }
}

/** The step along which values fall most, in two rankings' order of the flat table's cells. */
function steepestFall(values, one, two) {
  const width = two.actions;
  const found = { fall: RULES.stationary, low: -1, high: -1 };
  const look = (low, high) => {
    const fall = values[low] - values[high];
    if (fall > found.fall) [found.fall, found.low, found.high] = [fall, low, high];
  };
  for (let k = 0; k < one.steps.length; k += 2) {
    for (let b = 0; b < width; b++) look(one.steps[k] * width + b, one.steps[k + 1] * width + b);
  }
  for (let k = 0; k < two.steps.length; k += 2) {
    for (let a = 0; a < values.length; a += width) look(a + two.steps[k], a + two.steps[k + 1]);
  }
  return found;
}

function squaredDistance(goal, values) {
  let sum = 0;
  for (let c = 0; c < goal.length; c++) sum += (goal[c] - values[c]) ** 2;
  return sum;
}

/** The best fit to `goal` that never falls in two rankings' order, from `start`, the best one under less order. */
function isotonic(goal, one, two, start) {
  let fit = start;
  for (let turns = MOST_TURNS; turns; turns--) {
    const { low, high } = steepestFall(fit.values, one, two);
    if (low < 0) break;
    if (fit === start) fit = start.copy();
    fit.add(low, high);
    settle(goal, fit);
  }
  if (fit !== start) fit.error = Math.sqrt(squaredDistance(goal, fit.values) / goal.length);
  return fit;
}
