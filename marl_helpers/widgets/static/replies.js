// What agent 1's actions are worth while its partner plays a favourite and explores, as exact/replies.py and
// widgets/partners.py have it. On the page this file follows cells.js.

/** The probabilities of the partner's actions: its favourite, but with probability `exploration` any of them. */
function partnerPlay(actions, favourite, exploration) {
  return range(actions).map((action) => exploration / actions + (action === favourite ? 1 - exploration : 0));
}

function ownValues(table, favourite, exploration) {
  const play = partnerPlay(table[0].length, favourite, exploration);
  return table.map((row) => row.reduce((sum, reward, action) => sum + reward * play[action], 0));
}

/** The places of the largest values, where those closer than `equal` are the same. */
function bestOf(values, equal) {
  const least = Math.max(...values) - equal;
  return range(values.length).filter((action) => values[action] >= least);
}

/** Agent 1's best actions by the partner's exploration: {low, high, best} for each stretch of [0, 1]. */
function bestReplies(table, favourite) {
  const [start, end] = [0, 1].map((exploration) => ownValues(table, favourite, exploration));
  const equal = TOLERANCE * spreadOf([...start, ...end]);
  const cuts = new Set([0, 1]);
  for (const [a, b] of product([range(start.length), range(start.length)])) {
    const [before, after] = [start[a] - start[b], end[a] - end[b]];
    if (before < 0 && after > 0) cuts.add(steady(before / (before - after)));
  }
  const points = [...cuts].sort((one, other) => one - other);
  const stretches = [];
  for (const k of range(points.length - 1)) {
    const [low, high] = points.slice(k, k + 2);
    const best = bestOf(ownValues(table, favourite, (low + high) / 2), equal);
    const last = stretches.at(-1);
    if (last && `${last.best}` === `${best}`) last.high = high;
    else stretches.push({ low, high, best });
  }
  return stretches;
}

const either = (actions) => actions.join(" or ");
const percent = (share, places) => `${fixed(100 * share, places)}%`;

/** Where the best reply changes, in a sentence. */
function changes([first, ...others]) {
  const parts = [`${either(first.best)} is best up to ${percent(first.high, 1)}`];
  parts.push(...others.map(({ low, best }) => `${either(best)} from ${percent(low, 1)} on`));
  if (!others.length) parts[0] = `${either(first.best)} is best however much it explores`;
  return `By its exploration: ${parts.join(", ")}.`;
}

/** Agent 1's own values as a table with bars, and where its best reply changes: the HTML of partners.replies_html. */
function replies(table, favourite, exploration) {
  const values = ownValues(table, favourite, exploration);
  const play = partnerPlay(table[0].length, favourite, exploration);
  const chances = play.map((chance, action) => `${action} in ${percent(chance, 0)}`);
  const best = bestOf(values, TOLERANCE * spreadOf(table.flat()));
  const [low, spread] = [Math.min(0, ...table.flat()), spreadOf([0, ...table.flat()])];
  const rows = values.map((value, action) => {
    const share = (part) => fixed(steady((100 * part) / (spread || 1)), 1);
    const [start, width, zero] = [share(Math.min(value, 0) - low), share(Math.abs(value)), value < 0 ? "right" : "left"];
    const [mark, colour] = best.includes(action) ? [" ← best", "right"] : ["", "faint"];
    return (
      `<tr><th scope="row">${action}</th><td style="text-align: right">${decimals(value, 2)}</td>` +
      `<td style="width: 60%; background: none">` +
      `<div style="box-sizing: border-box; margin-left: ${start}%; width: ${width}%; height: 1em; ` +
      `border-${zero}: 2px solid var(--marl-faint); background: var(--marl-${colour})"></div></td>` +
      `<td style="background: none">${mark}</td></tr>`
    );
  });
  const headline = `Your best reply: ${either(best)}, worth ${decimals(Math.max(...values), 2)} on average.`;
  return (
    `<section class="marl-card marl-good" aria-label="your own values">` +
    `<p>Your partner plays ${chances.join(", ")} of the rounds.</p>` +
    `<table style="width: 100%"><caption style="white-space: normal">` +
    `You are agent 1: the mean reward of each of your actions</caption>` +
    `<tbody>${rows.join("")}</tbody></table><p><strong>${headline}</strong></p>` +
    `<details><summary>Where does the best reply change?</summary>${changes(bestReplies(table, favourite))}` +
    `</details></section>`
  );
}
