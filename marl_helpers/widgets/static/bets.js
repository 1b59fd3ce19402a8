// Bets on an axis, in a frame as a bet's box has: each is closed until its owner compares it with the truth, or waives
// it. A list of what became of them is kept twice, as of a box, and of each the newer wins. On the page this file follows
// table.js, numbers.js, controls.js, moving.js, entry.js and kept.js in one module.

class BetsView {
  constructor(model, el) {
    const { name, question, questions, most, near } = model.get("_bets");
    Object.assign(this, { model, most, stage: new Stage(model, el) });
    const { answer } = this.stage;
    answer.classList.add("box");
    const told = `${question} Within ${general(near, 3)} is right.`;
    answer.append(made(`<div class="box-asked"><b>Bets</b> <span>${told}</span></div>`));
    this.rows = questions.map((question, k) => this.row(question, k));
    answer.append(...this.rows.map(({ root }) => root), made(`<div>${axis(most)}</div>`));
    this.total = answer.appendChild(made('<p class="marl-score" role="status"></p>'));
    model.on("change:placed", () => {
      this.keep();
      this.paint();
    });
    this.paint();
    typeset(model, answer);
    attached(el).then(() => this.remember(name));
  }

  row(question, k) {
    const name = `bet ${k + 1}`;
    const root = made(`<section class="marl-bet" aria-label="${name}"><p><b>${k + 1}</b> <span></span></p>
      <div class="marl-track"><s></s><i class="marl-truth"></i>
      <div class="marl-pin" role="slider" tabindex="0" aria-label="${name}" aria-valuemin="0" aria-valuemax="${this.most}">
      ${k + 1}</div></div><div class="marl-row"><button type="button"></button><output></output></div></section>`);
    root.querySelector("p span").textContent = question;
    const [track, pin, button] = [".marl-track", "[role=slider]", "button"].map((one) => root.querySelector(one));
    const box = entry({ label: `${name} =`, most: this.most, tell: (value) => this.place(k, value) });
    root.querySelector(".marl-row").prepend(box.root);
    follow(track, (across) => this.place(k, hundredth(across, this.most)));
    onKeys(pin, (across, up) => this.place(k, moveBy(this.placed[k].said?.[0] ?? 0, across + up, this.most)));
    button.addEventListener("click", () => this.turn(k));
    return { root, box, pin, button, truth: root.querySelector(".marl-truth"), gap: root.querySelector("s"), k };
  }

  get placed() {
    return this.model.get("placed");
  }

  set(k, one) {
    tell(this.model, "placed", this.placed.with(k, { at: Date.now(), open: false, said: null, ...one }));
  }

  /** Place a bet that is closed. */
  place(k, value) {
    if (this.placed[k].open) this.paint();
    else this.set(k, { said: [value] });
  }

  /** Open a bet, or take back one that is open. */
  turn(k) {
    const { open, said } = this.placed[k];
    this.set(k, open ? {} : { open: true, said });
  }

  /** Find what this page knows of the bets: here, on this notebook. */
  remember(name) {
    this.key = `marl bets ${whereabouts(this.stage.root)} ${name}`;
    const known = stored("localStorage", this.key);
    const fits = Array.isArray(known) && known.every(({ said }) => !said || (said[0] >= 0 && said[0] <= this.most));
    const newer = this.placed.map((one, k) => (fits && known[k]?.at > one.at ? known[k] : one));
    if (same(newer, this.placed)) this.keep();
    else tell(this.model, "placed", newer);
  }

  keep() {
    if (this.key && this.placed.some(({ at }) => at)) store("localStorage", this.key, this.placed);
  }

  paint() {
    const { truths } = this.model.get("_bets");
    for (const row of this.rows) this.paintRow(row, this.placed[row.k], truths[row.k]);
    const gaps = this.placed.flatMap(({ open, said }, k) => (open && said ? [Math.abs(said[0] - truths[k])] : []));
    const mean = fixed(steady(gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length), 2);
    this.total.textContent =
      `${gaps.length} of ${truths.length} bets compared` + (gaps.length ? `: ${mean} from the truth on average.` : ".");
  }

  paintRow({ box, pin, button, truth, gap, root, k }, { open, said }, right) {
    const { most } = this;
    const bet = said?.[0] ?? null;
    box.show(bet);
    box.input.readOnly = open;
    pin.style.left = percent(bet ?? 0, most);
    pin.classList.toggle("marl-open", bet === null);
    pin.setAttribute("aria-valuenow", bet ?? 0);
    pin.setAttribute("aria-valuetext", bet === null ? "not placed" : general(bet, 4));
    pin.setAttribute("aria-readonly", open);
    button.textContent = open ? "Take back" : bet === null ? "Show me" : "Compare";
    truth.hidden = !open;
    gap.hidden = !open || bet === null;
    truth.style.left = percent(right, most);
    gap.style.left = percent(Math.min(bet, right), most);
    gap.style.width = percent(Math.abs(bet - right), most);
    root.querySelector("output").innerHTML = open ? this.sentence(k, bet, right) : "";
  }

  sentence(k, bet, right) {
    const near = (Math.round((1e6 * right) / this.most) * this.most) / 1e6; // a bisection comes close to 0, and never there
    const truth = `the truth is ${general(near, 4)}`;
    if (bet === null) return `T${truth.slice(1)}.`;
    const { low, high } = this.model.get("_bets").rights[k];
    const good = low <= bet && bet <= high;
    const mark = good ? '<strong class="box-good">✔ Right.</strong>' : '<strong class="box-bad">✘ Not right.</strong>';
    return `${mark} You said ${general(bet, 4)}; ${truth}, ${fixed(steady(Math.abs(bet - right)), 2)} away.`;
  }
}

export default {
  render({ model, el }) {
    new BetsView(model, el);
  },
};
