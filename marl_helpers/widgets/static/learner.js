// The gradient learner of fitting/fits.py on the page, for tables of two agents: the recipe is Python's and handed
// over, the derivatives are by hand, and the random numbers are its own. worker.js also runs these classes from their
// text, so they use nothing from outside.

/** The random numbers of one run, the same for any number of runs: sfc32 of PractRand (Doty-Humphrey 2010). */
class RunDraws {
  constructor(seed, run) {
    Object.assign(this, { a: seed % 2 ** 32 | 0, b: Math.floor(seed / 2 ** 32) | 0, c: run | 0, count: 1 });
    for (let round = 0; round < 15; round++) this.bits(); // until seeds that are close have parted
  }

  bits() {
    const sum = (this.a + this.b + this.count) | 0;
    this.count = (this.count + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** Uniform between 0 and 1, and neither of them. */
  uniform() {
    return (this.bits() + 0.5) / 2 ** 32;
  }

  /** Standard normal (Box and Muller 1958). */
  normal() {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }
}

/** What the methods share. A run's parameters stand from `at` on in one array of all runs: first the utilities of agent
 * 1 (`rows`), then those of agent 2 (`columns`). `target` holds the standardised rewards, [rows * columns]. */
class LearnedUtilities {
  constructor(rows, columns, target, recipe) {
    Object.assign(this, { rows, columns, target, recipe, size: rows + columns, team: new Float64Array(target.length) });
  }

  /** Draw the parameters of a run. */
  start(draws, p, at) {
    for (let k = 0; k < this.rows + this.columns; k++) p[at + k] = this.recipe.scale * draws.normal();
  }

  /** The joint action that the team plays. */
  greedy(p, at) {
    const { rows, columns } = this;
    return [this.largest(p, at, rows), this.largest(p, at + rows, columns)];
  }

  /** The place of the first of `count` values that none exceeds; as for torch, none exceeds NaN. */
  largest(p, at, count) {
    let best = 0;
    for (let k = 1; k < count; k++) if (!(p[at + k] <= p[at + best] || Number.isNaN(p[at + best]))) best = k;
    return best;
  }
}

/** Independent learners: mixers/independent.py. */
class LearnedAlone extends LearnedUtilities {
  /** Fill `team` with the team value of every joint action. */
  forward(p, at) {
    const { rows, columns, team } = this;
    for (let i = 0, cell = 0; i < rows; i++)
      for (let j = 0; j < columns; j++, cell++) team[cell] = (p[at + i] + p[at + rows + j]) / 2;
  }

  /** Write the gradient of the run's mean loss to `g`, at the places of its parameters. */
  gradient(p, at, g) {
    const { rows, columns, target } = this;
    const share = 1 / target.length; // twice the error, half of it each agent's
    g.fill(0, at, at + this.size);
    for (let i = 0, cell = 0; i < rows; i++)
      for (let j = 0; j < columns; j++, cell++) {
        g[at + i] += share * (p[at + i] - target[cell]);
        g[at + rows + j] += share * (p[at + rows + j] - target[cell]);
      }
  }
}

/** VDN: mixers/vdn.py. */
class LearnedSum extends LearnedUtilities {
  forward(p, at) {
    const { rows, columns, team } = this;
    for (let i = 0, cell = 0; i < rows; i++)
      for (let j = 0; j < columns; j++, cell++) team[cell] = p[at + i] + p[at + rows + j];
  }

  gradient(p, at, g) {
    const { rows, columns, target, team } = this;
    const share = 2 / target.length;
    this.forward(p, at);
    g.fill(0, at, at + this.size);
    for (let i = 0, cell = 0; i < rows; i++)
      for (let j = 0; j < columns; j++, cell++) {
        const error = share * (team[cell] - target[cell]);
        g[at + i] += error;
        g[at + rows + j] += error;
      }
  }
}

/** QMIX without a state: mixers/qmix.py. After the utilities stand w1 [2, width], b1 [width], w2 [width] and v. */
class LearnedMixer extends LearnedUtilities {
  constructor(rows, columns, target, recipe) {
    super(rows, columns, target, recipe);
    const { width } = recipe;
    this.size += 4 * width + 1;
    [this.weight, this.weightSlope] = [new Float64Array(4 * width), new Float64Array(4 * width)];
    [this.hidden, this.slope] = [new Float64Array(width * target.length), new Float64Array(width * target.length)];
    [this.error, this.byColumn] = [new Float64Array(target.length), new Float64Array(columns)];
  }

  start(draws, p, at) {
    super.start(draws, p, at);
    const [from, { width }] = [at + this.rows + this.columns, this.recipe];
    for (let k = 0; k <= 4 * width; k++) p[from + k] = (2 * draws.uniform() - 1) / Math.sqrt(k < 3 * width ? 2 : width);
  }

  /** The non-negative weights and their derivatives, at the places of w1 and w2. */
  positive(p, from) {
    const { weight, weightSlope, recipe: { width, positivity } } = this;
    for (const first of [0, width, 3 * width])
      for (let k = first; k < first + width; k++) {
        const raw = p[from + k];
        weight[k] = positivity === "abs" ? Math.abs(raw) : raw > 20 ? raw : Math.log1p(Math.exp(raw));
        weightSlope[k] = positivity === "abs" ? Math.sign(raw) : 1 / (1 + Math.exp(-raw));
      }
  }

  forward(p, at) {
    const { rows, columns, team, weight, hidden, slope, recipe: { width } } = this;
    const from = at + rows + columns;
    this.positive(p, from);
    team.fill(p[from + 4 * width]);
    for (let h = 0, k = 0; h < width; h++) {
      const [w1, w2, w] = [weight[h], weight[width + h], weight[3 * width + h]];
      for (let i = 0, cell = 0; i < rows; i++) {
        const z1 = p[at + i] * w1 + p[from + 2 * width + h];
        for (let j = 0; j < columns; j++, cell++, k++) {
          const z = z1 + p[at + rows + j] * w2;
          slope[k] = z > 0 ? 1 : Math.exp(z); // of elu
          hidden[k] = z > 0 ? z : slope[k] - 1;
          team[cell] += w * hidden[k];
        }
      }
    }
  }

  gradient(p, at, g) {
    const { rows, columns, target, team, error, recipe: { width } } = this;
    this.forward(p, at);
    g.fill(0, at, at + this.size);
    for (let cell = 0; cell < target.length; cell++) {
      error[cell] = (2 / target.length) * (team[cell] - target[cell]);
      g[at + rows + columns + 4 * width] += error[cell];
    }
    for (let h = 0; h < width; h++) this.gradientOf(h, p, at, g);
  }

  /** The part of the gradient that goes through hidden unit h. */
  gradientOf(h, p, at, g) {
    const { rows, columns, weight, weightSlope, hidden, slope, error, byColumn, recipe: { width } } = this;
    const [from, w1, w2, w] = [at + rows + columns, weight[h], weight[width + h], weight[3 * width + h]];
    let [byW1, byW2, byB, byW] = [0, 0, 0, 0];
    byColumn.fill(0);
    for (let i = 0, cell = 0, k = h * error.length; i < rows; i++) {
      let byRow = 0;
      for (let j = 0; j < columns; j++, cell++, k++) {
        const byZ = error[cell] * w * slope[k];
        byW += error[cell] * hidden[k];
        byRow += byZ;
        byColumn[j] += byZ;
      }
      byB += byRow;
      byW1 += byRow * p[at + i];
      g[at + i] += byRow * w1;
    }
    for (let j = 0; j < columns; j++) {
      byW2 += byColumn[j] * p[at + rows + j];
      g[at + rows + j] += byColumn[j] * w2;
    }
    g[from + h] = byW1 * weightSlope[h];
    g[from + width + h] = byW2 * weightSlope[width + h];
    g[from + 2 * width + h] = byB;
    g[from + 3 * width + h] = byW * weightSlope[3 * width + h];
  }
}

/** The joint table: mixers/joint.py. Its parameters are the team values; there are no utilities. */
class LearnedTable extends LearnedUtilities {
  constructor(rows, columns, target, recipe) {
    super(rows, columns, target, recipe);
    this.size = target.length;
  }

  start(draws, p, at) {
    for (let cell = 0; cell < this.size; cell++) p[at + cell] = 2 * draws.uniform() - 1;
  }

  forward(p, at) {
    this.team.set(p.subarray(at, at + this.size));
  }

  gradient(p, at, g) {
    for (let cell = 0; cell < this.size; cell++) g[at + cell] = (2 / this.size) * (p[at + cell] - this.target[cell]);
  }

  greedy(p, at) {
    const cell = this.largest(p, at, this.size);
    return [Math.floor(cell / this.columns), cell % this.columns];
  }
}

/** The runs of one method on one table, advanced step by step: Learner of fitting/fits.py. `options` is {runs, seed,
 * recipe, tolerance}: how often, from which start, Python's Recipe, and what share of the spread counts as equal. */
class TableLearner {
  static METHODS = { iql: LearnedAlone, vdn: LearnedSum, qmix: LearnedMixer, joint: LearnedTable };

  constructor(table, method, { runs, seed, recipe, tolerance }) {
    Object.assign(this, { table, runs, recipe, tolerance, taken: 0 });
    this.learned = new (TableLearner.methodOf(method))(table.length, table[0].length, this.standardised(), recipe);
    const size = runs * this.learned.size;
    [this.p, this.g, this.m, this.v] = Array.from({ length: 4 }, () => new Float64Array(size));
    for (let run = 0; run < runs; run++) this.learned.start(new RunDraws(seed, run), this.p, run * this.learned.size);
  }

  static methodOf(method) {
    if (method in TableLearner.METHODS) return TableLearner.METHODS[method];
    throw new Error(`method ${method} is not learned on the page: take one of ${Object.keys(TableLearner.METHODS)}`);
  }

  /** The rewards less their mean, in units of their standard deviation; a constant table is learned as zeros. */
  standardised() {
    const rewards = Float64Array.from(this.table.flat());
    this.mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
    const off = rewards.map((reward) => reward - this.mean);
    const size = Math.max(...off.map(Math.abs)) || 1;
    const square = off.reduce((sum, value) => sum + (value / size) ** 2, 0) / off.length; // near 1: no underflow
    this.unit = size * (Math.sqrt(square) || 1);
    return off.map((value) => value / this.unit);
  }

  /** The share of the recipe's steps that is done. */
  get share() {
    return this.taken < this.recipe.steps ? this.taken / this.recipe.steps : 1;
  }

  /** Take so many steps of Adam (Kingma and Ba 2015) on each run's mean loss, with PyTorch's defaults. */
  descend(steps) {
    const { p, g, m, v, learned } = this;
    for (let step = 0; step < steps; step++) {
      for (let at = 0; at < p.length; at += learned.size) learned.gradient(p, at, g);
      this.taken += 1;
      const rate = this.recipe.rate / (1 - 0.9 ** this.taken);
      const root = Math.sqrt(1 - 0.999 ** this.taken);
      for (let k = 0; k < p.length; k++) {
        m[k] += 0.1 * (g[k] - m[k]);
        v[k] += 0.001 * (g[k] * g[k] - v[k]);
        p[k] -= (rate * m[k]) / (Math.sqrt(v[k]) / root + 1e-8);
      }
    }
  }

  /** Where the runs stand: greedy [runs][2], optimal [runs], mse [runs] and fitted [runs][rows][columns], as in Fit. */
  result() {
    const [rewards, greedy, fitted, mse] = [this.table.flat(), [], [], []];
    const highest = Math.max(...rewards);
    const least = highest - this.tolerance * (highest - Math.min(...rewards));
    for (let at = 0; at < this.p.length; at += this.learned.size) {
      this.learned.forward(this.p, at);
      const team = Array.from(this.learned.team, (value) => value * this.unit + this.mean);
      mse.push(team.reduce((sum, value, cell) => sum + (value - rewards[cell]) ** 2, 0) / team.length);
      fitted.push(this.table.map((row, i) => team.slice(i * row.length, (i + 1) * row.length)));
      greedy.push(this.learned.greedy(this.p, at));
    }
    return { greedy, optimal: greedy.map(([i, j]) => this.table[i][j] >= least), mse, fitted };
  }
}

/** What a method learns of a table, by all steps of the recipe at once: see TableLearner. */
function learn(table, method, options) {
  const learner = new TableLearner(table, method, options);
  learner.descend(options.recipe.steps);
  return learner.result();
}
