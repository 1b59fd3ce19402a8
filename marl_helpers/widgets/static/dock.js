// A dock to try: rules on sliders, what its best and its safe team earn at once, and learning, which only Python can.
// On the page this file follows numbers.js, controls.js and dock_returns.js in one module.

const SILENCE = 2000; // milliseconds until a Python that has not answered is worth a word
const ASK = "Asking Python";
const NO_PYTHON =
  "Python has not answered, and only Python can learn here. Run this cell, and those above it, then press Learn.";
const BUSY = "Python is busy elsewhere. It learns here once it is done.";
const LEARNING = `<div class="dock-learning"><button type="button"></button><p role="status"></p>
  <figure><img class="marl-picture"><figcaption></figcaption></figure></div>`;

class DockView {
  waiting = 0; // the timer of a press that Python has not heard yet

  constructor(model, el) {
    Object.assign(this, { model, stage: new Stage(model, el), fixed: model.get("fixed") });
    const { controls, answer } = this.stage;
    this.sliders = {};
    for (const [name, { label, least, most, step }] of Object.entries(model.get("sliders"))) {
      const [moved, words] = [(value) => this.move(name, value), (value) => general(value, 6)];
      this.sliders[name] = slider({ label, min: least, max: most, step, words, tell: moved });
      controls.append(this.sliders[name].root);
      model.on(`change:${name}`, () => this.paint());
    }
    this.exactly = answer.appendChild(made(`<p aria-live="polite"></p>`));
    this.learning = answer.appendChild(made(LEARNING));
    [this.button, this.status, this.figure] = this.learning.children;
    this.button.onclick = () => this.press();
    model.on("change:learning", () => this.answered());
    for (const name of ["picture", "said", "learned"]) model.on(`change:${name}`, () => this.paint());
    this.paint();
  }

  /** The rules that the sliders show, by name. */
  get rules() {
    return Object.fromEntries(Object.keys(this.sliders).map((name) => [name, this.model.get(name)]));
  }

  /** Take a slider's value: no more robots can be needed than there are. */
  move(name, value) {
    this.model.set(name, value);
    if (name === "n_robots") this.model.set("need", Math.min(value, this.model.get("need")));
    this.model.save_changes();
  }

  paint() {
    const { rules, sliders, fixed: others } = this;
    sliders.need.root.querySelector("input").max = rules.n_robots; // before its value, which it would hold back
    for (const [name, { show }] of Object.entries(sliders)) show(rules[name]);
    const worth = [others.lanes].flat();
    const all = worth.length > 1 ? worth : new Array(rules.n_robots).fill(worth[0]);
    const full = { ...rules, worth: all, needed: rules.need, limit: others.limit };
    const found = [`the best team: ${fixed(bestReturn(full), 2)}`, `never to the dock: ${fixed(safeReturn(full), 2)}`];
    this.exactly.textContent = `In a shift, on average, ${found.join("; ")}.`;
    this.button.textContent = this.model.get("learning") ? "Stop" : this.waiting ? ASK : "Learn";
    this.paintCurves(rules);
  }

  /** What was learned last, and where, if that was not here. */
  paintCurves(rules) {
    const [image, caption] = this.figure.children;
    const [picture, learned] = [this.model.get("picture"), this.model.get("learned")];
    this.figure.hidden = !picture;
    if (picture) image.src = `data:image/svg+xml,${encodeURIComponent(picture)}`;
    image.alt = this.model.get("said");
    const elsewhere = Boolean(picture) && Object.keys(rules).some((name) => rules[name] !== learned[name]);
    const said = Object.entries(this.model.get("sliders")).map(([name, { label }]) => `${label} ${learned[name]}`);
    caption.textContent = (elsewhere ? `learned in another dock (${said.join(", ")}):\n` : "") + image.alt;
    image.classList.toggle("marl-stale", elsewhere);
  }

  /** Ask Python to learn, or to stop. */
  press() {
    if (this.waiting) return;
    const wanted = !this.model.get("learning");
    if (this.model.get("wanted") === wanted) this.want(!wanted); // asked in vain before: only a change is heard
    this.want(wanted);
    this.status.textContent = "";
    const { kernel } = this.model.widget_manager ?? {}; // JupyterLab knows, others may not
    this.waiting = setTimeout(() => this.unheard(), kernel === null ? 0 : SILENCE);
    this.paint();
  }

  want(wanted) {
    this.model.set("wanted", wanted);
    this.model.save_changes();
  }

  /** Python has learned, or stopped, as it was asked to. */
  answered() {
    clearTimeout(this.waiting);
    this.waiting = 0;
    this.status.textContent = "";
    this.paint();
  }

  /** Say what a silence means; an answer may still come. */
  unheard() {
    const busy = this.model.widget_manager?.kernel?.status === "busy";
    this.status.textContent = busy ? BUSY : NO_PYTHON;
    this.waiting = busy ? setTimeout(() => this.unheard(), SILENCE) : 0;
    this.paint();
  }

  leave() {
    clearTimeout(this.waiting);
  }
}

export default {
  render({ model, el }) {
    const view = new DockView(model, el);
    return () => view.leave();
  },
};
