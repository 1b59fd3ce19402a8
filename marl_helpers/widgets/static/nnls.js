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
  const [sums, heads, residual] = [2 ** width, width, cells].map((length) => new Float64Array(length));
  const work = { sums, heads, residual, spans: [new Span(cells), new Span(cells)], owner: null }; // owner: of the first
  return { width, cells, columns, inverse, work };
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

/** What columns of these sizes leave of `goal`. */
function residualOf({ columns, work: { residual } }, goal, { names, size }) {
  residual.set(goal);
  for (let k = 0; k < names.length; k++) {
    const column = columns[names[k]];
    for (let c = 0; c < column.length; c++) residual[c] -= size[k] * column[c];
  }
  return residual;
}

/** The active-set method of Lawson and Hanson (1974, chapter 23), from columns in a span with sizes not below 0.
 *
 * `certain` where the conditions of optimality hold, to RULES.stationary, for the residual of the columns themselves. */
function climb(shapes, goal, one, two, span) {
  const { columns, cells } = shapes;
  for (let turns = MOST_TURNS; ; turns--) {
    span.settle(goal);
    const residual = residualOf(shapes, goal, span);
    const { name } = steepestRectangle(shapes, residual, one, two);
    if (name && turns && span.add(name, columns[name], 0)) continue;
    const flat = span.names.every((used) => Math.abs(dot(columns[used], residual)) <= RULES.stationary);
    const [size, error] = [span.size.slice(0, span.names.length), Math.sqrt(dot(residual, residual) / cells)];
    return { names: span.names, size, error, certain: !name && flat };
  }
}

/** The best fit in the cone of two rankings' rectangles, from `parent`, the best one in a cone around it. */
function conic(shapes, goal, one, two, parent) {
  const { width, columns, work } = shapes;
  const isUpper = (name) => one.isUpper[name >> width] && two.isUpper[name & (2 ** width - 1)];
  if (parent.certain && parent.names.every(isUpper)) return parent;
  const [ofParent, span] = work.spans;
  if (work.owner !== parent) {
    ofParent.names = [];
    parent.names.forEach((name, k) => ofParent.add(name, columns[name], parent.size[k]));
    work.owner = parent;
  }
  span.copy(ofParent);
  for (let k = span.names.length - 1; k >= 0; k--) if (!isUpper(span.names[k])) span.drop(k);
  const found = climb(shapes, goal, one, two, span);
  return found.certain ? found : climb(shapes, goal, one, two, new FreshSpan(shapes.cells, columns));
}
