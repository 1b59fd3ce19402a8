// Bets on an axis, each scored against the truth when its owner asks for it. On the page this file follows table.js,
// numbers.js, controls.js, moving.js and entry.js in one module.

class BetsView {
  constructor(model, el) {
    const { questions, most } = model.get("_axis");
    Object.assign(this, { model, most, stage: new Stage(model, el) });
    this.rows = questions.map((question, k) => this.row(question, k));
    this.stage.answer.append(...this.rows.map(({ root }) => root), made(`<div>${axis(most)}</div>`));
    this.total = this.stage.answer.appendChild(made('<p class="marl-score" role="status"></p>'));
    model.on("change:bets change:scored", () => this.paint());
    this.paint();
  }

  row(question, k) {
    const name = `bet ${k + 1}`;
    const root = made(`<section class="marl-bet" aria-label="${name}"><p><b>${k + 1}</b> <span></span></p>
      <div class="marl-track"><s></s><i class="marl-truth"></i>
      <div class="marl-pin" role="slider" tabindex="0" aria-label="${name}" aria-valuemin="0" aria-valuemax="${this.most}">
      ${k + 1}</div></div><div class="marl-row"><button type="button">Score</button><output></output></div></section>`);
    root.querySelector("p span").textContent = question;
    const [track, pin, button] = [".marl-track", "[role=slider]", "button"].map((one) => root.querySelector(one));
    const box = entry({ label: `${name} =`, most: this.most, tell: (value) => this.place(k, value) });
    root.querySelector(".marl-row").prepend(box.root);
    follow(track, (across) => this.place(k, hundredth(across, this.most)));
    onKeys(pin, (across, up) => this.place(k, moveBy(this.model.get("bets")[k] ?? 0, across + up, this.most)));
    button.addEventListener("click", () => this.set("scored", k, true));
    return { root, box, pin, button, truth: root.querySelector(".marl-truth"), gap: root.querySelector("s"), k };
  }

  set(trait, k, value) {
    tell(this.model, trait, this.model.get(trait).with(k, value));
  }

  /** Place a bet that has not been scored. */
  place(k, value) {
    if (this.model.get("scored")[k]) this.paint();
    else this.set("bets", k, value);
  }

  paint() {
    const [bets, scored, { truths }] = [this.model.get("bets"), this.model.get("scored"), this.model.get("_axis")];
    const gaps = truths.map((truth, k) => Math.abs(bets[k] - truth));
    for (const row of this.rows) this.paintRow(row, bets[row.k], scored[row.k], truths[row.k]);
    const known = gaps.filter((_, k) => scored[k] && bets[k] !== null);
    const mean = fixed(steady(known.reduce((sum, gap) => sum + gap, 0) / known.length), 2);
    this.total.textContent =
      `${known.length} of ${bets.length} bets scored` + (known.length ? `: ${mean} from the truth on average.` : ".");
  }

  paintRow({ box, pin, button, truth, gap, root }, bet, scored, right) {
    const { most } = this;
    box.show(bet);
    box.input.readOnly = scored;
    pin.style.left = percent(bet ?? 0, most);
    pin.classList.toggle("marl-open", bet === null);
    pin.setAttribute("aria-valuenow", bet ?? 0);
    pin.setAttribute("aria-valuetext", bet === null ? "not placed" : general(bet, 4));
    pin.setAttribute("aria-readonly", scored);
    button.disabled = bet === null || scored;
    truth.hidden = gap.hidden = !scored;
    truth.style.left = percent(right, most);
    gap.style.left = percent(Math.min(bet, right), most);
    gap.style.width = percent(Math.abs(bet - right), most);
    const near = (Math.round((1e6 * right) / most) * most) / 1e6; // a bisection comes close to 0, and never there
    const said = scored ? `the truth is ${general(near, 4)}: you were ${fixed(steady(Math.abs(bet - right)), 2)} away` : "";
    root.querySelector("output").textContent = said;
  }
}

export default {
  render({ model, el }) {
    new BetsView(model, el);
  },
};
