// The search over action rankings of two agents, as exact/rankings.py does it: branch and bound, best first.
// A ranking so far is a list of actions: best, worst, second best, second worst...

/** A list for each longer ranking by one action; of two open actions the second has no choice. */
function longerRankings(ranking, actions) {
  const open = Array.from({ length: actions }, (_, action) => action).filter((action) => !ranking.includes(action));
  return open.map((action) => [...ranking, action, ...(open.length === 2 ? open.filter((other) => other !== action) : [])]);
}

/** Each action's height in a ranking; those that are still open share height 0. */
function heights(ranking, actions) {
  const found = new Array(actions).fill(0);
  ranking.forEach((action, k) => (found[action] = k % 2 ? (k - 1) / 2 - actions : actions - k / 2));
  return found;
}

/** What `make` returns, made once for each of the things it is made for. */
function remembered(make) {
  const known = new Map();
  return (...things) => {
    const name = things.join(":");
    if (!known.has(name)) known.set(name, make(...things));
    return known.get(name);
  };
}

/** The sets of actions, as bits, that hold with an action all higher ones; the empty one is left out. */
const upperSets = remembered((ranking, actions) => {
  const height = heights(ranking, actions);
  const holds = (set) => (action) => (set >> action) & 1;
  const all = height.map((_, action) => action);
  const isUpper = (set) => {
    const inside = all.filter(holds(set)).map((action) => height[action]);
    const outside = all.filter((action) => !holds(set)(action)).map((action) => height[action]);
    return Math.min(...inside) >= Math.max(...outside);
  };
  return Array.from({ length: 2 ** actions - 1 }, (_, k) => k + 1).filter(isUpper);
});

/** The single steps of a ranking's order as [low, high] pairs of actions. */
const singleSteps = remembered((ranking, actions) => {
  const height = heights(ranking, actions);
  const all = height.map((_, action) => action);
  const isStep = ([low, high]) => height[low] < height[high] && !height.some((h) => height[low] < h && h < height[high]);
  return all.flatMap((low) => all.map((high) => [low, high])).filter(isStep);
});

/** Rankings sort as Python's tuples do: action by action, and a shorter one before what it begins. */
function rankingsOrder(placed) {
  const digits = (ranking) => Array.from({ length: 5 }, (_, k) => (ranking[k] ?? -1) + 1);
  return placed.flatMap(digits).reduce((sum, digit) => 6 * sum + digit, 0);
}

const comesFirst = (one, other) =>
  one.bound - other.bound || other.depth - one.depth || rankingsOrder(one.placed) - rankingsOrder(other.placed);

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

/** The fit under the best rankings, and the top joint actions, as "a,b", of all rankings that tie with them.
 *
 * solve(placed, parent) gives the best fit under rankings, complete or not, and its root-mean-square `error`; `parent`
 * is the fit under the rankings that these extend. Errors count in multiples of the tolerance, rounded. */
function searchRankings(shape, root, solve) {
  const heap = [{ bound: 0, depth: 0, placed: [[], []], fit: root }];
  const tops = new Set();
  let [best, least] = [null, Infinity];
  while (heap.length && heap[0].bound <= least + 1) {
    const { bound, placed, fit } = popNode(heap);
    const [one, two] = placed;
    const top = one.length && two.length ? `${one[0]},${two[0]}` : "";
    if (tops.has(top)) continue;
    const full = placed.map((ranking, agent) => ranking.length === shape[agent]);
    if (full[0] && full[1]) {
      best ??= fit;
      least = Math.min(least, bound);
      tops.add(top);
      continue;
    }
    const agent = full[0] || (!full[1] && two.length < one.length) ? 1 : 0;
    for (const longer of longerRankings(placed[agent], shape[agent])) {
      const child = agent ? [one, longer] : [longer, two];
      const found = solve(child, fit);
      const node = { bound: Math.round(found.error / RULES.tolerance), depth: child.flat().length, placed: child, fit: found };
      if (node.bound <= least + 1) pushNode(heap, node);
    }
  }
  return { best, tops };
}
