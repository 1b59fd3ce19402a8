// Pieces of drawings in SVG, and numbers that Python has rounded. On the page it follows numbers.js in one module.

/** An SVG element; a `class` gives it its colours, which film.css has. */
function mark(name, attributes, content = "") {
  const said = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<${name}${said.join("")}>${content}</${name}>`;
}

const words = (x, y, text, kind = "", anchor = "middle") =>
  mark("text", { x, y, class: kind, "text-anchor": anchor, dy: "0.35em" }, escaped(String(text)));
const line = (x1, y1, x2, y2, kind = "film-grid") => mark("line", { x1, y1, x2, y2, class: kind });
const box = (x, y, width, height, kind) => mark("rect", { x, y, width, height, class: kind });

/** A cell of a table: what is inside has the colours of that heat, from 0 to 1. */
const heated = (heat, inside) => mark("g", { style: `--heat: ${heat.toFixed(3)}` }, inside);

/** A drawing of that size in pixels, which is never scaled: so its text stays readable. */
const svg = (width, height, content) =>
  mark("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": true }, content);

/** A number that Python has rounded to what it prints of it, as `plots.base.decimals` prints it. */
function printed(value) {
  if (Math.abs(value) >= 1e7) return exponential(value, 2);
  const [figures, power] = String(value).split("e-");
  if (power === undefined) return figures;
  const [, sign, whole] = figures.replace(".", "").match(/^(-?)(\d+)$/);
  return `${sign}0.${"0".repeat(power - 1)}${whole}`;
}

/** About how wide a text of 13 pixels is. */
const widthOf = (text) => [...String(text)].reduce((sum, letter) => sum + (/[-.[\] ,il1]/.test(letter) ? 5 : 7.6), 0);

/** The heat of a value in its range: 0 for the least, 1 for the most. */
const heatOf = (value, low, high) => (high > low ? (value - low) / (high - low) : 0);

/** An agent: a numbered disc, `ring` around it if it has one. */
function disc(x, y, agent, radius, ring = "") {
  const around = ring && mark("circle", { cx: x, cy: y, r: radius * 1.3, class: ring });
  const size = radius > 11 ? "film-number" : "film-number film-small";
  return around + mark("circle", { cx: x, cy: y, r: radius, class: "film-agent" }) + words(x, y, agent + 1, size);
}

const HEADINGS = { right: [1, 0], up: [0, -1], left: [-1, 0], down: [0, 1] }; // as seen on the page

/** From there into an action's direction, if it has one. */
function arrow(x, y, action, length) {
  if (!(action in HEADINGS)) return "";
  const [right, down] = HEADINGS[action];
  const [tipX, tipY] = [x + length * right, y + length * down];
  const side = ([along, across]) => `${tipX - along * right - across * down},${tipY - along * down + across * right}`;
  const head = mark("polygon", { points: [[0, 0], [9, 5], [9, -5]].map(side).join(" "), class: "film-head" });
  return line(x, y, tipX - 6 * right, tipY - 6 * down, "film-arrow") + head;
}
