// A box for a number, fractions such as 6/7 too. On the page this file follows table.js, numbers.js and controls.js.

/** A box for a number from 0 to `most`. What was typed stays while it is the value; what is refused stays, with why. */
function entry({ label, most, tell }) {
  const root = made(`<div class="marl-entry"><label><span>${label}</span> <input autocomplete="off" size="7"></label>
    <span class="marl-why" role="alert"></span></div>`);
  const [input, why] = [root.querySelector("input"), root.querySelector("[role=alert]")];
  const refuse = (text) => {
    why.textContent = text;
    if (text) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };
  input.addEventListener("change", () => {
    const value = parseNumber(input.value);
    const outside = `${input.value.trim()} is not on the axis: give a number from 0 to ${general(most, 6)}`;
    refuse(fault(input.value, Number.MAX_VALUE) || (value < 0 || value > most ? outside : ""));
    if (!why.textContent) tell(value);
  });
  let shown;
  const show = (value) => {
    if (value === shown) return; // whatever is being typed, or was refused, stays
    shown = value;
    refuse("");
    if (value === null || parseNumber(input.value) !== value) input.value = value === null ? "" : general(value, 6);
  };
  return { root, input, show };
}
