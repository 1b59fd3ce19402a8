// Reward tables on the page: pure functions on lists of rows, their text, and the history of edits.

const DECIMAL = String.raw`(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?`;
const NUMBER = new RegExp(`^([+-]?${DECIMAL})(?:/(${DECIMAL}))?$`, "i"); // as games/tables.py has it

/** The number that a text spells, such as 2.5 or 1/3 (a typographic minus counts as one), or null. */
export function parseNumber(text) {
  const [, above, below = 1] = text.trim().replace("\u2212", "-").match(NUMBER) ?? [];
  return above === undefined || Number(below) === 0 ? null : Number(above) / Number(below) + 0; // + 0 turns -0 into 0
}

/** Why a text cannot be a reward, with the remedy; "" when it can. */
export function fault(text, largest) {
  const [value, entry] = [parseNumber(text), text.trim().slice(0, 24)];
  if (value !== null && Math.abs(value) <= largest) return "";
  if (value !== null) return `${entry} is too large: give a number between ±${largest.toLocaleString("en")}`;
  if (!entry) return "the entry is empty: type a number, such as 2.5 or 1/3";
  if (NUMBER.test(entry)) return `${entry} divides by zero: give a denominator other than 0`;
  const pointed = entry.replaceAll(",", ".");
  if (NUMBER.test(pointed)) return `${entry} has a comma: write ${pointed} with a point`;
  return `“${entry}” is not a finite number: type one, such as 2.5 or 1/3`;
}

/** Short text for a cell that is not being edited; focus and the tooltip show the whole number. */
export function shortText(value) {
  if (String(value).length <= 7) return String(value);
  const rounded = Number(value.toPrecision(4));
  return String(rounded).length <= 8 ? String(rounded) : rounded.toExponential();
}

export const shapeOf = (table) => [table.length, table[0].length];
export const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
export const share = (table) => `game(${shapeOf(table).join("x")}: ${table.map((row) => row.join(" ")).join(", ")})`;

/** The rewards that are optimal: those within the tolerance, as a share of the table's spread, of the largest. */
export function isBest(table, tolerance) {
  const [low, high] = [Math.min(...table.flat()), Math.max(...table.flat())];
  return (value) => value >= high - tolerance * (high - low);
}

export const gameName = (table, games) => Object.keys(games).find((name) => same(games[name], table)) ?? "";

/** The table cut to, or filled with zeros up to, so many rows and columns. */
export function resized(table, rows, columns) {
  return Array.from({ length: rows }, (_, r) => Array.from({ length: columns }, (_, c) => table[r]?.[c] ?? 0));
}

/** The table with a block written over it from cell (i, j) on; where the block sticks out the table grows. */
export function withBlock(table, i, j, block) {
  const [rows, columns] = shapeOf(table);
  const grown = resized(table, Math.max(rows, i + block.length), Math.max(columns, j + block[0].length));
  return grown.map((row, r) => row.map((value, c) => block[r - i]?.[c - j] ?? value));
}

/** Why so many actions cannot be shown; "" when they can. */
export function sizeFault(table, { fewest, most }) {
  if (shapeOf(table).every((size) => fewest <= size && size <= most)) return "";
  return `${shapeOf(table).join("x")} actions do not fit: this table shows ${fewest} to ${most} for each agent`;
}

/** The words of a share line as {rows}, or {why} it cannot be used. */
function shareWords(line) {
  const match = line.match(/^game\(\s*(\d+(?:x\d+)*)\s*:([^()]*)\)$/);
  if (!match) return { why: "the share line is damaged: copy it whole, closing bracket included" };
  const [count, columns, ...others] = match[1].split("x").map(Number);
  if (!columns || others.length) return { why: `a ${match[1]} game does not fit: this table is for two agents` };
  const rows = match[2].split(",").map((row) => row.split(/\s+/).filter(Boolean));
  if (rows.length === count && rows.every((row) => row.length === columns)) return { rows };
  const words = rows.flat().length;
  const why = words === count * columns ? `but has a row that is not ${columns} long` : `rewards but holds ${words}`;
  return { why: `the share line promises ${match[1]} ${why}: copy the whole line` };
}

/** The words of spreadsheet cells, separated by tabs, else by semicolons, else by commas, as {rows}, or {why} not. */
function blockWords(text) {
  const separator = ["\t", ";"].find((one) => text.includes(one)) ?? ","; // "6,5;4,5" has decimal commas
  const rows = text.replace(/\s*[\r\n]\s*$/, "").split(/\r?\n/).map((line) => line.split(separator));
  if (rows.every((row) => row.length === rows[0].length)) return { rows };
  return { why: "the pasted rows differ in length: copy a rectangular block of cells" };
}

/** What a pasted text holds: {table} of a share line, {block} of spreadsheet cells, {why} neither can be used, or
 * null for a single entry. "2,5" is one, since it may have a decimal comma: the cell says what to do about it. */
export function readPaste(text, largest) {
  const line = text.trim();
  const shared = /^game\b/.test(line);
  if (!shared && (!/[\t\n,;]/.test(line) || /^[^\s,;]*,[^\s,;]*$/.test(line))) return null;
  const { rows, why } = shared ? shareWords(line) : blockWords(text);
  if (why) return { why };
  const wrong = rows.flatMap((row, r) => row.map((word, c) => [fault(word, largest), r, c])).find(([why]) => why);
  if (wrong) return { why: `row ${wrong[1] + 1}, column ${wrong[2] + 1} of the pasted text: ${wrong[0]}` };
  return { [shared ? "table" : "block"]: rows.map((row) => row.map(parseNumber)) };
}

// A history of states is {past, present, future, key}; changes with one key (a cell being typed in) are one step.
export const begin = (state) => ({ past: [], present: state, future: [], key: null });

export function record(history, state, key = null) {
  const { past, present } = history;
  if (same(present, state)) return history;
  const typing = key !== null && key === history.key;
  if (typing && same(past.at(-1), state)) return { past: past.slice(0, -1), present: state, future: [], key: null };
  return { past: typing ? past : [...past, present].slice(-200), present: state, future: [], key };
}

export function undone(history) {
  const { past, present, future } = history;
  if (!past.length) return history;
  return { past: past.slice(0, -1), present: past.at(-1), future: [present, ...future], key: null };
}

export function redone(history) {
  const { past, present, future } = history;
  if (!future.length) return history;
  return { past: [...past, present], present: future[0], future: future.slice(1), key: null };
}

const STATE = ["table", "settings"]; // what an edit changes, and a history restores
const stateOf = (model) => Object.fromEntries(STATE.map((name) => [name, model.get(name)]));

/** A widget whose views share one history of edits; build(model, root, store) makes a view, and returns its end. */
function withHistory(build) {
  return () => {
    const store = {};
    return {
      initialize({ model }) {
        store.history = begin(stateOf(model));
        model.on("change:table change:settings", () => (store.history = record(store.history, stateOf(model))));
      },
      render: ({ model, el }) => build(model, el.appendChild(document.createElement("div")), store),
    };
  };
}
