// A team of entity agents from the numbers of training/packing.py: the network of training/entity_agents.py, for one
// robot and one step at a time, and what such a team remembers while robots come and go. It needs no other file.

/** {shape, step, numbers} -> the weights, row by row. */
function unpacked({ step, numbers }) {
  const bytes = Uint8Array.from(atob(numbers), (letter) => letter.charCodeAt(0));
  return Float64Array.from(new Int16Array(bytes.buffer), (whole) => step * whole);
}

/** x W + b, W row by row with a row for each input. */
function affine(weight, bias, x) {
  const found = Float64Array.from(bias);
  x.forEach((one, k) => {
    if (one) for (let j = 0; j < found.length; j++) found[j] += one * weight[k * found.length + j];
  });
  return found;
}

const positive = (x) => x.map((one) => Math.max(one, 0));
const sigmoid = (x) => 1 / (1 + Math.exp(-x));
const total = (vectors, size) =>
  vectors.reduce((sum, one) => sum.map((x, k) => x + one[k]), new Float64Array(size));

class EntityTeam {
  constructor({ pooling, hidden, weights }) {
    Object.assign(this, { pooling, hidden });
    this.weights = Object.fromEntries(Object.entries(weights).map(([name, one]) => [name, unpacked(one)]));
    this.actions = this.weights["value.bias"].length;
  }

  layer(name, x) {
    return affine(this.weights[`${name}.weight`], this.weights[`${name}.bias`], x);
  }

  /** What a robot remembers before its first step. */
  start() {
    return { last: -1, memory: new Float64Array(this.hidden) };
  }

  /** A robot's utilities and its new memory, of its own row, those of whoever else is present, and what it remembers. */
  step(own, others, { last, memory }) {
    const before = Array.from({ length: this.actions }, (_, action) => Number(action === last));
    const x = positive(this.layer("encode", [...own, ...before, ...this.pooled(own, others).flatMap((one) => [...one])]));
    const told = affine(this.weights["remember.input_weight"], this.weights["remember.input_bias"], x);
    const kept = affine(this.weights["remember.hidden_weight"], this.weights["remember.hidden_bias"], memory);
    const size = this.hidden;
    const after = memory.map((h, k) => {
      const reset = sigmoid(told[k] + kept[k]);
      const update = sigmoid(told[size + k] + kept[size + k]);
      const fresh = Math.tanh(told[2 * size + k] + reset * kept[2 * size + k]);
      return (1 - update) * fresh + update * h;
    });
    return { utilities: this.layer("value", after), memory: after };
  }

  /** The vectors that the set of other rows is made into. */
  pooled(own, others) {
    if (this.pooling === "none") return [];
    const met = others.map((one) => positive(this.layer("meet", [...own, ...one])));
    if (this.pooling === "attention") return [this.attended(own, others, met)];
    const sum = total(met, this.hidden);
    const mean = sum.map((x) => x / Math.max(met.length, 1));
    return { sum: [sum], mean: [mean], both: [sum, mean] }[this.pooling];
  }

  attended(own, others, met) {
    const asked = this.layer("ask", own);
    const scores = others.map((one) =>
      this.layer("answer", one).reduce((sum, x, k) => sum + x * asked[k], 0) / Math.sqrt(this.hidden));
    const shares = scores.map((score) => Math.exp(score - Math.max(...scores)));
    const whole = shares.reduce((sum, one) => sum + one, 0);
    return total(met.map((one, j) => one.map((x) => (x * shares[j]) / whole)), this.hidden);
  }
}

/** A team in a game of so many robots, which has `size`, `over`, `rows()` and `play(actions, noise)`, such as a Shift.
 *
 * `actions` are what they have chosen where they stand. Who joins remembers nothing; the others do not notice but for a
 * row more. */
class Crew {
  earned = 0;

  constructor(team, game) {
    Object.assign(this, { team, game, minds: Array.from({ length: game.size }, () => team.start()) });
    this.choose();
  }

  choose() {
    const rows = this.game.over ? [] : this.game.rows();
    this.chosen = rows.map((own, i) => this.team.step(own, rows.filter((_, j) => j !== i), this.minds[i]));
    this.actions = this.chosen.map(({ utilities }) => utilities.indexOf(Math.max(...utilities)));
  }

  step(noise) {
    this.earned += this.game.play(this.actions, noise);
    this.minds = this.chosen.map(({ memory }, i) => ({ memory, last: this.actions[i] }));
    this.choose();
  }

  /** Let the last ones leave, or others join; all choose anew. */
  resize(size) {
    this.game.size = size;
    this.minds = Array.from({ length: size }, (_, i) => this.minds[i] ?? this.team.start());
    this.choose();
  }
}
