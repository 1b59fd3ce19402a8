// The linear mixer w_1 Q_1 + w_2 Q_2 + ... and what becomes of IGM. Follows cells.js and controls.js in one module.

const short = (value) => general(value, 6); // as Python's :g

/** What the mixer makes of the utilities: the joint actions with their team values, and those that IGM is about. */
function mix(weights, utilities) {
  const cells = product(utilities.map((q) => range(q.length))).map((cell) => {
    const value = cell.reduce((sum, a, i) => sum + weights[i] * utilities[i][a], 0);
    return { cell, value, greedy: cell.every((a, i) => utilities[i][a] === Math.max(...utilities[i])) };
  });
  const values = cells.map(({ value }) => value);
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const least = Math.min(...cells.filter(({ greedy }) => greedy).map(({ value }) => value));
  for (const one of cells) {
    one.optimal = one.value >= high - TOLERANCE * (high - low);
    one.better = one.value > least + TOLERANCE * (high - low);
  }
  const inclusion = cells.every(({ greedy, optimal }) => optimal || !greedy);
  return { utilities, cells, low, high, least, inclusion };
}

function named(cells) {
  const [first, ...others] = cells.map(({ cell }) => cellText(cell));
  return cells.length < 4 ? [first, ...others].join(" or ") : `${first} or any of ${others.length} others`;
}

/** What greedy play makes of Q_tot, in a sentence. */
function verdict({ cells, high, least, inclusion }) {
  const [greedy, optimal] = ["greedy", "optimal"].map((kind) => cells.filter((one) => one[kind]));
  const missed = optimal.filter((one) => !one.greedy);
  if (!inclusion) {
    const played = greedy.find(({ value }) => value === least);
    const greedily = `the agents play ${cellText(played.cell)}, worth ${short(played.value)} to the team`;
    return `IGM fails: ${greedily}, but ${named(optimal)} is worth ${short(high)}.`;
  }
  if (missed.length) return `IGM holds as an inclusion only: ${named(missed)} is as good as ${named(greedy)}.`;
  return `IGM holds: the agents play ${named(greedy)}, and nothing else is as good.`;
}

/** Q_tot of a joint action: [ ] around what the agents play, * at the largest, ! where greedy play is beaten. */
function marked({ value, greedy, optimal, better }) {
  const text = short(value) + "*".repeat(optimal) + "!".repeat(better);
  return greedy ? `[${text}]` : text;
}

/** Q_tot by the last two agents' actions, given those of the others: the head of the table and its rows. */
function grid({ utilities, cells, low, high }, lead, legend) {
  const n = utilities.length;
  const [rows, columns] = utilities.slice(-2);
  const given = lead.map((a, i) => `agent ${i + 1} plays ${a}, utility ${short(utilities[i][a])}; `).join("");
  const head = columns.map((q, b) => `<th scope="col">${b},<br>utility ${short(q)}</th>`).join("");
  const body = rows.map((q, a) => {
    const row = cells.filter(({ cell }) => [...lead, a].every((action, i) => action === cell[i]));
    const texts = row.map((one) => {
      const played = one.greedy ? ' class="marl-played"' : "";
      return `<td${played} style="--heat: ${heat(one.value, low, high)}">${marked(one)}</td>`;
    });
    return `<tr><th scope="row">agent ${n - 1} plays ${a}, utility ${short(q)}</th>${texts.join("")}</tr>`;
  });
  return (
    `<table><caption>${given}${legend}</caption><thead><tr><th>agent ${n} plays</th>${head}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table>`
  );
}

/** The mixer's card, as `widgets.igm.weighted` has it. */
function weighted(weights, utilities, { name, legend }) {
  const found = mix(weights, utilities);
  const terms = weights.map((w, i) => `${w < 0 ? "-" : "+"} ${short(Math.abs(w))} Q_${i + 1}`);
  const heading = `Q_tot = ${terms.join(" ").replace(/^\+ /, "")}`;
  const leads = product(utilities.slice(0, -2).map((q) => range(q.length)));
  const state = found.inclusion ? "good" : "bad";
  return (
    `<div class="marl-cards"><section class="marl-card marl-${state}" aria-label="${name}">` +
    `<p><strong>${heading}</strong></p>${leads.map((lead) => grid(found, lead, legend)).join("")}` +
    `<p>${verdict(found)}</p></section></div>`
  );
}

function render({ model, el }) {
  const stage = new Stage(model, el);
  const sliders = model.get("_utilities").map((_, i) =>
    slider({
      label: `weight of Q_${i + 1}`,
      ...model.get("_rules").weights,
      tell: (weight) => tell(model, "weights", model.get("weights").with(i, weight)),
    }),
  );
  stage.controls.append(...sliders.map(({ root }) => root));
  const paint = () => {
    const weights = model.get("weights");
    sliders.forEach((one, i) => one.show(weights[i]));
    stage.show(() => weighted(weights, model.get("_utilities"), model.get("_rules")));
  };
  model.on("change:weights", paint);
  paint();
}

export default { render };
