// What the best and the safe team of a dock expect to earn: exact/dock.py's `optimum` and `safe`, on the page.

/** A team that never goes to the dock: in each step a shelf stands in a lane with chance `shelves`. */
const safeReturn = ({ worth, shelves, limit }) => limit * shelves * worth.reduce((sum, one) => sum + one, 0);

/** The best team that sees the true state, by value iteration: a state is how many lanes of each worth are full, and
 * whether there is a truck; the choice is how many of these robots leave their full lane. */
function bestReturn({ worth, needed, pay, shelves, trucks, limit }) {
  const worths = [...new Set(worth)].sort((a, b) => a - b);
  const sizes = worths.map((one) => worth.filter((other) => other === one).length);
  const choices = choicesOf(worths, sizes);
  const refill = [...sizes.map((size) => refillOf(size, shelves)), refillOf(1, trucks)];
  let value = new Float64Array(2 * sizes.reduce((product, size) => product * (size + 1), 1));
  for (let step = 0; step < limit; step++) {
    const later = expected(value, refill);
    value = new Float64Array(value.length).fill(-Infinity);
    for (const { before, after, cleared, least, most } of choices) {
      const [gone, waits] = [cleared + later[2 * after], cleared + later[2 * after + 1]];
      value[2 * before] = Math.max(value[2 * before], gone);
      if (most >= needed) value[2 * before + 1] = Math.max(value[2 * before + 1], gone + pay);
      if (least < needed) value[2 * before + 1] = Math.max(value[2 * before + 1], waits);
    }
  }
  return expected(value, refill)[0]; // everything was empty
}

/** Every number of full lanes of each worth, with every number of them that are left: how many can come to the dock. */
function choicesOf(worths, sizes) {
  const nothing = { before: 0, after: 0, cleared: 0, least: 0, most: 0 };
  return sizes.reduce((all, size, k) => {
    const each = [];
    for (let full = 0; full <= size; full++) for (let left = 0; left <= full; left++) each.push([full, left]);
    return all.flatMap((one) =>
      each.map(([full, left]) => ({
        before: one.before * (size + 1) + full,
        after: one.after * (size + 1) + left,
        cleared: one.cleared + (full - left) * worths[k],
        least: one.least + left,
        most: one.most + left + size - full,
      })));
  }, [nothing]);
}

/** The chance of k' full lanes after k, where each of the empty ones may be filled. */
function refillOf(size, chance) {
  const row = (k) => {
    const chances = new Array(size + 1).fill(0);
    let ways = 1;
    for (let j = 0; j <= size - k; j++) {
      chances[k + j] = ways * chance ** j * (1 - chance) ** (size - k - j);
      ways = (ways * (size - k - j)) / (j + 1);
    }
    return chances;
  };
  return Array.from({ length: size + 1 }, (_, k) => row(k));
}

/** Of the values after lanes and dock are filled, what is expected before. */
function expected(value, refill) {
  let inner = value.length; // entries of the axes from this one on
  for (const matrix of refill) {
    const [size, found] = [matrix.length, new Float64Array(value.length)];
    const stride = inner / size;
    for (let at = 0; at < value.length; at++) {
      const k = Math.floor(at / stride) % size;
      for (let after = k; after < size; after++) found[at] += matrix[k][after] * value[at + (after - k) * stride];
    }
    [value, inner] = [found, stride];
  }
  return value;
}
