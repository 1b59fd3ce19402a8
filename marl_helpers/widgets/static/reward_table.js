// RewardTable's view. On the page this file follows table.js, skeleton.js, keys.js and scrub.js in one module.

const EVENTS = ["change", "click", "contextmenu", "focusin", "focusout", "input", "keydown", "mousedown", "paste"];

/** One view of the model. A method named after an event handles it for all elements of the view. */
class View {
  entry = {}; // the cell being typed in, its reward before, and the key of its step in the history
  refused = new Map(); // cell -> why its text is not in the table
  note = { text: "", bad: false }; // what came of the last button or paste

  constructor(model, root, store) {
    Object.assign(this, { model, root, store, rules: model.get("_rules") });
    root.className = "marl-reward-table";
    root.tabIndex = -1; // a click beside the controls keeps the keys here, away from the notebook
    root.innerHTML = skeleton(this.rules);
    if (this.lab !== root) claim(this.lab);
    this.hall = new Large(this.lab);
    root.querySelector("[data-do=reset]").after(this.hall.button);
    this.cells = [...root.querySelectorAll("[data-cell]")];
    this.menu = root.querySelector("select");
    this.menu.append(...Object.keys(this.rules.games).map((name) => new Option(name)));
    for (const name of EVENTS) root.addEventListener(name, (event) => this[name](event));
    new Scrub(this);
    // Some browsers let the wheel over a focused menu change its value.
    this.menu.addEventListener("wheel", () => this.menu.blur(), { passive: true });
    model.on("change:table change:settings change:message change:failed", () => this.paint());
    this.paint();
  }

  get table() {
    return this.model.get("table");
  }

  get settings() {
    return this.model.get("settings");
  }

  /** The laboratory around this view, or the view alone. */
  get lab() {
    return this.root.closest(".marl-lab") ?? this.root;
  }

  get active() {
    return this.root.getRootNode().activeElement;
  }

  /** The number at (i, j), where there is one. */
  valueAt(i, j) {
    return this.table[i]?.[j];
  }

  /** The state with another number there. */
  written(i, j, value) {
    return { table: withBlock(this.table, i, j, [[value]]), settings: this.settings };
  }

  /** The numbers that one there is compared with: of their spread a step of it is a share. */
  near(_i, _j) {
    return this.table.flat();
  }

  /** Make a history's present the model's state: one change for Python and for every view. */
  show(history) {
    for (const name of STATE) this.model.set(name, history.present[name]);
    this.store.history = history; // set last: each set() above has recorded a step of its own
    this.model.save_changes();
    this.paint();
  }

  /** Show a history in place of whatever was being typed. */
  leap(history) {
    this.entry = {};
    this.refused.clear();
    this.note = { text: "", bad: false };
    this.show(history);
  }

  replace(table, settings = this.settings) {
    const why = sizeFault(table, this.rules);
    if (why) this.say(why, true);
    else this.leap(record(this.store.history, { table, settings }));
  }

  /** Write one reward; writes with the same key are one step of the history. */
  write(cell, value, key) {
    this.show(record(this.store.history, this.written(...place(cell), value), key));
  }

  say(text, bad = false) {
    this.note = { text, bad };
    this.paint();
  }

  // What the buttons do.
  undo = () => this.leap(undone(this.store.history));
  redo = () => this.leap(redone(this.store.history));
  reset = () => this.replace(this.rules.start.table, this.rules.start.settings);
  more = (agent) => this.grow(agent, 1);
  fewer = (agent) => this.grow(agent, -1);

  large = () => this.hall.toggle();

  grow(agent, change) {
    const shape = shapeOf(this.table);
    shape[agent - 1] += change;
    this.replace(resized(this.table, ...shape));
  }

  async copy() {
    const line = this.root.querySelector(".rt-line");
    line.focus(); // shows what is copied; a page that may not write to the clipboard leaves it to Ctrl+C
    const copied = await navigator.clipboard?.writeText(line.value).then(() => true, () => false);
    this.say(copied ? "copied" : "this page may not write to the clipboard: press Ctrl+C", !copied);
  }

  async fetch() {
    const text = await navigator.clipboard?.readText().catch(() => null);
    if (text == null) this.say("this page may not read the clipboard: click a cell and press Ctrl+V", true);
    else if (!this.take(text, 0, 0)) this.say("the clipboard holds neither a share line nor spreadsheet cells", true);
  }

  /** Take a pasted text as a table, or as a block from cell (i, j) on; false where it is a single entry. */
  take(text, i, j) {
    const pasted = readPaste(text, this.rules.largest);
    if (pasted?.why) this.say(pasted.why, true);
    else if (pasted) this.replace(pasted.table ?? withBlock(this.table, i, j, pasted.block));
    return pasted !== null;
  }

  /** Judge what was typed in a cell; false when it is refused: the text stays, and the reward is as before. */
  commit(cell) {
    const { before, key } = this.entry;
    if (this.entry.cell === cell) {
      const why = fault(cell.value, this.rules.largest);
      this.entry = {};
      if (why) {
        this.refused.set(cell, `${why}, or press Escape in its cell to keep ${before}`);
        this.write(cell, before, key);
      }
    }
    this.paint();
    return !this.refused.has(cell);
  }

  /** Give a cell its reward back; where it has it, the key means something else to whatever is around. */
  escape(event) {
    const { target } = event;
    if (this.entry.cell === target || this.refused.has(target)) event.preventDefault();
    this.restore(target);
  }

  restore(cell) {
    const { before, key } = this.entry.cell === cell ? this.entry : {};
    this.entry = {};
    this.refused.delete(cell);
    if (key) this.write(cell, before, key);
    this.paint();
    cell.select();
  }

  /** Focus the cell at (i, j), or the nearest one shown. */
  focus(i, j) {
    const [row, column] = shapeOf(this.table).map((size, axis) => Math.max(Math.min([i, j][axis], size - 1), -1));
    const at = (...spot) => this.cells.find((one) => one.dataset.cell === String(spot));
    const cell = at(row, column) ?? at(Math.max(row, 0), Math.max(column, 0));
    cell.focus();
    cell.select();
  }

  change({ target }) {
    const { choice } = target.dataset;
    if (target === this.menu) this.replace(this.rules.games[this.menu.value]);
    else if (choice) this.replace(this.table, { ...this.settings, [choice]: this.rules.choices[choice][target.value] });
  }

  click({ target }) {
    const [action, agent] = target.closest("[data-do]")?.dataset.do.split(" ") ?? [];
    if (action) this[action](agent);
  }

  contextmenu(event) {
    if (event.target.matches("input")) event.stopPropagation(); // leaves the browser's own menu, which can paste
  }

  focusin({ target }) {
    this.paint();
    if (isCell(target) || target.matches(".rt-line")) target.select();
  }

  focusout({ target }) {
    if (isCell(target)) this.commit(target);
  }

  input({ target: cell }) {
    if (!isCell(cell)) return;
    const [i, j] = place(cell);
    if (this.entry.cell !== cell) this.entry = { cell, before: this.valueAt(i, j), key: Symbol("entry") };
    if (fault(cell.value, this.rules.largest)) return; // perhaps half typed: commit() will judge it
    this.refused.delete(cell);
    this.note = { text: "", bad: false };
    this.write(cell, parseNumber(cell.value), this.entry.key);
  }

  keydown(event) {
    const { key, target, shiftKey, altKey } = event;
    const command = event.ctrlKey || event.metaKey || altKey;
    const history = command && !altKey && /^[zy]$/i.test(key);
    if (command && !history && key !== "Enter") return; // the browser's or the notebook's
    event.stopPropagation(); // ours: the notebook must not act on it too
    if (history) {
      event.preventDefault();
      if (isCell(target) && fault(target.value, this.rules.largest)) this.restore(target);
      else if (shiftKey || /y/i.test(key)) this.redo();
      else this.undo();
    } else if (LETTERS[key.toLowerCase()] && !command && target !== this.menu && !isText(target)) {
      event.preventDefault();
      this[LETTERS[key.toLowerCase()]]();
    } else if (isCell(target)) {
      if (key === "Escape") this.escape(event);
      const [i, j] = place(target);
      const [down, right] = stepOf(event) ?? [];
      if (down === undefined) return;
      event.preventDefault();
      if (this.commit(target)) this.focus(i + down, j + right);
    }
  }

  mousedown(event) {
    const cell = event.target; // selects the whole reward; a double click, or one while typing, places the caret
    if (!isCell(cell) || event.detail > 1 || this.entry.cell === cell) return;
    event.preventDefault();
    this.focus(...place(cell));
  }

  paste(event) {
    const [i, j] = isCell(event.target) ? place(event.target) : [0, 0];
    if (this.take(event.clipboardData.getData("text"), i, j)) event.preventDefault();
    event.stopPropagation();
  }

  /** Show the model and the messages. */
  paint() {
    const { root, table, settings, note, store, rules } = this;
    const [rows, columns] = shapeOf(table);
    root.querySelectorAll("tbody tr").forEach((row, i) => (row.hidden = i >= rows));
    root.querySelectorAll("th[scope=col]").forEach((head, j) => (head.hidden = j >= columns));
    root.querySelector(".rt-side").rowSpan = rows;
    root.querySelector(".rt-top").colSpan = columns;
    this.paintCells(table);
    this.menu.value = gameName(table, rules.games);
    root.querySelector(".rt-line").value = share(table);
    for (const radio of root.querySelectorAll("[data-choice]")) {
      const { choice } = radio.dataset;
      radio.checked = rules.choices[choice][radio.value] === settings[choice];
    }
    root.querySelector("[data-do=undo]").setAttribute("aria-disabled", !store.history.past.length);
    root.querySelector("[data-do=redo]").setAttribute("aria-disabled", !store.history.future.length);
    const python = { text: this.model.get("message"), bad: this.model.get("failed") };
    const refusals = [...this.refused.values()].map((text) => ({ text, bad: true }));
    for (const [part, bad] of [["alert", true], ["status", false]]) {
      const texts = [...refusals, note, python].filter((said) => said.bad === bad && said.text);
      const text = texts.map((said) => said.text).join("\n");
      const line = root.querySelector(`[role=${part}]`);
      if (line.textContent !== text) line.textContent = text; // announced when it changes only
    }
  }

  /** Show the rewards; a text that is being typed or was refused stays as it is. */
  paintCells(table) {
    const [low, high] = [Math.min(...table.flat()), Math.max(...table.flat())];
    const best = isBest(table, this.rules.tolerance);
    const { active } = this; // hiding it would lose the focus
    for (const cell of this.cells) {
      const [i, j] = place(cell);
      const value = this.valueAt(i, j);
      cell.parentNode.hidden = value === undefined;
      if (value === undefined) {
        this.refused.delete(cell);
        if (this.entry.cell === cell) this.entry = {};
      } else if (i < 0 || j < 0) this.paintCell(cell, value, value === Math.max(...this.near(i, j)), 0);
      else this.paintCell(cell, value, best(value), high > low ? (value - low) / (high - low) : 0);
    }
    if (this.cells.includes(active) && active.parentNode.hidden) this.focus(...place(active));
  }

  paintCell(cell, value, best, heat) {
    const text = cell === this.active ? String(value) : shortText(value);
    const refused = this.refused.has(cell);
    const fraction = cell.value.includes("/") && parseNumber(cell.value) === value; // stays as it was typed
    if (cell.value !== text && !fraction && this.entry.cell !== cell && !refused) {
      cell.value = text;
      if (cell === this.active) cell.select();
    }
    cell.title = best ? `${value}, ${this.rules.words.best}` : `${value}`;
    if (refused) cell.setAttribute("aria-invalid", "true");
    else cell.removeAttribute("aria-invalid");
    cell.parentNode.classList.toggle("rt-best", best);
    cell.parentNode.style.setProperty("--heat", heat);
  }
}
