// Coordination graphs: the best fit of their parts to a table, and what max-plus messages make of it, as
// exact/graphs.py and exact/maximisers.py have it. A game is {shape, cells, values}: its joint actions, last agent
// fastest, and their values. On the page this file follows cells.js.

const LEAST_ROUNDS = 8; // of max-plus

const totalOf = (numbers) => numbers.reduce((sum, x) => sum + x, 0);
const pairsOf = (n) => range(n).flatMap((i) => range(n).slice(i + 1).map((j) => [i, j]));

/** The place of the first of the largest values, which rounding must not choose among. */
const firstBest = (values, equal) => values.findIndex((value) => value >= Math.max(...values) - equal);

/** A nested list as a game. */
function gameOf(table) {
  const shape = [];
  for (let part = table; Array.isArray(part); part = part[0]) shape.push(part.length);
  return { shape, cells: product(shape.map(range)), values: table.flat(Infinity) };
}

/** For each joint action the mean of the values over all that agree with it on these agents. */
function meansOver(cells, values, agents) {
  const seen = new Map();
  const keys = cells.map((cell) => agents.map((i) => cell[i]).join());
  keys.forEach((key, k) => seen.set(key, [...(seen.get(key) ?? []), values[k]]));
  for (const [key, found] of seen) seen.set(key, totalOf(found) / found.length);
  return keys.map((key) => seen.get(key));
}

/** For each joint action the part of its value that depends on exactly these agents together. */
function interaction(cells, values, agents) {
  return agents.reduce((part, agent) => {
    const rest = meansOver(cells, part, agents.filter((i) => i !== agent));
    return part.map((value, k) => value - rest[k]);
  }, meansOver(cells, values, agents));
}

/** The parts of the graph with these edges that fits best: singles[i][a], and pairs, a Map "i,j" -> [a][b]. */
function decompose({ shape, cells, values }, edges) {
  const at = (part, fixed) => part[cells.findIndex((cell) => fixed.every(([agent, action]) => cell[agent] === action))];
  const share = totalOf(values) / values.length / shape.length;
  const singles = shape.map((actions, i) => {
    const part = interaction(cells, values, [i]);
    return range(actions).map((a) => at(part, [[i, a]]) + share);
  });
  const pairs = edges.map(([i, j]) => {
    const part = interaction(cells, values, [i, j]);
    const both = range(shape[i]).map((a) => range(shape[j]).map((b) => at(part, [[i, a], [j, b]])));
    return [`${i},${j}`, both];
  });
  return { singles, pairs: new Map(pairs) };
}

/** The value of a joint action, the sum of a graph's parts. */
function worth({ singles, pairs }, cell) {
  const between = [...pairs].map(([edge, part]) => {
    const [i, j] = edge.split(",");
    return part[cell[i]][cell[j]];
  });
  return totalOf(singles.map((part, i) => part[cell[i]])) + totalOf(between);
}

/** The best fit of a graph with these edges to a game. */
function bestFit(game, edges) {
  const { cells, values } = game;
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const scale = most - least || 1;
  const target = values.map((value) => (value - least) / scale);
  const fit = fitted({ ...game, values: target }, edges);
  const highest = Math.max(...fit) - TOLERANCE;
  return {
    ...{ game, edges },
    fit: fit.map((value) => value * scale + least),
    mse: (totalOf(fit.map((value, k) => (value - target[k]) ** 2)) / fit.length) * scale ** 2,
    greedy: cells.filter((_, k) => fit[k] >= highest),
    optima: cells.filter((_, k) => values[k] >= most - TOLERANCE * (most - least)),
  };
}

function fitted(game, edges) {
  const parts = decompose(game, edges);
  return game.cells.map((cell) => worth(parts, cell));
}

/** Which part the graph has no place for: {agents, largest}, or undefined. */
function missing({ shape, cells, values }, edges) {
  const [least, spread] = [Math.min(...values), spreadOf(values)];
  const rounding = spacing(Math.max(...values.map(Math.abs)));
  const sets = product(shape.map(() => [0, 1])).map((taken) => range(shape.length).filter((i) => taken[i]));
  const larger = sets.filter(({ length }) => length > 1);
  larger.sort((one, other) => one.length - other.length || (`${one}` < `${other}` ? -1 : 1));
  for (const agents of larger) {
    if (edges.some((edge) => `${edge}` === `${agents}`)) continue;
    const size = (list) => Math.max(...interaction(cells, list, agents).map(Math.abs));
    const negligible = TOLERANCE * spread + 2 ** agents.length * rounding;
    if (size(values.map((value) => value - least)) > negligible) return { agents, largest: size(values) };
  }
  return undefined;
}

/** The messages of every round, all agents speaking at once, and what the team plays by them. */
function maxPlus(parts) {
  const agents = range(parts.singles.length);
  const payoffs = new Map(parts.pairs); // "sender,receiver" -> [sender's action][receiver's]
  for (const [edge, part] of parts.pairs) payoffs.set(edge.split(",").reverse().join(), transposed(part));
  const all = [...parts.singles, ...[...parts.pairs.values()].map((part) => part.flat())];
  const equal = TOLERANCE * totalOf(all.map(spreadOf));
  const heard = agents.map((i) => agents.filter((j) => payoffs.has(`${j},${i}`)));
  const team = { parts, payoffs, equal, heard, order: outwards(heard) };
  let messages = new Map([...payoffs].map(([edge, part]) => [edge, part[0].map(() => 0)]));
  const rounds = [round(team, messages)];
  for (const _ of range(Math.max(LEAST_ROUNDS, agents.length))) {
    const { beliefs } = rounds.at(-1);
    const next = new Map([...payoffs].map(([edge, payoff]) => [edge, message(edge, payoff, beliefs, messages)]));
    const repeats = ([edge, said]) => said.every((x, a) => Math.abs(x - messages.get(edge)[a]) <= equal);
    if ([...next].every(repeats)) return talked(rounds, true, equal);
    messages = next;
    rounds.push(round(team, messages));
  }
  return talked(rounds, false, equal);
}

function talked(rounds, settled, equal) {
  const { plays } = rounds[firstBest(rounds.map(({ value }) => value), equal)];
  return { rounds, settled, plays };
}

const transposed = (part) => part[0].map((_, b) => part.map((row) => row[b]));

/** What the rest of the team is worth behind the sender, for each action of the receiver, about mean 0. */
function message(edge, payoff, beliefs, before) {
  const [sender, receiver] = edge.split(",");
  const told = before.get(`${receiver},${sender}`);
  const own = beliefs[sender].map((belief, a) => belief - told[a]);
  const said = payoff[0].map((_, b) => Math.max(...own.map((value, a) => value + payoff[a][b])));
  const mean = totalOf(said) / said.length;
  return said.map((value) => value - mean);
}

const believed = ({ parts, heard }, told, i) =>
  parts.singles[i].map((own, a) => heard[i].reduce((sum, j) => sum + told.get(`${j},${i}`)[a], own));

/** One round: agents decide one after the other, and each knows what its neighbours before it chose. */
function round(team, messages) {
  const told = new Map(messages);
  const plays = team.order.map(() => 0);
  for (const i of team.order) {
    plays[i] = firstBest(believed(team, told, i), team.equal);
    for (const j of team.heard[i]) told.set(`${i},${j}`, team.payoffs.get(`${i},${j}`)[plays[i]]);
  }
  const beliefs = plays.map((_, i) => believed(team, messages, i));
  return { messages, beliefs, plays, value: worth(team.parts, plays) };
}

/** The agents breadth first from the first, and from the first one left wherever the graph falls apart. */
function outwards(heard) {
  const order = [];
  for (const root of heard.keys()) {
    if (!order.includes(root)) order.push(root);
    for (const i of order) order.push(...heard[i].filter((j) => !order.includes(j)));
  }
  return order;
}
