// Non-negative least squares over the upper rectangles of two rankings: the cone of monotone and supermodular tables.
// A rectangle is a set of rows times a set of columns; its name is both, as bits. The constant is free, so a rectangle
// counts less its mean, and to length 1.

/** All rectangles of tables of one shape, by name: their columns, and one over the length that these had. */
const rectanglesOf = remembered(([rows, width]) => {
  const cells = rows * width;
  const [columns, inverse] = [[], new Float64Array(2 ** (rows + width))];
  for (let name = 0; name < inverse.length; name++) {
    const isIn = (_, c) => (name >> width >> Math.floor(c / width)) & (name >> (c % width)) & 1;
    const inside = Array.from({ length: cells }, isIn);
    const share = inside.reduce((sum, one) => sum + one, 0) / cells;
    inverse[name] = share % 1 ? 1 / Math.sqrt(cells * share * (1 - share)) : 0; // the whole table is a constant
    columns.push(Float64Array.from(inside, (one) => (one - share) * inverse[name]));
  }
  const work = { sums: new Float64Array(2 ** width), heads: new Float64Array(width), spans: [new Span(cells), new Span(cells)] };
  return { width, cells, columns, inverse, work, owner: null };
});

/** The rectangle, upper in both rankings, along which the residual slopes most. */
function steepestRectangle({ width, inverse, work: { sums, heads } }, residual, one, two) {
  const found = { name: 0, slope: RULES.stationary };
  for (const first of one.upperSets) {
    heads.fill(0);
    for (let a = 0; a < one.actions; a++) {
      if ((first >> a) & 1) for (let b = 0; b < width; b++) heads[b] += residual[a * width + b];
    }
    for (let set = 1; set < sums.length; set++) sums[set] = sums[set & (set - 1)] + heads[31 - Math.clz32(set & -set)];
    for (const second of two.upperSets) {
      const name = (first << width) | second;
      const slope = sums[second] * inverse[name];
      if (slope > found.slope) [found.name, found.slope] = [name, slope];
    }
  }
  return found;
}

function residualOf({ columns, cells }, goal, names, size) {
  const residual = Float64Array.from(goal);
  names.forEach((name, k) => {
    const [column, much] = [columns[name], size[k]];
    for (let c = 0; c < cells; c++) residual[c] -= much * column[c];
  });
  return residual;
}

/** Let go of columns that would have to shrink below nothing, until the best sizes of the others are all positive. */
function shrink(span, goal, start) {
  for (let size = start; ; ) {
    const free = span.solve(goal);
    let least = Infinity;
    for (let k = 0; k < free.length; k++) least = Math.min(least, shareOf(size[k], free[k]));
    if (least === Infinity) return free;
    const kept = [];
    for (let k = free.length - 1; k >= 0; k--) {
      if (shareOf(size[k], free[k]) === least) span.drop(k);
      else kept.unshift(Math.max(0, size[k] + least * (free[k] - size[k])));
    }
    size = kept;
  }
}

/** The active-set method of Lawson and Hanson (1974, chapter 23), from columns in a span with sizes not below 0.
 *
 * `certain` where the conditions of optimality hold, to RULES.stationary, for the residual of the columns themselves. */
function climb(shapes, goal, [one, two], span, start) {
  for (let [size, turns] = [start, MOST_TURNS]; ; turns--) {
    size = shrink(span, goal, size);
    const residual = residualOf(shapes, goal, span.names, size);
    const { name } = steepestRectangle(shapes, residual, one, two);
    if (!name || !turns || !span.add(name, shapes.columns[name])) {
      const flat = span.names.every((used) => Math.abs(dot(shapes.columns[used], residual)) <= RULES.stationary);
      const error = Math.sqrt(dot(residual, residual) / shapes.cells);
      return { names: span.names, size, residual, error, certain: !name && flat };
    }
    size = [...size, 0];
  }
}

/** The best fit in the cone of two rankings' rectangles, from `parent`, the best one in a cone around it. */
function conic(shapes, goal, one, two, parent) {
  const { width, columns, work } = shapes;
  const isUpper = (name) => one.isUpper[name >> width] && two.isUpper[name & (2 ** width - 1)];
  if (parent.certain && parent.names.every(isUpper)) return parent;
  const [ofParent, span] = work.spans;
  if (shapes.owner !== parent) {
    ofParent.names = [];
    for (const name of parent.names) ofParent.add(name, columns[name]);
    shapes.owner = parent;
  }
  span.copy(ofParent);
  const size = Array.from(parent.size);
  for (let k = size.length - 1; k >= 0; k--) {
    if (isUpper(span.names[k])) continue;
    span.drop(k);
    size.splice(k, 1);
  }
  const found = climb(shapes, goal, [one, two], span, size);
  return found.certain ? found : climb(shapes, goal, [one, two], new FreshSpan(shapes.cells, columns), []);
}
