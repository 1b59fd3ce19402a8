// The exact best fits to a two-agent table in each class, with uniform weights, as exact/projections.py has them.

const sumOf = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
const meanOf = (numbers) => sumOf(numbers) / numbers.length;

/** A table scaled to spread 1 and mean 0, so that the tolerance is absolute. */
function centred(table) {
  const flat = table.flat();
  const [least, most] = [Math.min(...flat), Math.max(...flat)];
  const [spread, shape] = [most - least || 1, [table.length, table[0].length]];
  const target = flat.map((value) => (value - least) / spread);
  const mean = meanOf(target);
  const top = most - RULES.tolerance * (most - least);
  const optima = cellsWhere(flat, shape, (value) => value >= top);
  return { shape, least, spread, mean, optima, target: Float64Array.from(target, (value) => value - mean) };
}

/** The joint actions whose entry of a flat table passes, sorted. */
function cellsWhere(flat, [, columns], passes) {
  return Array.from(flat).flatMap((value, c) => (passes(value) ? [[Math.floor(c / columns), c % columns]] : []));
}

const largest = (flat, shape) => {
  const top = Math.max(...flat) - RULES.tolerance;
  return cellsWhere(flat, shape, (value) => value >= top);
};

/** The projection for a fit to the centred target: as exact.Projection, with joint actions as [a, b]. */
function projection({ shape, least, spread, mean, optima, target }, values, greedy) {
  const mse = meanOf(target.map((y, c) => (values[c] - y) ** 2)) * spread ** 2;
  const flat = Array.from(values, (value) => (value + mean) * spread + least);
  const fit = Array.from({ length: shape[0] }, (_, a) => flat.slice(a * shape[1], (a + 1) * shape[1]));
  const right = greedy.filter((cell) => optima.some((best) => `${best}` === `${cell}`)).length;
  return { fit, mse, greedy, optima, findsOptimum: !right ? "no" : right === greedy.length ? "yes" : "tie" };
}

/** Each agent's mean of every action, over what the other plays. */
function conditionalMeans(target, [rows, columns]) {
  const each = (count, values) => Array.from({ length: count }, (_, k) => meanOf(values(k)));
  return [
    each(rows, (a) => target.slice(a * columns, (a + 1) * columns)),
    each(columns, (b) => target.filter((_, c) => c % columns === b)),
  ];
}

const outerSum = (one, two) => one.flatMap((x) => two.map((y) => x + y));

function independentFit(problem) {
  const [one, two] = conditionalMeans(problem.target, problem.shape);
  const best = (values) => values.flatMap((value, k) => (value >= Math.max(...values) - RULES.tolerance ? [k] : []));
  const greedy = best(one).flatMap((a) => best(two).map((b) => [a, b]));
  return projection(problem, outerSum(one, two).map((value) => value / 2), greedy);
}

function additiveFit(problem) {
  const fit = outerSum(...conditionalMeans(problem.target, problem.shape)); // the mean of all is 0
  return projection(problem, fit, largest(fit, problem.shape));
}

const jointFit = (problem) => projection(problem, problem.target, largest(problem.target, problem.shape));

const ranked = (problem, values, tops) => projection(problem, values, [...tops].sort().map((top) => top.split(",").map(Number)));

function monotoneFit(problem) {
  const { shape, target } = problem;
  const solve = (one, two, parent) => isotonic(target, one, two, parent);
  const { best, tops } = searchRankings(shape, new Forest(target), solve);
  return ranked(problem, best.values, tops);
}

/** Monotone and supermodular under some rankings: the closure of what QMIX represents at a fixed state. */
function convexFit(problem) {
  const { shape, target } = problem;
  const shapes = rectanglesOf(shape);
  const solve = (one, two, parent) => conic(shapes, target, one, two, parent);
  const { best, tops } = searchRankings(shape, { names: [], size: [], error: 0 }, solve);
  const residual = residualOf(shapes, target, best);
  return ranked(problem, target.map((y, c) => y - residual[c]), tops);
}

const CLASS_FITS = {
  independent: independentFit,
  additive: additiveFit,
  convex: convexFit,
  monotone: monotoneFit,
  graph: jointFit, // two agents have one edge, which holds every table
  joint: jointFit,
};

/** The exact best fits to a table (rows of numbers, two agents) in the classes of these names. */
function exactFits(table, names) {
  const problem = centred(table);
  return Object.fromEntries(names.map((name) => [name, CLASS_FITS[name](problem)]));
}
