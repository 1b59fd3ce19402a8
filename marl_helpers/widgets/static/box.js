// A bet's box: the question, its fields, and the answer, closed until the bet is placed or waived. What was said is kept
// twice, by Python in the model and by the page in its localStorage, and the newer wins. On the page this file follows
// table.js, numbers.js, controls.js, fields.js, kept.js and hands.js in one module.

const BOX = `<div class="box" role="region"><div class="box-asked"><b>Bet</b> <span></span></div>
  <form><div class="box-fields"></div><p class="box-why" role="alert"></p><div class="box-row box-one">
  <button type="submit">Place</button> <button type="button" data-do="waive">Show me</button></div>
  <div class="box-row box-hall"><button type="submit">Add a hand</button> <button type="button" data-do="undo">Undo</button>
  <button type="button" data-do="waive">Show the answer</button></div></form>
  <div class="box-verdict" role="status"></div><div class="box-answer" hidden></div></div>`;

class Box {
  constructor(model, el) {
    this.model = model;
    this.stage = new Stage(model, el);
    this.bet = model.get("_bet");
    this.root = this.stage.answer.appendChild(made(BOX));
    this.root.setAttribute("aria-label", `bet ${this.bet.name}`);
    const find = (selector) => this.root.querySelector(selector);
    [this.form, this.why, this.verdict, this.answer] = ["form", ".box-why", ".box-verdict", ".box-answer"].map(find);
    find(".box-asked span").innerHTML = this.bet.question;
    this.answer.innerHTML = this.bet.answer;
    this.fields = this.bet.fields.map((field, k) => this.field(field, k));
    find(".box-hall [type=submit]").hidden = this.fields.every((field) => field.clicked);
    this.hands = new Hands(this.fields, () => this.paintHands(), () => this.full);
    this.form.append(this.hands.root);
    this.stage.root.tabIndex = -1;
    this.listen();
    model.on("change:placed", () => this.placedAgain());
    this.paint();
    typeset(model, this.root);
    attached(el).then(() => this.remember());
  }

  field(look, k) {
    const refuse = (text) => (this.why.textContent = text);
    const field = FIELDS[look.kind](look, look.label, (hand) => this.picked(k, hand), refuse);
    const set = made(`<fieldset${look.label ? "" : ' aria-label="your bet"'}><legend>${look.label}</legend></fieldset>`);
    set.append(field.root);
    this.root.querySelector(".box-fields").append(set);
    return { ...field, label: look.label };
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.votes) this.addHands();
      else this.place();
    });
    this.root.addEventListener("click", ({ target }) => {
      const { do: what } = target.closest("button")?.dataset ?? {};
      if (what) this[what]();
    });
    this.stage.root.addEventListener("keydown", (event) => this.press(event));
    new ResizeObserver(() => this.paintHands()).observe(this.stage.root); // in Large, or on another screen
  }

  /** Whether clicks and keys count hands. */
  get votes() {
    return this.stage.root.matches(".marl-large");
  }

  /** Whether it is more than the screen holds at once. */
  get full() {
    const { root } = this.stage;
    return root.matches(".marl-large:not(.marl-more)") && root.scrollHeight > root.clientHeight;
  }

  get placed() {
    return this.model.get("placed");
  }

  set(placed) {
    tell(this.model, "placed", { at: Date.now(), said: null, ...placed });
  }

  place() {
    this.why.textContent = "";
    const said = this.fields.map((field) => field.said());
    if (!said.includes(null)) this.set({ said, open: true });
    else this.why.textContent ||= "Say something first, or choose Show me.";
  }

  waive = () => this.set({ open: true });
  undo = () => this.hands.undo();

  /** Close it again, for the next class or another try. */
  back() {
    this.set({ open: false });
    this.form.querySelector("input, button").focus();
  }

  picked(k, hand) {
    if (!this.votes) return;
    this.hands.raise(k, hand);
    this.fields[k].show(null);
  }

  /** Hands for what is typed. */
  addHands() {
    this.why.textContent = "";
    this.fields.forEach((field, k) => {
      const said = field.clicked ? null : field.said();
      if (said === null) return;
      this.hands.raise(k, said);
      field.show(null);
    });
  }

  /** In a vote a digit is a hand for that choice, counted through all fields. */
  press(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (!this.votes || ctrlKey || metaKey || altKey || target.matches("[type=text]")) return;
    const hands = this.fields.flatMap((field, k) => (field.hands() ?? []).map((hand) => [k, hand]));
    const hand = /^[1-9]$/.test(key) && hands[key - 1];
    if (hand) this.hands.raise(...hand);
    if (key === "Backspace") this.undo();
    if (hand || key === "Backspace") event.preventDefault();
  }

  /** Find what this page knows of the bet: here, on this notebook. */
  remember() {
    this.key = `marl bet ${whereabouts(this.root)} ${this.bet.name}`;
    const known = stored("localStorage", this.key);
    if (known?.at > this.placed.at && this.fits(known)) tell(this.model, "placed", known);
    else this.keep();
    this.hands.open(`${this.key} hands`);
  }

  /** Whether what was kept can be said in these fields. */
  fits({ said }) {
    if (!said) return true;
    if (said.length !== this.fields.length) return false;
    return this.fields.every((field, k) => !field.hands() || [said[k]].flat().every((one) => field.hands().includes(one)));
  }

  placedAgain() {
    this.keep();
    this.paint();
  }

  keep() {
    if (this.key && this.placed.at) store("localStorage", this.key, this.placed);
  }

  paint() {
    const { open, said } = this.placed;
    const { rights } = this.bet;
    this.root.classList.toggle("box-open", open);
    this.answer.hidden = !open;
    this.fields.forEach((field, k) => (said || open) && field.show(said?.[k] ?? null, open ? rights[k] : null));
    for (const set of this.form.querySelectorAll("fieldset")) set.disabled = open;
    if (!open && this.was) this.fields.forEach((field) => field.show(null, null));
    this.was = open;
    this.verdict.innerHTML = open ? this.sentence() : "";
    if (open) typeset(this.model, this.verdict);
    this.paintHands();
  }

  sentence() {
    const { said } = this.placed;
    const { fields, rights, say } = this.bet;
    const back = ' <button type="button" data-do="back">Take back</button>';
    if (!said) return `<p>${say.charAt(0).toUpperCase()}${say.slice(1)}.${back}</p>`;
    const right = said.map((one, k) => isRight(rights[k], one));
    const good = right.every(Boolean);
    const count = right.filter(Boolean).length;
    const mark = good ? "✔ Right." : right.length > 1 && count ? `✘ ${count} of ${right.length} right.` : "✘ Not right.";
    const words = said.map((one, k) => {
      const text = [this.fields[k].words(one), this.fields[k].unit].filter(Boolean).join(" ");
      return `<b>${text}</b>${fields[k].label && ` (${fields[k].label})`}`;
    });
    return `<p><strong class="${good ? "box-good" : "box-bad"}">${mark}</strong> You said ${words.join(", ")}; ${say}.${back}</p>`;
  }

  paintHands() {
    this.hands?.paint(this.placed.open ? this.bet.rights : null);
  }
}

export default {
  render({ model, el }) {
    new Box(model, el);
  },
};
