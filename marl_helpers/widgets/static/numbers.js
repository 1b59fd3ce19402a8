// Numbers and joint actions as Python prints them: of two texts that are as near, the one with the even digit.

/** The first digits of a number above 0 as [digits, exponent], rounded. */
function leadingDigits(size, count) {
  const split = (places) => size.toExponential(places).replace(".", "").split("e");
  const [near, exponent] = split(count - 1);
  if (split(count)[0].at(-1) !== "5") return [near, Number(exponent)];
  const [long, place] = split(60); // a double so near to a tie is one
  const tie = /^50*$/.test(long.slice(count)) && long[count - 1] % 2 === 0;
  return tie ? [long.slice(0, count), Number(place)] : [near, Number(exponent)];
}

const signOf = (value) => (value < 0 || Object.is(value, -0) ? "-" : "");
const unended = (text) => (text.includes(".") ? text.replace(/\.?0+$/, "") : text);

/** f"{value:.{places}e}" */
function exponential(value, places) {
  const [digits, exponent] = value ? leadingDigits(Math.abs(value), places + 1) : ["0".repeat(places + 1), 0];
  return signOf(value) + pointed(digits, 1) + `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

const pointed = (digits, place) => (place < digits.length ? `${digits.slice(0, place)}.${digits.slice(place)}` : digits);

/** f"{value:.{digits}g}" */
function general(value, digits) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : `${signOf(value)}inf`;
  if (value === 0) return `${signOf(value)}0`;
  const [found, exponent] = leadingDigits(Math.abs(value), digits);
  if (exponent < -4 || exponent >= digits) return exponential(value, digits - 1).replace(/\.?0*e/, "e");
  const padded = exponent < 0 ? "0".repeat(-exponent) + found : found;
  return signOf(value) + unended(pointed(padded, Math.max(exponent, 0) + 1));
}

/** f"{value:.{places}f}" */
function fixed(value, places) {
  const near = value.toFixed(places);
  const tie = Math.abs((value * 2 ** (places + 1)) % 2) === 1;
  const text = tie && near.at(-1) % 2 ? (value * (1 - Number.EPSILON)).toFixed(places) : near;
  return signOf(value) && !text.startsWith("-") ? `-${text}` : text;
}

/** A value without what rounding left in its last digits, which must not decide how it is shown. */
const steady = (value) => (Number.isFinite(value) ? Number(general(value, 10)) : value);

/** How many decimals tell values of that spread apart, as plots.base.places. */
function placesFor(values) {
  const spread = steady(Math.max(...values) - Math.min(...values));
  const least = spread < 1000 ? 1 : 0;
  if (spread === 0) return least;
  return Math.min(Math.max(1 - Number(spread.toExponential().split("e")[1]), least), 9);
}

/** A value to that many decimals, as plots.base.decimals. */
function decimals(value, places) {
  if (Math.abs(value) >= 1e7) return exponential(value, 2);
  return unended(fixed(steady(value), places)).replace(/^-(?=0$)/, "");
}

/** The distance from a size to the next double, as np.spacing. */
function spacing(size) {
  const double = new Float64Array([size]);
  new BigUint64Array(double.buffer)[0] += 1n;
  return double[0] - size;
}

const cellText = (cell) => `(${cell.join(", ")})`;

const ESCAPES = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#x27;" };
const escaped = (text) => text.replace(/[&<>"']/g, (letter) => ESCAPES[letter]);
