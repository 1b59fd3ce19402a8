// A trained team on the page, to which robots are added and from which they are taken while it plays.
// On the page this file follows controls.js, moving.js, worlds.js, steps.js, entity_agents.js and dock_shift.js.

const PACE = 400; // milliseconds of a step when it plays
const MANY = 100; // shifts that are played at once
const WORLD = 320; // pixels, as in film.js
const GAP = 24;

const CONTROLS = `<div class="film-buttons" role="group" aria-label="robots">
  <button type="button" aria-label="let a robot leave" aria-keyshortcuts="-">−</button><output></output>
  <button type="button" aria-label="add a robot" aria-keyshortcuts="+">+</button>
  <button type="button">Play</button><button type="button" aria-label="next step">Next</button>
  <button type="button"></button></div>`;
const PICTURE = `<div class="film-picture" role="img" tabindex="0"><p data-part="heading"></p>
  <div><div data-part="world"></div><p data-part="note"></p></div>
  <div><p data-part="shift"></p><div data-part="chart"></div><p data-part="found"></p></div></div>`;

const KEY = "Dots: this team. Squares: teams trained on so many robots.";

const two = (value) => fixed(value, 2);

/** What whole shifts of one size have come to: sums over shifts of what they earned above the safe team, `above`, of
 * what the best team expects above it, `room`, and of their products. */
class Tally {
  shifts = 0;
  sums = { earned: 0, safe: 0, best: 0 };
  squares = { above: 0, both: 0, room: 0 };

  add(shift) {
    this.shifts += 1;
    for (const name of Object.keys(this.sums)) this.sums[name] += shift[name];
    const [above, room] = [shift.earned - shift.safe, shift.best - shift.safe];
    this.squares.above += above * above;
    this.squares.both += above * room;
    this.squares.room += room * room;
  }

  mean(name) {
    return this.sums[name] / this.shifts;
  }

  get room() {
    return this.sums.best - this.sums.safe;
  }

  /** How far of the way from safe to best. */
  get share() {
    return (this.sums.earned - this.sums.safe) / this.room;
  }

  /** The standard error of that. */
  get error() {
    const { above, both, room } = this.squares;
    return Math.sqrt(Math.max(0, above - 2 * this.share * both + this.share ** 2 * room)) / this.room;
  }
}

class GrowingView {
  timer = 0; // of playing, 0 where it stands still
  many = null; // of shifts that are played at once, what ends them
  tallies = {}; // by the number of robots

  constructor(model, el) {
    Object.assign(this, { model, stage: new Stage(model, el) });
    for (const name of ["rules", "trained", "learned", "least"]) this[name] = model.get(name);
    this.team = new EntityTeam(model.get("team"));
    const { root, controls, answer } = this.stage;
    root.setAttribute("role", "group");
    root.ariaLabel = "a trained team that grows and shrinks";
    this.buttons = controls.appendChild(made(CONTROLS));
    [this.fewer, this.count, this.more, this.player, this.next, this.fast] = this.buttons.children;
    this.fewer.onclick = () => this.resize(this.size - 1);
    this.more.onclick = () => this.resize(this.size + 1);
    this.player.onclick = () => this.toggle();
    this.next.onclick = () => this.go();
    this.fast.onclick = () => this.playMany();
    root.addEventListener("keydown", (event) => this.press(event));
    this.picture = answer.appendChild(made(PICTURE));
    for (const part of answer.querySelectorAll("[data-part]")) this[part.dataset.part] = part;
    model.on("change:size", () => this.resized());
    this.observer = new ResizeObserver(() => root.clientWidth !== this.width && this.paint());
    this.observer.observe(root);
    this.begin();
    this.paint();
  }

  get size() {
    return this.model.get("size");
  }

  /** Another shift, of as many robots as there are now. */
  begin() {
    this.crew = this.newCrew();
    this.known = this.worthOf(this.crew.game);
  }

  newCrew() {
    return new Crew(this.team, new Shift(this.rules, this.size, chances(this.rules)));
  }

  /** What a shift's lanes are worth to the safe and to the best team. */
  worthOf({ worth, size }) {
    const lanes = worth.slice(0, size);
    return { size, safe: safeShift(this.rules, lanes), best: bestShift(this.rules, lanes) };
  }

  /** Count a shift that one team has played to its end. */
  tally(crew, known) {
    (this.tallies[known.size] ??= new Tally()).add({ ...known, earned: crew.earned });
  }

  resize(size) {
    if (size < this.least || size > this.rules.slots) return;
    tell(this.model, "size", size);
  }

  resized() {
    this.many?.();
    this.known = null; // of no team from here on: this shift is not counted
    this.crew.resize(this.size);
    const { needed } = this.crew.game;
    this.say(`${this.size} robots play now; a truck needs ${needed}.`);
    this.paint();
  }

  /** One step, or a new shift after the last. */
  step() {
    const { crew } = this;
    if (crew.game.over) return this.begin();
    crew.step(chances(this.rules));
    if (!crew.game.over) return;
    if (this.known) this.tally(crew, this.known);
    this.say(`The shift is over: ${this.size} robots earned ${two(crew.earned)}. ${this.summary()}`);
  }

  go() {
    this.pause();
    this.step();
    this.paint();
  }

  toggle() {
    if (this.timer) return this.pause();
    this.many?.();
    this.timer = setInterval(() => {
      this.step();
      this.paint();
    }, PACE);
    this.paint();
  }

  pause() {
    this.many?.();
    clearInterval(this.timer);
    this.timer = 0;
    this.paint();
  }

  /** Play many whole shifts, as fast as the page stays alive; a second press ends it. */
  async playMany() {
    if (this.many) return this.many();
    this.pause();
    let ended = false;
    this.many = () => (ended = true);
    this.paint();
    const work = (k) => {
      const crew = this.newCrew();
      const known = this.worthOf(crew.game);
      while (!crew.game.over) crew.step(chances(this.rules));
      this.tally(crew, known);
      if (k % 10 === 9) this.paint();
    };
    await gently(Array.from({ length: MANY }, (_, k) => k), work, () => ended);
    this.many = null;
    this.say(this.summary());
    this.paint();
  }

  say(text) {
    this.stage.aside.textContent = text;
  }

  /** Act on a key, where what has the focus does not. */
  press(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    const act = {
      "+": () => this.resize(this.size + 1),
      "=": () => this.resize(this.size + 1), // the same key without Shift
      "-": () => this.resize(this.size - 1),
      ArrowRight: () => this.go(),
      " ": target.matches("button") ? undefined : () => this.toggle(),
    }[key];
    if (!act || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    act();
  }

  /** What was found with as many robots as there are. */
  summary() {
    const tally = this.tallies[this.size];
    if (!tally) return `No whole shift of ${this.size} robots yet.`;
    const means = ["earned", "safe", "best"].map((name) => two(tally.mean(name)));
    const way = tally.room > 1e-9 ? `: ${two(tally.share)} ± ${two(tally.error)} of the way` : "";
    const shifts = tally.shifts === 1 ? "1 shift" : `${tally.shifts} shifts`;
    return `In ${shifts}, ${this.size} robots earned ${means[0]} a shift; safe is ${means[1]}, best ${means[2]}${way}.`;
  }

  /** Draw where it stands; an error shows above. */
  paint() {
    try {
      this.draw();
      this.stage.warn();
    } catch (error) {
      this.stage.warn(String(error));
      throw error;
    }
  }

  draw() {
    const { crew, size, stage, rules } = this;
    const shift = crew.game;
    this.width = stage.root.clientWidth;
    const room = (this.width || 700) - 4;
    const beside = room >= 2 * WORLD + GAP;
    this.picture.classList.toggle("film-beside", beside);
    const plays = crew.actions.map((action) => [action, ["lane", "dock"][action]]);
    const world = dock([this.scene(shift)], Math.min(room, WORLD));
    this.world.innerHTML = world.draw(0, plays);
    this.note.textContent = world.note(0, plays)[0];
    this.heading.textContent = `${size} robots, step ${shift.time} of ${rules.limit}: earned ${two(crew.earned)}`;
    this.shift.textContent = this.known
      ? `With these lanes a safe team expects ${two(this.known.safe)}, the best ${two(this.known.best)}.`
      : "The team has changed during this shift, which is not counted.";
    this.chart.innerHTML = this.drawChart(Math.min(beside ? room - WORLD - GAP : room, 560));
    const key = Object.keys(this.trained).length ? `\n${KEY}` : "";
    this.found.textContent = this.summary() + key;
    this.picture.ariaLabel = [this.heading, this.shift, this.found].map((one) => one.textContent).join("\n") +
      `\n${world.say(0)}`;
    this.paintControls();
  }

  paintControls() {
    const { size, rules, least } = this;
    this.count.textContent = `${size} robots`;
    this.fewer.setAttribute("aria-disabled", size <= least);
    this.more.setAttribute("aria-disabled", size >= rules.slots);
    this.player.textContent = this.timer ? "Pause" : "Play";
    this.fast.textContent = this.many ? "Stop" : `${MANY} shifts`;
  }

  scene({ size, worth, shelves, atDock, truck, needed }) {
    const first = (all) => all.slice(0, size);
    const lanes = first(worth).map((one) => decimals(one, 2));
    const pay = general(this.rules.pay * needed, 6);
    return { shelves: first(shelves), at_dock: first(atDock), worth: lanes, truck, pay, need: needed, lookouts: 0 };
  }

  /** How far each team gets from safe to best, by its number of robots: dots are this team, squares those trained. */
  drawChart(width) {
    const [height, left, right, top, bottom] = [230, 44, 10, 10, 40];
    const { least, rules, learned } = this;
    const found = Object.entries(this.tallies).filter(([, tally]) => tally.room > 1e-9);
    const ends = found.flatMap(([, { share, error }]) => [share - error, share + error]);
    const shares = [0, 1, ...ends, ...Object.values(this.trained)];
    const [low, high] = [Math.min(...shares) - 0.08, Math.max(...shares) + 0.08];
    const x = (size) => left + ((size - least + 0.5) / (rules.slots - least + 1)) * (width - left - right);
    const y = (share) => top + ((high - share) / (high - low)) * (height - top - bottom);
    const sizes = Array.from({ length: rules.slots - least + 1 }, (_, k) => least + k);
    const [from, to] = [x(learned[0] - 0.5), x(learned[1] + 0.5)];
    const ground = [
      box(from, top, to - from, height - top - bottom, "growing-learned"),
      ...ticks(low, high, 6).map((at) => words(left - 7, y(at), printed(at), "film-small", "end")),
      line(left, top, left, height - bottom, "film-axis"),
      ...[0, 1].map((at) => line(left, y(at), width - right, y(at), "growing-level")),
      words(width - right, y(0) + 10, "safe", "film-small", "end"),
      words(width - right, y(1) + 10, "best", "film-small", "end"),
      ...sizes.map((size) => words(x(size), height - bottom + 12, size, size === this.size ? "film-bold" : "film-small")),
      words((left + width) / 2, height - 8, `robots (shaded: trained on ${learned.join(" to ")})`, "film-small"),
    ];
    const squares = Object.entries(this.trained).map(([size, share]) =>
      box(x(size) - 5, y(share) - 5, 10, 10, "growing-trained"));
    const dots = found.map(([size, { share, error }]) =>
      line(x(size), y(share - error), x(size), y(share + error), "growing-error") +
      mark("circle", { cx: x(size), cy: y(share), r: 5, class: "growing-found" }));
    return svg(width, height, [...ground, ...squares, ...dots].join(""));
  }

  leave() {
    this.many?.();
    clearInterval(this.timer);
    this.observer.disconnect();
  }
}

export default {
  render({ model, el }) {
    const view = new GrowingView(model, el);
    return () => view.leave();
  },
};
