// A panel that shows the HTML made in Python. Beside a RewardTable it says when that HTML is older than the table.

const PATIENCE = { edited: 2000, unfinished: 10000 }; // milliseconds until a silent Python is worth a word
const MEANING = { edited: "these cards belong to the table before the edit", unfinished: "these cards are unfinished" };

const nameOf = (details) => details.closest("[aria-label]")?.getAttribute("aria-label");

class PanelView {
  opened = new Set(); // names of the <details> that are open, which stay so when the content changes
  doubt = ""; // what is wrong with the content if Python stays silent: "edited", "unfinished" or ""

  constructor(model, root) {
    Object.assign(this, { model, root });
    root.className = "marl-panel";
    root.innerHTML = `<p class="marl-notice" role="status"></p><div aria-live="polite"></div>`;
    [this.notice, this.content] = root.children;
    root.addEventListener("marl-edit", () => this.doubt !== "edited" && this.expect("edited"));
    root.addEventListener("toggle", ({ target }) => this.opened[target.open ? "add" : "delete"](nameOf(target)), true);
    model.on("change:html", () => this.paint());
    this.paint();
  }

  /** Show the HTML of the moment: Python's answer to the last edit, or a step on the way to it. */
  paint() {
    const { content } = this;
    const focused = content.contains(this.active) ? nameOf(this.active) : undefined;
    content.innerHTML = this.model.get("html");
    for (const details of content.querySelectorAll("details")) {
      details.open = this.opened.has(nameOf(details));
      if (focused === nameOf(details)) details.querySelector("summary").focus({ preventScroll: true });
    }
    const learning = content.querySelector("progress") !== null;
    content.ariaBusy = learning; // a screen reader waits for the verdict
    this.say("");
    this.expect(learning ? "unfinished" : "");
  }

  get active() {
    return this.root.getRootNode().activeElement;
  }

  say(text) {
    if (this.notice.textContent !== text) this.notice.textContent = text; // announced when it changes only
    this.content.classList.toggle("marl-stale", text !== "");
  }

  /** Wait for Python's next word, and say what its silence means once it has lasted. */
  expect(doubt) {
    this.doubt = doubt;
    clearTimeout(this.timer);
    if (doubt) this.timer = setTimeout(() => this.tell(), PATIENCE[doubt]);
  }

  tell() {
    const busy = this.model.widget_manager?.kernel?.status === "busy"; // JupyterLab knows, others may not
    const [why, remedy] = busy ? ["is busy elsewhere", "They follow."] : ["has not answered", "Run their cell again, and those above it."];
    this.say(`Python ${why}: ${MEANING[this.doubt]}. ${remedy}`);
    this.expect(this.doubt); // whether it is busy may change
  }
}

export default {
  render({ model, el }) {
    const view = new PanelView(model, el.appendChild(document.createElement("div")));
    return () => clearTimeout(view.timer);
  },
};
