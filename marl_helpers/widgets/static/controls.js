// Controls for whatever answers on the page: a slider, a choice, a menu and a checkbox, each {root, show(value)}, which
// tell the value they are moved to; and the stage that holds them above the answer.

function made(html) {
  const box = document.createElement("div");
  box.innerHTML = html;
  return box.firstElementChild;
}

/** Set a trait, of which Python hears where there is one. */
function tell(model, name, value) {
  model.set(name, value);
  model.save_changes();
}

/** A slider with what it stands at, in words; `tell` hears of every step while it is dragged. */
function slider({ label, min, max, step, words = String, tell }) {
  const root = made(`<div class="marl-control"><label><span>${label}</span>
    <input type="range" min="${min}" max="${max}" step="${step}"></label><output></output></div>`);
  const [input, output] = [root.querySelector("input"), root.querySelector("output")];
  input.addEventListener("input", () => tell(Number(input.value)));
  const show = (value) => {
    input.value = value;
    output.textContent = words(value);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  return { root, show };
}

/** Radio buttons in a row: all values, [text, value] each, are in view. */
function choice({ label, values, tell }) {
  const group = `${label} ${Math.random()}`; // radio buttons of one name exclude each other, on the whole page
  const root = made(`<div class="marl-control marl-choice" role="radiogroup" aria-label="${label}">
    <span aria-hidden="true">${label}</span></div>`);
  const radios = values.map(([text, value]) => {
    const one = made(`<label><input type="radio" name="${group}"><span>${text}</span></label>`);
    one.firstChild.addEventListener("change", () => tell(value));
    root.append(one);
    return one.firstChild;
  });
  return { root, show: (value) => radios.forEach((radio, k) => (radio.checked = values[k][1] === value)) };
}

/** A menu of names. */
function menu({ label, names, tell }) {
  const root = made(`<div class="marl-control"><label><span>${label}</span> <select></select></label></div>`);
  const select = root.querySelector("select");
  select.append(...names.map((name) => new Option(name)));
  select.addEventListener("change", () => tell(select.value));
  select.addEventListener("wheel", () => select.blur(), { passive: true }); // some browsers let it change the value
  return { root, show: (name) => (select.value = name) };
}

function checkbox({ label, tell }) {
  const root = made(`<label class="marl-check"><input type="checkbox"><span>${label}</span></label>`);
  const [input] = root.children;
  input.addEventListener("change", () => tell(input.checked));
  return { root, show: (checked) => (input.checked = checked) };
}

/** Keep from the notebook the keys that it would take for its own. Letters go on to a laboratory around, if any. */
function keepKeys(root) {
  root.addEventListener("keydown", (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    const notOurs = ctrlKey || metaKey || altKey || key === "Tab" || key === "Escape" || (key === "Enter" && shiftKey);
    const letter = key.length === 1 && key !== " ";
    if (!notOurs && !(letter && root.closest(".marl-lab"))) event.stopPropagation();
  });
}

const nameOf = (part) => part.closest("[aria-label]")?.getAttribute("aria-label");

/** The place for a widget's controls, and below them for the answer. */
class Stage {
  pressed = false;
  opened = new Set(); // names of the cards whose <details> are open, which stay so when the answer changes

  constructor(model, el) {
    const root = made(`<div class="marl-stage"><div class="marl-controls"></div>
      <p class="marl-notice" role="alert"></p><div class="marl-answer"></div>
      <p class="marl-aside" role="status"></p></div>`);
    [this.controls, this.notice, this.answer, this.aside] = root.children;
    Object.assign(this, { model, root });
    this.answer.addEventListener("toggle", ({ target }) => this.toggled(target), true);
    this.answer.addEventListener("pointerdown", () => (this.pressed = true));
    for (const name of ["pointerup", "pointercancel"]) root.ownerDocument.addEventListener(name, () => this.release());
    keepKeys(root);
    if (!el.closest(".marl-lab")) this.enlarge(root);
    el.append(root);
    model.on("change:error", () => this.warn());
    this.warn();
  }

  /** Let a stage that stands alone be Large. */
  enlarge(root) {
    const large = new Large(root);
    root.tabIndex = -1; // a click beside the controls gives it the keys
    root.addEventListener("keydown", (event) => large.press(event));
    this.controls.append(large.button);
  }

  release() {
    if (!this.pressed) return;
    setTimeout(() => {
      this.pressed = false;
      const { later } = this;
      this.later = null;
      later?.();
    }, 50); // until the click has come, and word of what it toggled
  }

  toggled(details) {
    this.opened[details.open ? "add" : "delete"](nameOf(details));
  }

  /** Whether a pointer is down on the answer, whose click would be lost with what it meets; `later` comes after that. */
  wait(later) {
    if (this.pressed) this.later = later;
    return this.pressed;
  }

  /** Show an error: this page's, or else Python's. */
  warn(text = this.model.get("error") ?? "") {
    if (this.notice.textContent !== text) this.notice.textContent = text; // announced when it changes only
  }

  /** Let `draw` change what is shown; an error in it shows above. */
  change(draw) {
    try {
      draw();
      this.warn();
    } catch (error) {
      this.warn(String(error));
      throw error;
    }
  }

  /** Show the HTML that `draw` returns; what is open or focused in it stays so. A screen reader hears its headlines. */
  show(draw) {
    const { answer, aside } = this;
    const { activeElement } = answer.getRootNode();
    const focused = answer.contains(activeElement) ? nameOf(activeElement) : undefined;
    this.change(() => (answer.innerHTML = draw()));
    for (const details of answer.querySelectorAll("details")) {
      details.open = this.opened.has(nameOf(details));
      if (focused === nameOf(details)) details.querySelector("summary").focus({ preventScroll: true });
    }
    const said = [...answer.querySelectorAll("strong")].map((headline) => {
      const card = headline.closest(".marl-card");
      return `${card?.ariaLabel ? `${card.ariaLabel}: ` : ""}${headline.textContent}`;
    });
    if (aside.textContent !== said.join(". ")) aside.textContent = said.join(". ");
  }
}
