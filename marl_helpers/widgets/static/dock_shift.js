// A shift of the dock whose robots come and go, as envs/dock_teams.py plays it, and what it is worth: exact/dock.py's
// `optimum` and `safe`, for lanes that may all differ. It needs no other file.

const DOCK = 1; // the action; 0 is the lane

/** So many random numbers as a step takes: for each slot's shelf, for each lane's worth, and for the truck. */
const chances = ({ slots }, random = Math.random) => Array.from({ length: 2 * slots + 1 }, random);

/** rules: slots, lanes [least, most], shelves, trucks, limit, pay, and needed: by the number of robots present. */
class Shift {
  time = 0;
  truck = false;

  constructor(rules, size, noise) {
    Object.assign(this, { rules, size });
    const [cheapest, dearest] = rules.lanes;
    this.worth = noise.slice(rules.slots, 2 * rules.slots).map((share) => cheapest + (dearest - cheapest) * share);
    this.shelves = new Array(rules.slots).fill(false);
    this.atDock = new Array(rules.slots).fill(false);
    this.fill(noise);
  }

  get over() {
    return this.time >= this.rules.limit;
  }

  get needed() {
    return this.rules.needed[this.size];
  }

  /** Fill what is empty; lanes of absent robots too, where nobody sees it. */
  fill(noise) {
    this.shelves = this.shelves.map((full, i) => full || noise[i] < this.rules.shelves);
    this.truck ||= noise[2 * this.rules.slots] < this.rules.trucks;
  }

  /** The row of each robot that is present. */
  rows() {
    const left = (this.rules.limit - this.time) / this.rules.limit;
    return Array.from({ length: this.size }, (_, i) =>
      [1, this.shelves[i], this.worth[i], this.atDock[i], this.truck, left].map(Number));
  }

  /** Play a step, an action of each robot that is present; returns what the team earned. */
  play(actions, noise) {
    const there = (i) => i < this.size;
    this.atDock = this.atDock.map((_, i) => there(i) && actions[i] === DOCK);
    const cleared = this.shelves.map((full, i) => full && there(i) && !this.atDock[i]);
    const loaded = this.truck && this.atDock.filter(Boolean).length >= this.needed;
    const earned = cleared.reduce((sum, yes, i) => sum + (yes ? this.worth[i] : 0), 0);
    this.shelves = this.shelves.map((full, i) => full && this.atDock[i]);
    this.truck &&= !loaded;
    this.time += 1;
    this.fill(noise);
    return earned + (loaded ? this.rules.pay * this.needed : 0);
  }
}

/** What a team that never goes to the dock expects to earn in a shift with these lanes. */
const safeShift = ({ shelves, limit }, worth) => limit * shelves * worth.reduce((sum, one) => sum + one, 0);

/** What the best team that sees the true state expects to earn there: value iteration over which lanes are full.
 *
 * A shelf that is cleared now is worth no less than one that waits, as an empty lane is only better for whatever
 * follows. So full lanes are left for a truck alone, and as few as are missing beside the robots of empty lanes. */
function bestShift({ needed: of, pay, shelves, trucks, limit }, worth) {
  const [n, needed] = [worth.length, of[worth.length]];
  const states = 2 ** n;
  const [clears, full] = [new Float64Array(states), new Uint8Array(states)];
  for (let state = 1; state < states; state++) {
    const lane = Math.log2(state & -state);
    const rest = state & (state - 1);
    [clears[state], full[state]] = [clears[rest] + worth[lane], full[rest] + 1];
  }
  let [without, withTruck] = [new Float64Array(states), new Float64Array(states)];
  const expect = () => {
    for (let bit = 1; bit < states; bit *= 2) {
      for (let state = 0; state < states; state++) {
        if (state & bit) continue;
        without[state] += shelves * (without[state | bit] - without[state]);
        withTruck[state] += shelves * (withTruck[state | bit] - withTruck[state]);
      }
    }
    for (let state = 0; state < states; state++) without[state] += trucks * (withTruck[state] - without[state]);
  };
  for (let step = 0; step < limit; step++) {
    expect();
    const left = bestLeft(n, needed, full, without, clears);
    const waits = withTruck[0];
    const gone = without[0];
    withTruck = clears.map((cleared, state) => {
      const missing = Math.max(0, needed - (n - full[state]));
      return cleared + Math.max(waits, pay * needed + (missing ? left[missing][state] : gone));
    });
    without = clears.map((cleared) => cleared + gone);
  }
  expect();
  return without[0]; // everything was empty
}

/** Of the sets of k full lanes in a state, the most that leaving one is worth: by k, of each state. */
function bestLeft(n, most, full, without, clears) {
  return Array.from({ length: most + 1 }, (_, k) => {
    const best = clears.map((cleared, state) => (full[state] === k ? without[state] - cleared : -Infinity));
    for (let bit = 1; bit < 2 ** n; bit *= 2) {
      for (let state = 0; state < 2 ** n; state++) {
        if (state & bit) best[state] = Math.max(best[state], best[state ^ bit]);
      }
    }
    return best;
  });
}
