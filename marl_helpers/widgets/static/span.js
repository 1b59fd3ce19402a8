// The columns that an active set uses, with an orthonormal basis: a triangle turns the one into the other. It is updated
// as columns come and go, and never squared.

class Span {
  constructor(cells) {
    Object.assign(this, { cells, names: [] });
    this.basis = new Float64Array(cells * cells); // a vector after the other
    this.upper = new Float64Array(cells * cells); // the triangle, a column after the other
  }

  get count() {
    return this.names.length;
  }

  copy(other) {
    const used = other.count * other.cells;
    this.names = other.names.slice();
    this.basis.set(other.basis.subarray(0, used));
    this.upper.set(other.upper.subarray(0, used));
    return this;
  }

  /** Take in a column of length 1; false where it depends on those in use. */
  add(name, column) {
    const { cells, count, basis, upper } = this;
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
    this.names.push(name);
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
    for (let j = k; j < names.length; j++) upper.copyWithin(j * cells, (j + 1) * cells, (j + 1) * cells + j + 2);
    for (let j = k; j < names.length; j++) {
      const at = j * cells + j;
      const length = Math.hypot(upper[at], upper[at + 1]);
      const [cos, sin] = [upper[at] / length, upper[at + 1] / length];
      for (let i = at; i < names.length * cells; i += cells) turn(upper, i, i + 1, cos, sin);
      for (let c = j * cells; c < (j + 1) * cells; c++) turn(basis, c, c + cells, cos, sin);
    }
  }

  /** The sizes, of any sign, with which the columns come nearest to `goal`. */
  solve(goal) {
    const { cells, count, upper } = this;
    const size = new Float64Array(count);
    for (let k = count - 1; k >= 0; k--) {
      let sum = this.along(k, goal);
      for (let j = k + 1; j < count; j++) sum -= upper[j * cells + k] * size[j];
      size[k] = sum / upper[k * cells + k];
    }
    return size;
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
    this.names = [];
    for (const name of names) this.add(name, this.columns[name]);
  }
}

function turn(array, i, j, cos, sin) {
  const [x, y] = [array[i], array[j]];
  array[i] = cos * x + sin * y;
  array[j] = cos * y - sin * x;
}

function dot(one, other) {
  let sum = 0;
  for (let k = 0; k < one.length; k++) sum += one[k] * other[k];
  return sum;
}
