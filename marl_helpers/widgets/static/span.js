// The columns that an active set uses and their sizes, with an orthonormal basis: a triangle turns the one into the
// other. It is updated as columns come and go, and never squared.

const MOST_TURNS = 300; // of an active set: each comes nearer, so that only rounding could go on for ever

class Span {
  constructor(cells) {
    Object.assign(this, { cells, names: [], size: new Float64Array(cells), free: new Float64Array(cells) });
    this.basis = new Float64Array(cells * cells); // a vector after the other
    this.upper = new Float64Array(cells * cells); // the triangle, a column after the other
  }

  copy(other) {
    const used = other.names.length * other.cells;
    this.names = other.names.slice();
    this.size.set(other.size);
    this.basis.set(other.basis.subarray(0, used));
    this.upper.set(other.upper.subarray(0, used));
    return this;
  }

  /** Take in a column of length 1 with a size; false where it depends on those in use. */
  add(name, column, size) {
    const { cells, basis, upper, names } = this;
    const count = names.length;
    if (count === cells) return false;
    const rest = basis.subarray(count * cells, (count + 1) * cells);
    const along = upper.subarray(count * cells, (count + 1) * cells).fill(0);
    rest.set(column);
    for (let pass = 0; pass < 2; pass++) {
      for (let k = 0; k < count; k++) {
        const share = this.along(k, rest);
        along[k] += share;
        for (let c = 0; c < cells; c++) rest[c] -= share * basis[k * cells + c];
      }
    }
    const length = Math.sqrt(dot(rest, rest));
    if (length < 1e-6) return false; // rectangles are whole numbers: two of them make no smaller angle
    for (let c = 0; c < cells; c++) rest[c] /= length;
    along[count] = length;
    this.size[count] = size;
    names.push(name);
    return true;
  }

  /** How long a vector is along the basis's k-th. */
  along(k, vector) {
    let sum = 0;
    for (let c = 0, at = k * this.cells; c < this.cells; c++, at++) sum += this.basis[at] * vector[c];
    return sum;
  }

  /** Let the k-th column go, and turn the basis until the triangle is one again. */
  drop(k) {
    const { cells, basis, upper, names } = this;
    names.splice(k, 1);
    this.size.copyWithin(k, k + 1);
    for (let j = k; j < names.length; j++) upper.copyWithin(j * cells, (j + 1) * cells, (j + 1) * cells + j + 2);
    for (let j = k; j < names.length; j++) {
      const at = j * cells + j;
      const length = Math.sqrt(upper[at] ** 2 + upper[at + 1] ** 2);
      const cos = upper[at] / length;
      const sin = upper[at + 1] / length;
      for (let i = at; i < names.length * cells; i += cells) turn(upper, i, i + 1, cos, sin);
      for (let c = j * cells; c < (j + 1) * cells; c++) turn(basis, c, c + cells, cos, sin);
    }
  }

  /** Put into `free` the sizes, of any sign, with which the columns come nearest to `goal`. */
  solve(goal) {
    const { cells, upper, free } = this;
    const count = this.names.length;
    for (let k = count - 1; k >= 0; k--) {
      let sum = this.along(k, goal);
      for (let j = k + 1; j < count; j++) sum -= upper[j * cells + k] * free[j];
      free[k] = sum / upper[k * cells + k];
    }
  }

  /** Bring the sizes to the best for `goal`; columns that would have to shrink below nothing are let go on the way. */
  settle(goal) {
    const { size, free, names } = this;
    for (;;) {
      this.solve(goal);
      let least = Infinity;
      for (let k = 0; k < names.length; k++) least = Math.min(least, shareOf(size[k], free[k]));
      if (least === Infinity) return size.set(free);
      for (let k = names.length - 1; k >= 0; k--) {
        if (shareOf(size[k], free[k]) === least) this.drop(k);
        else size[k] = Math.max(0, size[k] + least * (free[k] - size[k]));
      }
    }
  }
}

/** The same, slow and sure: with each column that goes it makes the basis anew. */
class FreshSpan extends Span {
  constructor(cells, columns) {
    super(cells);
    this.columns = columns;
  }

  drop(k) {
    const names = this.names.filter((_, place) => place !== k);
    const size = this.size.slice().copyWithin(k, k + 1);
    this.names.length = 0;
    names.forEach((name, place) => this.add(name, this.columns[name], size[place]));
  }
}

/** Of the way from a size to a free one, the share until it is 0: Infinity for a free one that is positive. */
function shareOf(size, free) {
  if (free > 0) return Infinity;
  return size > 0 ? size / (size - free) : 0;
}

function turn(array, i, j, cos, sin) {
  const x = array[i];
  array[i] = cos * x + sin * array[j];
  array[j] = cos * array[j] - sin * x;
}

function dot(one, other) {
  let sum = 0;
  for (let k = 0; k < one.length; k++) sum += one[k] * other[k];
  return sum;
}
