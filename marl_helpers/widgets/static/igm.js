// Utilities and a team value, with the two sets that IGM is about. Follows cells.js in one module.

const short = (value) => general(value, 6); // as Python's :g

/** The joint actions with their team values, which are greedy, optimal, and better than what may be played. */
function decomposition(utilities, teamOf) {
  const cells = product(utilities.map((q) => range(q.length))).map((cell) => {
    return { cell, value: teamOf(cell), greedy: cell.every((a, i) => utilities[i][a] === Math.max(...utilities[i])) };
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
