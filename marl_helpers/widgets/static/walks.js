// The walk of the proof, and where Q_tot falls, as exact/walks.py has them. Follows igm.js in one module.

/** A table of Q_tot with two agents' utilities; `at` gives the team value of a joint action. */
function teamOf(table, utilities) {
  const at = ([a, b]) => table[a][b];
  return { ...decomposition(utilities, at), at };
}

/** The fall, if it is one, of an agent's switch between two joint actions. */
function fallOf({ utilities, at, low, high }, agent, start, end) {
  const [before, after] = [start, end].map((cell) => utilities[agent][cell[agent]]);
  const drop = at(start) - at(end);
  const falls = after >= before && drop > TOLERANCE * (high - low);
  return falls ? { agent, start, end, drop, tied: before === after } : null;
}

/** Every switch of one agent to an action of no smaller utility that makes Q_tot fall, the deepest fall first. */
function fallsOf(found) {
  const falls = [0, 1].flatMap((agent) =>
    found.cells.flatMap(({ cell: start }) =>
      range(found.utilities[agent].length).map((action) => fallOf(found, agent, start, start.with(agent, action))),
    ),
  );
  const sorted = [({ agent }) => agent, ({ start }) => start[0], ({ start }) => start[1]];
  const keys = [({ drop }) => -drop, ...sorted, ({ end }) => end[0], ({ end }) => end[1]];
  const order = (one, other) => keys.map((key) => key(one) - key(other)).find((difference) => difference) ?? 0;
  return falls.filter(Boolean).sort(order);
}

/** The greedy joint action that is worth least to the team. */
const goalOf = ({ cells, least }) => cells.find(({ greedy, value }) => greedy && value === least).cell;

function stepOfWalk(found, agent, start, end) {
  const own = found.utilities[agent];
  const [low, high] = [own[start[agent]], own[end[agent]]];
  const between = range(own.length).filter((action) => low < own[action] && own[action] < high);
  between.sort((a, b) => own[a] - own[b] || a - b);
  const still = start[agent] === end[agent];
  const actions = still ? [start[agent]] : [start[agent], ...between, end[agent]];
  const cells = actions.map((action) => start.with(agent, action));
  const fall = fallOf(found, agent, start, end);
  const inner = !fall && cells.slice(1).some((cell, k) => fallOf(found, agent, cells[k], cell));
  return { agent, cells, utilities: actions.map((action) => own[action]), values: cells.map(found.at), fall, inner };
}

/** The walk from there to the goal: agent 1's step, then agent 2's. */
function walkOf(found, start) {
  const goal = goalOf(found);
  return start.map((_, k) => {
    const [from, to] = [k, k + 1].map((moved) => [...goal.slice(0, moved), ...start.slice(moved)]);
    return stepOfWalk(found, k, from, to);
  });
}

/** That Q_tot falls, in a sentence, and which assumption of the proof is broken. */
function whyOf({ utilities, at }, { agent, start, end, tied }) {
  const [before, after] = [start, end].map((cell) => short(utilities[agent][cell[agent]]));
  const way = tied ? `keeps its utility of ${after}` : `raises its utility from ${before} to ${after}`;
  const broken = tied ? "Q_tot is no function of the utilities" : `Q_tot is not monotone in Q_${agent + 1}`;
  const fell = `Q_tot falls from ${short(at(start))} to ${short(at(end))}`;
  return `From ${cellText(start)} to ${cellText(end)} agent ${agent + 1} ${way}, and ${fell}. So ${broken}.`;
}
