// A coordination graph whose edges one takes and leaves, as widgets/edges.py draws it. On the page this file follows
// controls.js and graphs.js in one module.

const listed = (cells) => (cells.length < 4 ? cells.map(cellText).join(", ") : `${cells.length} joint actions`);
const numbers = (values, digits) => values.map((value) => decimals(value, digits)).join(", ");
const edgeName = ([i, j]) => `${i + 1}–${j + 1}`;

/** A table, its best fit with some edges, and what max-plus makes of that. */
function read(table, edges) {
  const game = gameOf(table);
  const best = bestFit(game, edges);
  const talk = maxPlus(decompose({ ...game, values: best.fit }, edges));
  const isIn = (cells) => cells.some((cell) => `${cell}` === `${talk.plays}`);
  const digits = placesFor(game.values) + 2;
  const named = edges.map(edgeName).join(", ") || "none";
  return { game, edges, best, talk, digits, named, right: isIn(best.optima), found: isIn(best.greedy) };
}

function headlineOf({ game, talk }) {
  const earns = game.values[game.cells.findIndex((cell) => `${cell}` === `${talk.plays}`)];
  const most = Math.max(...game.values);
  return `The team plays ${cellText(talk.plays)} and earns ${general(earns, 4)} of ${general(most, 4)}.`;
}

/** Sentences on the fit and on the play. */
function reasons({ game, edges, best, found }) {
  const lack = missing(game, edges);
  const said = ["The graph holds this table: error 0."];
  if (lack) {
    const names = lack.agents.map((i) => i + 1);
    const lacks = names.length === 2 ? "both, and no edge joins them" : "all of them, and an edge joins only two";
    const who = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
    said[0] = `Best fit: error ${general(steady(best.mse), 6)}.`;
    said.push(`Agents ${who} have a part of up to ${general(steady(lack.largest), 4)} that depends on ${lacks}.`);
  }
  if (!found) said.push(`Messages missed the graph's own best, ${listed(best.greedy)}, which elimination finds.`);
  else if (best.greedy.length > 1) said.push(`Equally good in the fit: ${listed(best.greedy)}.`);
  return said;
}

/** How the messages end. */
function ending({ edges, talk }) {
  const last = talk.rounds.length - 1;
  if (!edges.length) return "Without edges nobody says anything: each agent plays its own best action, as in VDN.";
  if (talk.settled) return `After round ${last} the messages repeat.`;
  return `After round ${last} the messages still change: they go round a loop.`;
}

/** The agents in a circle, clockwise, each with what it plays; dotted lines are edges that are not there. */
function picture({ edges, talk, named }) {
  const n = talk.plays.length;
  const turns = range(n).map((k) => (2 * Math.PI * k) / n - (n === 4 ? (Math.PI * 3) / 4 : Math.PI / 2));
  const spots = turns.map((turn) => [100 + 68 * Math.cos(turn), 92 + 62 * Math.sin(turn)]);
  const lines = pairsOf(n).map(([i, j]) => {
    const there = edges.some((edge) => `${edge}` === `${[i, j]}`);
    const style = there ? 'stroke-width="4"' : 'stroke-dasharray="2 6" opacity="0.5"';
    const [x1, y1, x2, y2] = [...spots[i], ...spots[j]].map((x) => fixed(x, 0));
    const line = `x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}"`;
    return `<line ${line} stroke="currentColor" ${style}/><line class="marl-edge" data-edge="${i},${j}" ${line}/>`;
  });
  const nodes = spots.map(
    ([x, y], i) =>
      `<circle cx="${fixed(x, 0)}" cy="${fixed(y, 0)}" r="24"/>` +
      `<text x="${fixed(x, 0)}" y="${fixed(y - 2, 0)}">agent ${i + 1}</text> ` +
      `<text x="${fixed(x, 0)}" y="${fixed(y + 12, 0)}">plays ${talk.plays[i]}</text> `,
  );
  const said = `${n} agents; edges: ${named}`;
  const inner = lines.join("") + nodes.join("");
  return `<svg class="marl-graph" viewBox="0 0 200 184" role="img" aria-label="${said}">${inner}</svg>`;
}

const agentsText = (agents) => `agent${agents.length > 1 ? "s" : ""} ${agents.map((i) => i + 1).join(" and ")}`;

/** Values by the joint actions of the first half of the agents (rows) and of the others (columns). */
function grid({ game, best, talk, digits }, values, low, high) {
  const { shape, cells } = game;
  const half = Math.ceil(shape.length / 2);
  const [rows, columns] = [shape.slice(0, half), shape.slice(half)].map((sizes) => product(sizes.map(range)));
  const head = columns.map((column) => `<th scope="col">${column.join(" ")}</th>`).join("");
  const optima = new Set(best.optima.map(String));
  const body = rows.map((row, r) => {
    const texts = columns.map((_, c) => {
      const k = r * columns.length + c;
      const played = `${cells[k]}` === `${talk.plays}`;
      const text = label(values[k], digits, optima.has(`${cells[k]}`), played);
      return `<td${played ? ' class="marl-played"' : ""} style="--heat: ${heat(values[k], low, high)}">${text}</td>`;
    });
    return `<tr><th scope="row">${row.join(" ")}</th>${texts.join("")}</tr>`;
  });
  const agents = range(shape.length);
  const sides = `${agentsText(agents.slice(0, half))} down, ${agentsText(agents.slice(half))} across`;
  return (
    `<table><caption>${sides}</caption><thead><tr><td></td>${head}</tr></thead>` +
    `<tbody>${body.join("")}</tbody></table><p>[ ] played, * best reward</p>`
  );
}

/** A row for each message, a column for each round; under them what the team would play then. */
function messages({ edges, talk, digits }) {
  const ways = edges.flatMap(([i, j]) => [[i, j], [j, i]]);
  const rows = ways.map(([i, j]) => {
    return [`${i + 1} to ${j + 1}`, talk.rounds.map((one) => numbers(one.messages.get(`${i},${j}`), digits))];
  });
  rows.push(["plays", talk.rounds.map(({ plays }) => plays.join(" "))]);
  rows.push(["Q_tot", talk.rounds.map(({ value }) => decimals(value, digits))]);
  const body = rows.map(([name, texts]) => {
    return `<tr><th scope="row">${name}</th>${texts.map((text) => `<td>${text}</td>`).join("")}</tr>`;
  });
  const head = talk.rounds.map((_, k) => `<th scope="col">${k}</th>`).join("");
  const caption = "<caption>from agent to agent, a number for each action of the receiver</caption>";
  const thead = `<thead><tr><th scope="row">round</th>${head}</tr></thead>`;
  return `<div class="marl-wide"><table>${caption}${thead}<tbody>${body.join("")}</tbody></table></div>`;
}

/** Four cards: the graph, the reward, the best fit and the messages. */
function graphCards(table, edges) {
  const found = read(table, edges);
  const all = [...found.game.values, ...found.best.fit];
  const [low, high] = [Math.min(...all), Math.max(...all)];
  const card = (name, state, html) => `<section class="marl-card marl-${state}" aria-label="${name}">${html}</section>`;
  const said = reasons(found).map((reason) => `<p>${escaped(reason)}</p>`).join("");
  const first = `${picture(found)}<p><strong>${headlineOf(found)}</strong></p>${said}`;
  return (
    `<div class="marl-cards">${card("graph", found.right ? "good" : "bad", first)}` +
    card("reward", "wait", `<h4>Reward</h4>${grid(found, found.game.values, low, high)}`) +
    card("best fit", "wait", `<h4>Best fit</h4>${grid(found, found.best.fit, low, high)}`) +
    card("messages", "wait", `<h4>Messages</h4>${messages(found)}<p>${ending(found)}</p>`) +
    "</div>"
  );
}

function render({ model, el }) {
  const stage = new Stage(model, el);
  const tables = model.get("_tables");
  const agentsOf = (name) => gameOf(tables[name]).shape.length;
  const task = menu({ label: "task", names: Object.keys(tables), tell: (name) => tell(model, "task", name) });
  const turn = (edge, there) => {
    const others = model.get("edges").filter((one) => `${one}` !== `${edge}`);
    tell(model, "edges", there ? [...others, edge].sort() : others);
  };
  const isThere = (edge) => model.get("edges").some((one) => `${one}` === `${edge}`);
  const boxes = pairsOf(Math.max(...Object.keys(tables).map(agentsOf))).map((edge) => {
    return { edge, ...checkbox({ label: `edge ${edgeName(edge)}`, tell: (there) => turn(edge, there) }) };
  });
  const row = made('<div class="marl-row" role="group" aria-label="edges"></div>');
  row.append(...boxes.map(({ root }) => root));
  stage.controls.append(task.root, row, made("<p>An edge can be clicked in the picture too.</p>"));
  stage.answer.addEventListener("click", ({ target }) => {
    const edge = target.dataset.edge?.split(",").map(Number);
    if (edge) turn(edge, !isThere(edge));
  });
  const paint = () => {
    const name = model.get("task");
    const inside = ([, last]) => last < agentsOf(name);
    task.show(name);
    for (const box of boxes) {
      box.show(isThere(box.edge));
      box.root.hidden = !inside(box.edge);
    }
    stage.show(() => graphCards(tables[name], model.get("edges").filter(inside)));
  };
  model.on("change:task change:edges", paint);
  paint();
}

export default { render };
