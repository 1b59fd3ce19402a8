// The linear mixer w_1 Q_1 + w_2 Q_2 + ... and what becomes of IGM. Follows igm.js and controls.js in one module.

/** What the mixer makes of the utilities. */
const mix = (weights, utilities) =>
  decomposition(utilities, (cell) => cell.reduce((sum, a, i) => sum + weights[i] * utilities[i][a], 0));

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
