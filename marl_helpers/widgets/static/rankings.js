// The search over action rankings of two agents, as exact/rankings.py does it: branch and bound, best first.

/** One agent's ranking so far: `ranked` lists its best action, its worst, the second best, the second worst... */
class Ranking {
  constructor(ranked, actions) {
    Object.assign(this, { ranked, actions, all: Array.from({ length: actions }, (_, action) => action) });
    // As Python's tuples sort: action by action, and a shorter one before what it begins.
    this.order = Array.from({ length: 5 }, (_, k) => (ranked[k] ?? -1) + 1).reduce((sum, digit) => 6 * sum + digit, 0);
    this.height = this.all.map(() => 0); // those that are still open share height 0
    ranked.forEach((action, k) => (this.height[action] = k % 2 ? (k - 1) / 2 - actions : actions - k / 2));
  }

  /** The rankings of one action more; of two open ones the second has no choice. */
  get longer() {
    const open = this.all.filter((action) => !this.ranked.includes(action));
    const others = (action) => (open.length === 2 ? open.filter((other) => other !== action) : []);
    return keep(this, "longer", open.map((action) => new Ranking([...this.ranked, action, ...others(action)], this.actions)));
  }

  /** Of each set of actions, as bits, whether it holds with an action all higher ones. */
  get isUpper() {
    const { all, height } = this;
    const upper = (_, set) => {
      const inside = all.filter((action) => (set >> action) & 1);
      const outside = all.filter((action) => !inside.includes(action));
      return Math.min(...inside.map((action) => height[action])) >= Math.max(...outside.map((action) => height[action]));
    };
    return keep(this, "isUpper", Uint8Array.from({ length: 2 ** this.actions }, upper));
  }

  /** Those sets but the empty one. */
  get upperSets() {
    return keep(this, "upperSets", [...this.isUpper.keys()].filter((set) => set && this.isUpper[set]));
  }

  /** The single steps of the order as actions: low, high, low, high... */
  get steps() {
    const { all, height } = this;
    const between = (low, high) => height.some((h) => height[low] < h && h < height[high]);
    const above = (low) => all.filter((high) => height[low] < height[high] && !between(low, high));
    return keep(this, "steps", all.flatMap((low) => above(low).flatMap((high) => [low, high])));
  }
}

/** Put a value in place of a getter, so that it is computed once. */
function keep(thing, name, value) {
  Object.defineProperty(thing, name, { value });
  return value;
}

/** What `make` returns, made once for each of the things it is made for. */
function remembered(make) {
  const known = new Map();
  return (thing) => {
    const name = `${thing}`;
    if (!known.has(name)) known.set(name, make(thing));
    return known.get(name);
  };
}

const nothingRanked = remembered((actions) => new Ranking([], actions));

const comesFirst = (one, other) => one.bound - other.bound || other.depth - one.depth || one.order - other.order;

function pushNode(heap, node) {
  let k = heap.length;
  for (let up; k && comesFirst(node, heap[(up = (k - 1) >> 1)]) < 0; k = up) heap[k] = heap[up];
  heap[k] = node;
}

function popNode(heap) {
  const [first, last] = [heap[0], heap.pop()];
  if (!heap.length) return first;
  let k = 0;
  for (let down = 1; down < heap.length; down = 2 * k + 1) {
    if (down + 1 < heap.length && comesFirst(heap[down + 1], heap[down]) < 0) down += 1;
    if (comesFirst(last, heap[down]) <= 0) break;
    heap[k] = heap[down];
    k = down;
  }
  heap[k] = last;
  return first;
}

/** A node of the search: two rankings, and the best fit under them. Errors count in tolerances, rounded. */
function searchNode(one, two, fit) {
  const bound = Math.round(fit.error / RULES.tolerance);
  return { one, two, fit, bound, depth: one.ranked.length + two.ranked.length, order: 6 ** 5 * one.order + two.order };
}

/** The fit under the best rankings, and the top joint actions, as "a,b", of all rankings that tie with them.
 *
 * solve(one, two, parent) gives the best fit under two rankings, complete or not, and its root-mean-square `error`;
 * `parent` is the fit under the rankings that these extend, and `root` the one under none. */
function searchRankings([rows, columns], root, solve) {
  const heap = [searchNode(nothingRanked(rows), nothingRanked(columns), root)];
  const tops = new Set();
  let [best, least] = [null, Infinity];
  while (heap.length && heap[0].bound <= least + 1) {
    const { one, two, fit, bound } = popNode(heap);
    const [first, second] = [one.ranked, two.ranked];
    const top = first.length && second.length ? `${first[0]},${second[0]}` : "";
    if (tops.has(top)) continue;
    if (first.length === rows && second.length === columns) {
      best ??= fit;
      least = Math.min(least, bound);
      tops.add(top);
      continue;
    }
    const isSecondNext = first.length === rows || (second.length < columns && second.length < first.length);
    const pairs = isSecondNext ? two.longer.map((longer) => [one, longer]) : one.longer.map((longer) => [longer, two]);
    for (const pair of pairs) pushNode(heap, searchNode(...pair, solve(...pair, fit)));
  }
  return { best, tops };
}
