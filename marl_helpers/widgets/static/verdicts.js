// What each method makes of a table. The page answers by itself, at once; Python, where there is one, confirms that and
// takes over. On the page this file follows table.js, the engine, controls.js and the learner in one module.

const SILENCE = 1000; // milliseconds without a word of Python after which the page learns by itself

/** A stage with a card for each method. A subclass gives `table` and `recipe`, and begins. */
class Verdicts {
  learner = new LearnerWorker();
  learned = {}; // method -> the page's own runs on the present table
  shares = {}; // method -> how much of its learning is done
  alone = false; // whether the page has stopped waiting for Python

  /** traits: what an answer is about. rest: milliseconds without a change before the page learns. */
  constructor(model, root, traits, rest) {
    Object.assign(this, { model, traits, rest, methods: model.get("methods") });
    Object.assign(RULES.methods, model.get("learning").facts); // a notebook's own methods among them
    this.stage = new Stage(model, root);
    this.recipeLine = this.stage.root.appendChild(document.createElement("p"));
    this.recipeLine.className = "marl-recipe";
    model.on(traits.map((name) => `change:${name}`).join(" "), () => this.begin());
    model.on("change:answer", () => this.isAnswered && this.begin());
  }

  get answer() {
    return this.model.get("answer");
  }

  /** Whether Python's last answer is about what the controls are set to. */
  get isAnswered() {
    return this.traits.every((name) => same(this.answer.state[name], this.model.get(name))); // a file sorts the names
  }

  /** Show what is known of the present table; learn it here where Python is not there to do so. */
  begin() {
    this.end();
    [this.learned, this.shares, this.alone] = [{}, {}, false];
    const known = this.methods.filter((method) => RULES.methods[method].projections.length);
    this.exact = diagnoseExactly(this.table, known);
    this.paint();
    if (this.isAnswered && this.answer.done) return;
    const python = this.model.widget_manager?.kernel; // JupyterLab knows; a page without Python has none
    this.timer = setTimeout(() => this.learn(), python ? SILENCE : this.rest);
  }

  /** Forget what is under way. */
  end() {
    clearTimeout(this.timer);
    this.learner.stop();
  }

  learn() {
    this.alone = true;
    const able = this.methods.filter((method) => method in TableLearner.METHODS);
    this.shares = Object.fromEntries(able.map((method) => [method, 0]));
    this.paint();
    const { runs, seed } = this.model.get("learning");
    const options = { runs, seed, recipe: this.recipe, tolerance: RULES.tolerance };
    this.learner.start(this.table, able, options, ({ method, share, result }) => {
      this.shares[method] = result ? null : share;
      if (result) this.learned[method] = result;
      this.paint();
    });
  }

  /** Method -> the share of its runs that are right, as far as they have learned. */
  get right() {
    if (this.isAnswered && !this.alone) return this.answer.right;
    const share = ({ optimal }) => optimal.filter(Boolean).length / optimal.length;
    return Object.fromEntries(Object.entries(this.learned).map(([method, result]) => [method, share(result)]));
  }

  /** What the page itself knows, as cards. */
  ownCards() {
    const diagnosis = Object.entries(this.learned).reduce(
      (known, [method, result]) => withLearned(known, method, { ...result, fitted: result.fitted[shownRun(result)] }),
      this.exact,
    );
    const done = (method) => (this.alone ? (this.shares[method] ?? null) : 0);
    return cards(diagnosis, Object.fromEntries(this.methods.map((method) => [method, done(method)])));
  }

  paint() {
    if (this.stage.wait(() => this.paint())) return;
    const python = this.isAnswered && !this.alone;
    this.stage.show(() => (python ? this.answer.html : this.ownCards()));
    if (this.alone) this.keep();
    this.stage.answer.ariaBusy = this.stage.answer.querySelector("progress") !== null; // no verdict yet to read out
    this.recipeLine.textContent = recipeLine(this.recipe);
    this.stage.warn((python && this.difference()) || undefined);
  }

  /** Leave Python's last card of each method that needs Python in its place, and say so there. */
  keep() {
    const [shown, last] = [this.stage.answer.firstElementChild, made(this.answer.html)];
    const cardOf = (box, label) => box.querySelector(`.marl-card[aria-label="${CSS.escape(label)}"]`);
    for (const method of this.methods) {
      const { label } = RULES.methods[method];
      const card = method in this.exact.verdicts ? cardOf(shown, label) : keptCard(cardOf(last, label), label);
      shown.append(card); // so that all stand in their order
      if (method in this.exact.verdicts && !(method in TableLearner.METHODS)) noteOn(card, EXACT_ALONE);
    }
  }

  /** Where Python and the page do not say the same of a best fit, which is a fault of ours. */
  difference() {
    const other = Object.entries(this.answer.exact).filter(([method, said]) => {
      const { outcome, plays, reason } = this.exact.verdicts[method];
      return !same(said, [outcome, plays, reason]);
    });
    const said = ([method, [, , reason]]) =>
      `The page and Python disagree on ${RULES.methods[method].label}: Python says “${reason}”, ` +
      `the page “${this.exact.verdicts[method].reason}”.`;
    return other.map(said).join(" ");
  }
}

/** The run of least error among those that play what most play. */
function shownRun({ greedy, mse }) {
  const often = (cell) => greedy.filter((played) => same(played, cell)).length;
  const most = greedy.reduce((one, other) => (often(other) > often(one) ? other : one));
  const among = [...mse.keys()].filter((run) => same(greedy[run], most));
  return among.reduce((one, other) => (mse[other] < mse[one] || Number.isNaN(mse[one]) ? other : one));
}

const NEEDS_PYTHON = "This one needs Python: in JupyterLab, run this cell and those above it.";
const EXACT_ALONE = "Its best fit is exact; what it learns needs Python.";

/** Python's card, if it was its last word, dimmed; else one without an answer. */
function keptCard(card, label) {
  const kept = card && !card.querySelector("progress") ? card : made(waitingCard(label, 0));
  kept.querySelector("progress")?.parentNode.remove();
  kept.classList.add("marl-kept");
  noteOn(kept, kept === card ? `${NEEDS_PYTHON} Below is its answer to the table before.` : NEEDS_PYTHON);
  return kept;
}

function noteOn(card, text) {
  card.querySelector("h4").insertAdjacentHTML("afterend", `<p class="marl-needs">${text}</p>`);
}

/** What every share of runs rests on, as widgets/cards.recipe_line. */
const recipeLine = ({ steps, rate, scale, width, positivity }) =>
  `Learned with Adam (${steps} steps of ${general(rate, 6)}) on standardised rewards; utilities start at standard ` +
  `deviation ${general(scale, 6)}; a mixing network has ${width} units and positivity ${positivity}. Errors are mean ` +
  "squared errors. The page and Python start their runs from different random numbers, so that their shares differ " +
  "a little.";
