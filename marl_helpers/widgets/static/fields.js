// The fields of a bet, by kind: what is said in each, and whether it is right. On the page this file follows table.js,
// numbers.js and controls.js in one module. A field is {root, said(), show(said, right), words(said), hands()}: said() is
// null where nothing is said yet, hands() are the choices where there are some, and `picked` hears of a click that is a
// whole hand in a vote. A number's field also has its unit.

/** Whether what was said is right; Python's twin of it is in fields.py. */
function isRight({ any, low, high }, said) {
  if (any) return any.some((one) => same(one, said));
  return (low === null || low <= said) && (high === null || said <= high);
}

/** One of some texts, or several of them. */
function choiceField({ kind, choices, labels }, label, picked) {
  const many = kind === "several";
  const [root, group] = [made('<div class="box-choices"></div>'), `bet ${Math.random()}`];
  const inputs = labels.map((text, k) => {
    const type = many ? "checkbox" : "radio";
    const one = made(`<label><input type="${type}" name="${group}"><kbd aria-hidden="true"></kbd><span>${text}</span></label>`);
    one.firstChild.addEventListener("click", () => picked(choices[k])); // also of one that is chosen already
    root.append(one);
    return one.firstChild;
  });
  root.setAttribute("role", many ? "group" : "radiogroup");
  const chosen = () => choices.filter((_, k) => inputs[k].checked);
  const labelOf = (text) => labels[choices.indexOf(text)] ?? escaped(text);
  return {
    root,
    said: () => (many || chosen().length ? (many ? chosen() : chosen()[0]) : null),
    show(said, right) {
      inputs.forEach((input, k) => {
        input.checked = said !== null && [said].flat().includes(choices[k]);
        input.parentElement.classList.toggle("box-right", Boolean(right) && right.any.flat().includes(choices[k]));
      });
    },
    words: (said) => (said.length ? [said].flat().map(labelOf).join(", ") : "none"),
    clicked: true,
    hands: () => choices,
    isRight: (right, hand) => right.any.flat().includes(hand),
  };
}

/** A number, typed; on an axis also dragged. */
function numberField({ kind, unit, low, high }, label, picked, refuse) {
  const onAxis = kind === "axis";
  const range = `<span>0</span><span class="box-axis"><input type="range" min="0" max="${high}" step="any"
    aria-label="on the axis"><i hidden></i></span><span>${high}</span>`;
  const root = made(`<div class="box-number">${onAxis ? range : ""}<input type="text" inputmode="decimal" size="7"
    autocomplete="off" aria-label="a number"> <span>${escaped(unit)}</span></div>`);
  const [input, slider, truth] = ["[type=text]", "[type=range]", "i"].map((one) => root.querySelector(one));
  slider?.addEventListener("input", () => (input.value = general(Number(slider.value), 3)));
  input.addEventListener("change", () => slider && (slider.value = parseNumber(input.value) ?? 0));
  const outside = (value) => (low !== null && value < low) || (high !== null && value > high);
  const ends = `${low === null ? "" : ` from ${general(low, 6)}`}${high === null ? "" : ` to ${general(high, 6)}`}`;
  return {
    root,
    said() {
      if (!input.value.trim()) return null;
      const value = parseNumber(input.value);
      const why = fault(input.value, Number.MAX_VALUE) || (outside(value) ? `${input.value.trim()} cannot be: give a number${ends}` : "");
      refuse(why);
      return why ? null : value;
    },
    show(said, right) {
      input.value = said === null ? "" : general(said, 6);
      if (!slider) return;
      slider.value = said ?? high / 2;
      truth.hidden = !right;
      const [from, to] = right ? [right.low ?? 0, right.high ?? high] : [0, 0];
      truth.style.left = `${(100 * from) / high}%`;
      truth.style.width = `${(100 * (to - from)) / high}%`;
    },
    words: (said) => general(said, 6),
    unit: escaped(unit),
    hands: () => null, // any
    isRight,
  };
}

/** A cell of a table. */
function cellField({ rows }, label, picked) {
  const root = made(`<table class="box-cells"><caption>rows: agent 1, columns: agent 2</caption><thead><tr><td></td>
    ${rows[0].map((_, b) => `<th scope="col">${b}</th>`).join("")}</tr></thead><tbody></tbody></table>`);
  let chosen = null;
  const buttons = rows.flatMap((row, a) => {
    const line = root.tBodies[0].insertRow();
    line.innerHTML = `<th scope="row">${a}</th>`;
    return row.map((value, b) => {
      const button = made(`<button type="button" aria-pressed="false" aria-label="(${a}, ${b})">${value}</button>`);
      line.insertCell().append(button);
      button.addEventListener("click", () => {
        choose([a, b]);
        picked([a, b]);
      });
      return { button, cell: [a, b] };
    });
  });
  const choose = (cell) => {
    chosen = cell;
    for (const one of buttons) one.button.setAttribute("aria-pressed", same(one.cell, cell));
  };
  return {
    root,
    said: () => chosen,
    show(said, right) {
      choose(said);
      for (const { button, cell } of buttons) button.classList.toggle("box-right", Boolean(right) && isRight(right, cell));
    },
    words: cellText,
    clicked: true,
    hands: () => null, // any
    isRight,
  };
}

const FIELDS = { choice: choiceField, several: choiceField, number: numberField, axis: numberField, cell: cellField };
