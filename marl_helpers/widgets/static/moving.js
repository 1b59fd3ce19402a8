// Handles on maps and axes, moved by mouse, touch and keys. On the page this file follows controls.js in one module.

/** Follow the pointer on a field: `moved` hears of its place there, across and up, each from 0 to 1. */
function follow(field, moved) {
  const go = ({ clientX, clientY }) => {
    const { left, bottom, width, height } = field.getBoundingClientRect();
    const part = (share) => Math.min(Math.max(share, 0), 1);
    moved(part((clientX - left) / width), part((bottom - clientY) / height));
  };
  field.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    field.setPointerCapture(event.pointerId);
    event.preventDefault(); // no text is selected; the focus is given by hand
    field.querySelector("[role=slider]")?.focus({ preventScroll: true });
    go(event);
  });
  field.addEventListener("pointermove", (event) => field.hasPointerCapture(event.pointerId) && go(event));
}

const MOVES = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
Object.assign(MOVES, { PageUp: [0, 10], PageDown: [0, -10], Home: [-Infinity, 0], End: [Infinity, 0] });

/** Let keys move a handle: `moved` hears of steps across and up; with Shift an arrow counts for ten. */
function onKeys(handle, moved) {
  handle.addEventListener("keydown", (event) => {
    const { key, shiftKey, ctrlKey, metaKey, altKey } = event;
    if (!(key in MOVES) || ctrlKey || metaKey || altKey) return;
    event.preventDefault();
    moved(...MOVES[key].map((steps) => steps * (shiftKey ? 10 : 1)));
  });
}

/** So many hundredths further, on their grid, from 0 to `most`. */
function moveBy(value, steps, most) {
  if (!steps) return value;
  const grid = steps > 0 ? Math.floor(100 * value + 1e-6) : Math.ceil(100 * value - 1e-6);
  return Math.min(Math.max((grid + steps) / 100, 0), most);
}

/** The hundredth at a share of the way to `most`. */
const hundredth = (share, most) => Math.min(Math.round(100 * share * most) / 100, most);

const percent = (value, most) => `${fixed((100 * value) / most, 3)}%`;

/** The marks of an axis from 0 to `most`. */
function axis(most) {
  const whole = 10 ** Math.ceil(Math.log10(most) - 1e-9);
  const size = [0.025, 0.05, 0.1, 0.2, 0.25].map((part) => part * whole).find((one) => most / one <= 4.01);
  const marks = Array.from({ length: Math.floor(most / size + 1e-9) + 1 }, (_, k) => k * size);
  const at = marks.map((mark) => `<span style="left: ${percent(mark, most)}">${general(mark, 3)}</span>`);
  return `<div class="marl-axis" aria-hidden="true">${at.join("")}</div>`;
}

const SLICE = 12; // milliseconds of work between two pauses, in which the page can move

/** Do some work for each of these without holding up the page; false where it was `ended` before the last. */
async function gently(items, work, ended) {
  let since = performance.now();
  for (const item of items) {
    if (performance.now() - since > SLICE) {
      await new Promise((resolve) => setTimeout(resolve));
      since = performance.now();
    }
    if (ended()) return false;
    work(item);
  }
  return true;
}
