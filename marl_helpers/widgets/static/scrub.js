// A reward that follows the finger: press on a cell and drag up or down, or hold Alt and press an arrow key.

const PIXELS = 6; // of a drag for each step
const SLOP = 4; // pixels that a click may wander

/** One step: a power of ten, small beside the values' spread, so that 8 becomes 8.1. */
function stepSize(values) {
  const spread = Math.max(...values) - Math.min(...values) || Math.abs(values[0]) || 1;
  return 10 ** Math.floor(Math.log10(spread / 25));
}

/** A reward so many steps away, on the steps' own grid. */
function stepped(value, steps, size, largest) {
  const moved = Number(((Math.round(value / size) + steps) * size).toPrecision(12)); // no 0.30000000000000004
  return Math.min(Math.max(moved, -largest), largest) + 0;
}

/** Both ways for a View. A drag is one step of its history, and so are the presses of a key in one cell. */
class Scrub {
  drag = null; // the cell under the finger, where it went down, the reward there, and the size of a step then

  constructor(view) {
    Object.assign(this, { view, root: view.root });
    for (const name of ["down", "move", "up", "cancel"]) {
      this.root.addEventListener(`pointer${name}`, (event) => this[name](event));
    }
    this.root.addEventListener("keydown", (event) => this.press(event), true); // before the view lets Alt pass
  }

  /** Whether a cell holds a number that may be scrubbed: none that is being typed or was refused. */
  isFree(cell) {
    return isCell(cell) && !this.view.refused.has(cell) && !fault(cell.value, this.view.rules.largest);
  }

  write(cell, value, steps, size, key) {
    this.view.write(cell, stepped(value, steps, size, this.view.rules.largest), key);
  }

  down({ target: cell, button, clientY: from, pointerId, pointerType }) {
    if (button !== 0 || !this.isFree(cell) || this.view.entry.cell === cell) return;
    if (pointerType === "touch" && cell !== this.view.active) return; // a swipe over the table scrolls the page
    const [i, j] = place(cell);
    this.drag = { cell, from, pointerId, value: this.view.valueAt(i, j), size: stepSize(this.view.near(i, j)), key: null };
  }

  move({ pointerId, clientY, buttons }) {
    const { drag } = this;
    if (pointerId !== drag?.pointerId) return;
    if (!buttons) return this.up({ pointerId }); // it was released elsewhere
    const up = drag.from - clientY;
    if (!drag.key && Math.abs(up) < SLOP) return;
    if (!drag.key) {
      drag.key = Symbol("drag");
      drag.cell.setPointerCapture(pointerId);
      this.root.classList.add("rt-scrubs");
    }
    this.write(drag.cell, drag.value, Math.round(up / PIXELS), drag.size, drag.key);
  }

  up({ pointerId }) {
    if (pointerId !== this.drag?.pointerId) return;
    this.drag = null;
    this.root.classList.remove("rt-scrubs");
  }

  cancel(event) {
    this.up(event);
  }

  press(event) {
    const { key, altKey, target: cell } = event;
    if (!altKey || !/^Arrow(Up|Down)$/.test(key) || !this.isFree(cell)) return;
    event.preventDefault();
    event.stopPropagation(); // the notebook must not move its own cell
    const [i, j] = place(cell);
    if (this.pressed?.cell !== cell) this.pressed = { cell, key: Symbol("keys") };
    this.view.entry = {};
    const size = stepSize(this.view.near(i, j));
    this.write(cell, this.view.valueAt(i, j), key === "ArrowUp" ? 1 : -1, size, this.pressed.key);
  }
}
