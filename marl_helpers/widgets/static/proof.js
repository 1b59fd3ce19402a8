// Q_tot and the utilities to edit, and the proof of IGM run on them. On the page this file follows reward_table.js,
// controls.js and walk_map.js in one module.

const AGENTS = ["Q_1", "Q_2"]; // the settings that hold the utilities, also of actions that the table has no more

const utilitiesOf = (table, settings) => shapeOf(table).map((size, agent) => settings[AGENTS[agent]].slice(0, size));

/** An editor whose row and column -1 hold the utilities. */
class Values extends View {
  valueAt(i, j) {
    const [mine, other] = utilitiesOf(this.table, this.settings);
    if (i < 0) return other[j];
    return j < 0 ? mine[i] : super.valueAt(i, j);
  }

  written(i, j, value) {
    if (i >= 0 && j >= 0) return super.written(i, j, value);
    const [name, action] = i < 0 ? [AGENTS[1], j] : [AGENTS[0], i];
    return { table: this.table, settings: { ...this.settings, [name]: this.settings[name].with(action, value) } };
  }

  near(i, j) {
    const [mine, other] = utilitiesOf(this.table, this.settings);
    if (i < 0) return other;
    return j < 0 ? mine : super.near(i, j);
  }

  /** A pasted block goes into Q_tot. */
  take(text, i, j) {
    return super.take(text, Math.max(i, 0), Math.max(j, 0));
  }
}

const arrowed = (values) => values.map(short).join(" → ");
const signed = (value) => (value < 0 ? short(value) : `+${short(Math.abs(value))}`);

/** Q_tot at the start and after each step. */
const stationsOf = (steps) => [steps[0].values[0], ...steps.map(({ values }) => values.at(-1))];

function walkHeadline(steps) {
  const falling = steps.filter(({ fall }) => fall).map(({ agent }) => `agent ${agent + 1}'s`);
  const said = falling.length ? `falls in ${falling.join(" and ")} step` : "never falls";
  return `Q_tot along the walk: ${arrowed(stationsOf(steps))}. It ${said}.`;
}

/** Steps 1 and 2 of the proof, and the steps after the table of 3 and 4. */
function proofLines(found, start, steps) {
  const goal = steps.at(-1).cells.at(-1);
  const largest = found.utilities.map((q, i) => `Q_${i + 1} = ${short(q[goal[i]])}`).join(" and ");
  const ways = [start, ...steps.map(({ cells }) => cells.at(-1))].map(cellText).join(" → ");
  const compared = `where ${largest} are largest. We compare it with a = ${cellText(start)}`;
  const before = [
    `<b>Step 1.</b> The agents play g = ${cellText(goal)}, ${compared}.`,
    `<b>Step 2.</b> The walk: ${ways}.`,
  ];
  const broken = steps.filter(({ fall }) => fall).map(({ fall }) => `<b>Step 4 fails.</b> ${whyOf(found, fall)}`);
  const inner = steps.filter((step) => step.inner).map(({ agent }) => {
    return `Inside agent ${agent + 1}'s step Q_tot falls and comes back: the step as a whole does not.`;
  });
  const chain = steps.map(({ fall, values }) => ` ${fall ? ">" : "≤"} ${short(values.at(-1))}`).join("");
  const chained = broken.length ? "the chain is broken" : "so g is at least as good as a";
  const sound = found.cells.filter(({ cell }) => !walkOf(found, cell).some(({ fall }) => fall)).length;
  const after = [
    ...(broken.length ? broken : ["<b>Step 4 holds.</b> No agent's step makes Q_tot fall."]),
    ...inner,
    `<b>Step 5.</b> ${short(steps[0].values[0])}${chain}: ${chained}.`,
    `<b>Step 6.</b> Of all ${found.cells.length} starts, ${sound} have a walk without a falling step.`,
  ];
  return { before, after };
}

/** Steps 3 and 4 as a table, a row for each agent. */
function walkNumbers(steps) {
  const rows = steps.map(({ agent, cells, utilities, values, fall }) => {
    const name = `<th scope="row">agent ${agent + 1}</th>`;
    if (cells.length === 1) return `<tr>${name}<td>stays</td><td>${short(values[0])}</td><td>+0</td></tr>`;
    const rise = signed(values.at(-1) - values[0]) + (fall ? " falls" : "");
    const kind = fall ? ' class="marl-falls"' : "";
    return `<tr${kind}>${name}<td>${arrowed(utilities)}</td><td>${arrowed(values)}</td><td>${rise}</td></tr>`;
  });
  const head = ["its utility", "Q_tot", "in all"].map((text) => `<th scope="col">${text}</th>`).join("");
  const caption = "Steps 3 and 4: a utility, and Q_tot with it";
  const thead = `<thead><tr><td></td>${head}</tr></thead>`;
  return `<table><caption>${caption}</caption>${thead}<tbody>${rows.join("")}</tbody></table>`;
}

/** The assumptions of the proof in a table, and whether each holds: if not, the deepest fall that breaks it. */
function assumptions({ at }, falls) {
  const holds = (fits) => {
    const { start, end } = falls.find(fits) ?? {};
    return start ? `no: ${cellText(start)} → ${cellText(end)}, ${short(at(start))} → ${short(at(end))}` : "yes";
  };
  const rises = AGENTS.map((name, i) => {
    return [`Q_tot never falls as ${name} rises`, holds(({ agent, tied }) => agent === i && !tied)];
  });
  const all = [["Q_tot is a function of the utilities", holds(({ tied }) => tied)], ...rises];
  const rows = all.map(([name, said]) => `<tr><th scope="row">${name}</th><td>${said}</td></tr>`).join("");
  return `<table class="marl-assumed"><caption>What the proof assumes:</caption><tbody>${rows}</tbody></table>`;
}

/** The three cards, as `widgets.proofs.drawing` has them. */
function proofCards(table, utilities, start, legend) {
  const found = teamOf(table, utilities);
  const [steps, falls] = [walkOf(found, start), fallsOf(found)];
  const { before, after } = proofLines(found, start, steps);
  const paragraph = (line) => `<p>${line}</p>`;
  const card = (name, good, html) =>
    `<section class="marl-card marl-${good ? "good" : "bad"}" aria-label="${name}">${html}</section>`;
  const sound = !steps.some(({ fall }) => fall);
  const drawn = walkMap(found, start, steps, falls);
  const numbers = walkNumbers(steps);
  const lines = before.map(paragraph).join("") + numbers + after.map(paragraph).join("");
  return (
    `<div class="marl-cards">` +
    card("the walk", sound, `<p><strong>${walkHeadline(steps)}</strong></p>${drawn}<p>${legend}</p>`) +
    card("IGM", found.inclusion, `<p><strong>${verdict(found)}</strong></p>${assumptions(found, falls)}`) +
    card("the steps of the proof", sound, lines) +
    "</div>"
  );
}

function proof(model, root, store) {
  root.className = "marl-lab";
  new Values(model, root.appendChild(document.createElement("div")), store);
  const stage = new Stage(model, root);
  const startAt = (agent, action) => tell(model, "start", startOf().with(agent, action));
  const startOf = () => shapeOf(model.get("table")).map((size, agent) => Math.min(model.get("start")[agent], size - 1));
  let offered = "";
  let choices = [];
  const offer = (sizes) => {
    choices = sizes.map((size, agent) =>
      choice({
        label: `agent ${agent + 1} starts with`,
        values: range(size).map((action) => [String(action), action]),
        tell: (action) => startAt(agent, action),
      }),
    );
    const said = made("<p>Where does the walk start? (Or click a cell of the picture.)</p>");
    stage.controls.replaceChildren(said, ...choices.map(({ root }) => root));
    offered = String(sizes);
  };
  stage.answer.addEventListener("click", ({ target }) => {
    if (target.dataset.cell) tell(model, "start", target.dataset.cell.split(",").map(Number));
  });
  const paint = () => {
    const [table, start] = [model.get("table"), startOf()];
    if (offered !== String(shapeOf(table))) offer(shapeOf(table));
    choices.forEach((one, agent) => one.show(start[agent]));
    const { legend } = model.get("_rules").words;
    stage.show(() => proofCards(table, utilitiesOf(table, model.get("settings")), start, legend));
  };
  model.on("change:table change:settings change:start", paint);
  paint();
}

export default withHistory((model, root, store) => proof(model, root, store));
