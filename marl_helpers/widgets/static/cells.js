// Joint actions, and the cells of tables that show their values. On the page this file follows numbers.js.

const TOLERANCE = 1e-9; // of a spread: values that are closer are equal, as in exact.rankings

const spreadOf = (values) => Math.max(...values) - Math.min(...values);
const range = (count) => Array.from({ length: count }, (_, k) => k);

/** All ways to take one of each list, the last changing fastest. */
const product = (lists) => lists.reduce((ways, list) => ways.flatMap((way) => list.map((one) => [...way, one])), [[]]);

/** Where a value lies between two others, 0 to 1: the colour of its cell. */
const heat = (value, low, high) => fixed(steady((value - low) / (high - low || 1)), 2);

/** A cell's text: * marks an optimum, [ ] what the team plays. */
function label(value, places, optimal, played) {
  const text = decimals(value, places) + (optimal ? "*" : "");
  return played ? `[${text}]` : text;
}
