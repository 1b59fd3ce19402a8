// What keys mean in a RewardTable. On the page this file follows skeleton.js in one module.

const LETTERS = { r: "reset", l: "large" }; // no number has them
const isCell = (node) => "cell" in node.dataset;
const place = (cell) => cell.dataset.cell.split(",").map(Number);
const isText = (node) => isCell(node) && /[a-df-z]/i.test(node.value); // nonsense goes on with any letter

const STEPS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Enter: [1, 0] };

/** The step on which a key leaves its cell, if it does: sideways only from the text's edge, or when all is selected. */
function stepOf({ key, shiftKey, target: { selectionStart: start, selectionEnd: end, value } }) {
  if (key === "Enter" && shiftKey) return STEPS.ArrowUp;
  const inside = { ArrowLeft: end > 0, ArrowRight: start < value.length }[key] && end - start < value.length;
  return shiftKey || inside ? undefined : STEPS[key];
}

/** Give a laboratory the clicks and keys that fall between its parts, which would otherwise edit the notebook. */
function claim(lab) {
  lab.tabIndex = -1;
  lab.addEventListener("keydown", (event) => forward(event, lab));
}

/** Keep from the notebook what would edit it, and let the table act on its own keys. */
function forward(event, lab) {
  const { key } = event;
  const command = event.ctrlKey || event.metaKey || event.altKey;
  if (command ? !/^[zy]$/i.test(key) : key.length > 1 && (key !== "Enter" || event.shiftKey)) return;
  event.stopPropagation();
  const table = lab.querySelector(".marl-reward-table");
  if (key !== "Enter" && key !== " ") table?.dispatchEvent(new KeyboardEvent("keydown", event));
}
