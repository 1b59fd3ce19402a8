// What the best and the safe team of a dock expect to earn: exact/dock.py's `optimum` and `safe`, on the page.

/** A team that never goes to the dock: in each step a shelf stands in a lane with chance `shelves`. */
const safeReturn = ({ worth, shelves, limit }) => limit * shelves * worth.reduce((sum, one) => sum + one, 0);

/** The best team that sees the true state, by value iteration: a state is how many lanes of each worth are full, and
 * whether there is a truck; the choice is how many of these robots leave their full lane, nobody or as many as are
 * missing for a truck. */
function bestReturn({ worth, needed, pay, shelves, trucks, limit }) {
  const worths = [...new Set(worth)].sort((a, b) => a - b);
  const sizes = worths.map((one) => worth.filter((other) => other === one).length);
  const choices = choicesOf(worths, sizes, needed);
  const refill = [...sizes.map((size) => refillOf(size, shelves)), refillOf(1, trucks)];
  let value = new Float64Array(2 * sizes.reduce((product, size) => product * (size + 1), 1));
  for (let step = 0; step < limit; step++) {
    const later = expected(value, refill);
    value = new Float64Array(value.length).fill(-Infinity);
    for (const { before, after, cleared, left, come } of choices) {
      const [gone, waits] = [cleared + later[2 * after], cleared + later[2 * after + 1]];
      const withTruck = Math.max(come >= needed ? gone + pay : -Infinity, left ? -Infinity : waits);
      if (!left) value[2 * before] = gone;
      value[2 * before + 1] = Math.max(value[2 * before + 1], withTruck);
    }
  }
  return expected(value, refill)[0]; // everything was empty
}

/** Every number of full lanes of each worth, with how many of them are left: none, or as many as are missing for a truck
 * beside the robots of empty lanes. `come`: both together. */
function choicesOf(worths, sizes, needed) {
  const nothing = { before: 0, after: 0, cleared: 0, left: 0, come: 0 };
  const sound = ({ left, come }) => !left || come <= needed;
  const all = sizes.reduce((some, size, k) => {
    const each = [];
    for (let full = 0; full <= size; full++) for (let left = 0; left <= full; left++) each.push([full, left]);
    return some.flatMap((one) =>
      each.map(([full, left]) => ({
        before: one.before * (size + 1) + full,
        after: one.after * (size + 1) + left,
        cleared: one.cleared + (full - left) * worths[k],
        left: one.left + left,
        come: one.come + left + size - full,
      })).filter(sound));
  }, [nothing]);
  return all.filter(({ left, come }) => !left || come === needed);
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
