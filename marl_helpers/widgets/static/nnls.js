// Non-negative least squares over the upper rectangles of two rankings: the cone of monotone and supermodular tables.
// A rectangle is a set of rows times a set of columns, as bits; the constant is free, so it counts less its mean, and to
// length 1. An active set with an orthonormal basis that is updated, never squared.

/** Columns in use, with an orthonormal basis: `basis` (a column after the other) times the triangle `upper`. */
class Span {
  constructor(cells) {
    Object.assign(this, { cells, count: 0, names: [] });
    this.basis = new Float64Array(cells * cells);
    this.upper = new Float64Array(cells * cells);
  }

  copy(other) {
    this.count = other.count;
    this.names = other.names.slice();
    this.basis.set(other.basis);
    this.upper.set(other.upper);
    return this;
  }

  /** Take a column of length 1 in; false where it depends on those in use. */
  add(name, column) {
    const { cells, count, basis, upper } = this;
    if (count === cells) return false;
    const rest = basis.subarray(count * cells, (count + 1) * cells);
    rest.set(column);
    for (let k = 0; k < count; k++) upper[count * cells + k] = 0;
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < count; k++) {
        const along = this.along(k, rest);
        upper[count * cells + k] += along;
        for (let c = 0; c < cells; c++) rest[c] -= along * basis[k * cells + c];
      }
    }
    const length = Math.hypot(...rest);
    if (length < 1e-6) return false; // small whole numbers make no smaller angle
    for (let c = 0; c < cells; c++) rest[c] /= length;
    upper[count * cells + count] = length;
    this.names.push(name);
    this.count += 1;
    return true;
  }

  along(k, vector) {
    let sum = 0;
    for (let c = 0; c < this.cells; c++) sum += this.basis[k * this.cells + c] * vector[c];
    return sum;
  }

  /** Take the column at place k out, and turn the basis until `upper` is a triangle again. */
  drop(k) {
    const { cells, upper } = this;
    this.names.splice(k, 1);
    this.count -= 1;
    for (let j = k; j < this.count; j++) {
      upper.copyWithin(j * cells, (j + 1) * cells, (j + 1) * cells + j + 2);
    }
    for (let j = k; j < this.count; j++) this.turn(j);
  }

  turn(j) {
    const { cells, basis, upper } = this;
    const [a, b] = [upper[j * cells + j], upper[j * cells + j + 1]];
    const length = Math.hypot(a, b);
    const [cos, sin] = [a / length, b / length];
    for (let i = j; i < this.count; i++) turnPair(upper, i * cells + j, i * cells + j + 1, cos, sin);
    for (let c = 0; c < cells; c++) turnPair(basis, j * cells + c, (j + 1) * cells + c, cos, sin);
  }

  /** The sizes that fit `goal` best, of any sign. */
  solve(goal) {
    const { cells, count, upper } = this;
    const size = new Array(count);
    for (let k = count - 1; k >= 0; k--) {
      let sum = this.along(k, goal);
      for (let j = k + 1; j < count; j++) sum -= upper[j * cells + k] * size[j];
      size[k] = sum / upper[k * cells + k];
    }
    return size;
  }
}

function turnPair(array, i, j, cos, sin) {
  const [x, y] = [array[i], array[j]];
  array[i] = cos * x + sin * y;
  array[j] = cos * y - sin * x;
}

/** The rectangles of tables of one shape: `columns[name]` of length 1, and what that length was. */
const rectanglesOf = remembered(([rows, width]) => {
  const cells = rows * width;
  const [columns, lengths] = [[], new Float64Array(2 ** (rows + width))];
  for (let name = 0; name < lengths.length; name++) {
    const [first, second] = [name >> width, name & (2 ** width - 1)];
    const inside = Array.from({ length: cells }, (_, c) => ((first >> Math.floor(c / width)) & (second >> (c % width)) & 1));
    const share = inside.reduce((sum, one) => sum + one, 0) / cells;
    lengths[name] = Math.sqrt(cells * share * (1 - share));
    columns.push(Float64Array.from(inside, (one) => (lengths[name] ? (one - share) / lengths[name] : 0)));
  }
  return { rows, width, cells, columns, lengths };
});

/** The rectangle, among these sets of rows and of columns, along which the residual slopes most. */
function steepest({ rows, width, lengths }, residual, firsts, seconds) {
  const [found, sums, heads] = [{ name: 0, slope: -Infinity }, new Float64Array(2 ** width), new Float64Array(width)];
  for (const first of firsts) {
    heads.fill(0);
    for (let a = 0; a < rows; a++) {
      if ((first >> a) & 1) for (let b = 0; b < width; b++) heads[b] += residual[a * width + b];
    }
    for (let second = 1; second < sums.length; second++) {
      sums[second] = sums[second & (second - 1)] + heads[31 - Math.clz32(second & -second)];
    }
    for (const second of seconds) {
      const name = (first << width) | second;
      const slope = lengths[name] ? sums[second] / lengths[name] : -Infinity;
      if (slope > found.slope) Object.assign(found, { name, slope });
    }
  }
  return found;
}

function residualOf({ columns, cells }, goal, names, size) {
  const residual = Float64Array.from(goal);
  names.forEach((name, k) => {
    for (let c = 0; c < cells; c++) residual[c] -= size[k] * columns[name][c];
  });
  return residual;
}

/** Drop the columns that would have to shrink below nothing, until the best sizes of the others are all positive. */
function shrunk(span, goal, size) {
  for (;;) {
    const free = span.solve(goal);
    const share = free.map((to, k) => (to > 0 ? Infinity : size[k] > 0 ? size[k] / (size[k] - to) : 0));
    const least = Math.min(...share, Infinity);
    if (least === Infinity) return free;
    size = size.map((from, k) => Math.max(0, from + least * (free[k] - from)));
    for (let k = share.length - 1; k >= 0; k--) {
      if (share[k] !== least) continue;
      span.drop(k);
      size.splice(k, 1);
    }
  }
}

/** The active-set method of Lawson and Hanson (1974, chapter 23) from sizes that are not negative.
 *
 * `certain` where the conditions of optimality hold to RULES.stationary for the residual of the columns themselves. */
function climb(shapes, goal, span, size, firsts, seconds) {
  let before = Infinity;
  for (;;) {
    size = shrunk(span, goal, size);
    const residual = residualOf(shapes, goal, span.names, size);
    const { name, slope } = steepest(shapes, residual, firsts, seconds);
    const now = residual.reduce((sum, x) => sum + x * x, 0);
    const done = slope <= RULES.stationary;
    if (done || now >= before || !span.add(name, shapes.columns[name])) {
      const tight = span.names.every((used) => Math.abs(dot(shapes.columns[used], residual)) <= RULES.stationary);
      return { names: span.names, size, residual, error: Math.sqrt(now / shapes.cells), certain: done && tight };
    }
    before = now;
    size = [...size, 0];
  }
}

const dot = (one, other) => one.reduce((sum, x, k) => sum + x * other[k], 0);

const inUse = { owner: null, span: null }; // of the parent whose children are being solved

function spanOf(shapes, fit) {
  const span = new Span(shapes.cells);
  for (const name of fit.names) span.add(name, shapes.columns[name]);
  return span;
}

/** The best fit in the cone of the rectangles of `firsts` times `seconds`, from the one in a cone around it. */
function warm(shapes, goal, [firsts, seconds], parent) {
  const { width, cells } = shapes;
  const [inFirst, inSecond] = [new Set(firsts), new Set(seconds)];
  const allowed = (name) => inFirst.has(name >> width) && inSecond.has(name & (2 ** width - 1));
  if (parent && parent.names.every(allowed)) return parent;
  const span = new Span(cells);
  let size = [];
  if (parent) {
    if (inUse.owner !== parent) Object.assign(inUse, { owner: parent, span: spanOf(shapes, parent) });
    span.copy(inUse.span);
    size = parent.size.slice();
    for (let k = size.length - 1; k >= 0; k--) {
      if (allowed(span.names[k])) continue;
      span.drop(k);
      size.splice(k, 1);
    }
  }
  const found = climb(shapes, goal, span, size, firsts, seconds);
  return found.certain ? found : carefully(shapes, goal, firsts, seconds);
}

/** The same from nothing, with a new basis for each column. */
function carefully(shapes, goal, firsts, seconds) {
  return climb(shapes, goal, new Span(shapes.cells), [], firsts, seconds);
}
