// Verdicts as HTML, one card a method: word for word what widgets/cards.py makes.

/** A card for each verdict. pending: every method in its order -> share of the learner's steps done, or null where
 * learning is over; one without a verdict gets a card that waits for it. */
function cards(diagnosis, pending) {
  const methods = pending ?? Object.fromEntries(Object.keys(diagnosis.verdicts).map((method) => [method, null]));
  const inner = Object.entries(methods).flatMap(([method, done]) => {
    const verdict = diagnosis.verdicts[method];
    if (verdict) return [card(diagnosis, verdict, done)];
    return done === null ? [] : [waitingCard(RULES.methods[method].label, done)];
  });
  return ['<div class="marl-cards">', ...inner, "</div>"].join("\n");
}

function card(diagnosis, verdict, done) {
  const state = done !== null ? "wait" : verdict.outcome === "right" ? "good" : "bad";
  const lines = verdict.details.map((line) => `<li>${escaped(line)}</li>`).join("");
  const label = escaped(verdict.label);
  return (
    `<section class="marl-card marl-${state}" aria-label="${label}" data-outcome="${verdict.outcome}">` +
    `<h4>${label}</h4>` +
    `<p><strong>${headline(verdict, Math.max(...diagnosis.table.flat()))}</strong></p>` +
    fittedTable(diagnosis, verdict) +
    `<p>${runsLine(verdict, done)}</p>` +
    `<details open><summary>${escaped(verdict.reason)}</summary><ul>${lines}</ul></details></section>`
  );
}

/** The card of a method whose exact best fit is not known, until it has learned. */
function waitingCard(label, done) {
  const name = escaped(label);
  return `<section class="marl-card marl-wait" aria-label="${name}"><h4>${name}</h4><p>${learningBar(done)}</p></section>`;
}

/** The fitted table, [ ] around what the team plays and * at the optima; --heat is 0 to 1 over table and fit. */
function fittedTable({ table, optima }, { fitted, plays, mse, learned }) {
  const all = [...table.flat(), ...fitted.flat()];
  const [low, high, places] = [Math.min(...all), Math.max(...all), placesFor(all)];
  const one = (value, a, b) => {
    const played = `${[a, b]}` === `${plays}`;
    const best = optima.some((cell) => `${cell}` === `${[a, b]}`);
    const text = decimals(value, places) + (best ? "*" : "");
    const heat = fixed(Number(fixed((value - low) / (high - low || 1), 6)), 2); // far from zero few digits are left
    return `<td${played ? ' class="marl-played"' : ""} style="--heat: ${heat}">${played ? `[${text}]` : text}</td>`;
  };
  const rows = fitted.map((row, a) => `<tr>${row.map((value, b) => one(value, a, b)).join("")}</tr>`).join("");
  const what = learned ? "learned fit" : "best fit";
  return `<table><caption>${what}, error ${errorText(mse, table)}</caption><tbody>${rows}</tbody></table>`;
}

function runsLine({ learned }, done) {
  if (!learned) return done === null ? "" : learningBar(done);
  const right = learned.optimal.filter(Boolean).length;
  const strip = "●".repeat(right) + "○".repeat(learned.optimal.length - right);
  return `<span class="marl-strip" aria-hidden="true">${strip}</span> ${runsRight(learned)}`;
}

const learningBar = (done) => `learning <progress aria-label="learning" value="${fixed(done, 2)}">${fixed(100 * done, 0)}%</progress>`;
