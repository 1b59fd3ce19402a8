// The verdict on a table and why, in the words of fitting/diagnosis.py and fitting/reasons.py.

/** The verdicts that need no learning: for the methods among these whose exact best fit is known here. */
function diagnoseExactly(table, methods) {
  const isKnown = ({ projections }) => projections.length && projections.every((name) => name in CLASS_FITS);
  const known = methods.filter((method) => isKnown(RULES.methods[method]));
  const fits = exactFits(table, [...new Set(known.flatMap((method) => RULES.methods[method].projections)), "joint"]);
  const verdicts = Object.fromEntries(known.map((method) => [method, judge(table, evidenceOf(method, fits))]));
  return { table, optima: fits.joint.optima, verdicts };
}

/** What is known of a method without learning: the best fits in the classes around it, its own last. */
function evidenceOf(method, fits) {
  const { label, projections } = RULES.methods[method];
  const own = projections.at(-1);
  return { method, label, own, best: fits[own], levels: projections.map((name) => [name, fits[name]]) };
}

/** The diagnosis with runs of the learner for one of its methods.
 *
 * learned: {greedy: [[a, b]], optimal: [bool], mse: [number], fitted}, with an entry for each run but `fitted`, the table
 * of the run of least error among those that play what most play. */
function withLearned(diagnosis, method, learned) {
  const { table, verdicts } = diagnosis;
  const verdict = judge(table, { ...verdicts[method].evidence, learned });
  return { ...diagnosis, verdicts: { ...verdicts, [method]: verdict } };
}

function judge(table, evidence) {
  const { method, label, best, learned } = evidence;
  const played = learned ? learned.greedy : [best.greedy[0]];
  const counts = new Map();
  for (const cell of played) counts.set(`${cell}`, (counts.get(`${cell}`) ?? 0) + 1);
  const [most] = [...counts].reduce((one, other) => (other[1] > one[1] ? other : one));
  const [plays, reward] = [most.split(",").map(Number), (cell) => cell.split(",").reduce((rows, k) => rows[k], table)];
  const earns = [...counts].reduce((sum, [cell, count]) => sum + count * reward(cell), 0) / played.length;
  const [outcome, reason] = explain(table, evidence);
  const same = learned?.mse.filter((_, run) => `${learned.greedy[run]}` === most);
  return {
    ...{ method, label, plays, earns, outcome, reason, evidence, learned, greedy: best.greedy },
    details: details(table, evidence),
    fitted: learned ? learned.fitted : best.fit,
    mse: learned ? Math.min(...same) : best.mse,
  };
}

/** What the team plays and what it earns of the most there is. */
function headline({ plays, earns, learned }, most) {
  const [cell, earned] = [cellText(plays), `earns ${general(earns, 4)} of ${general(most, 4)}`];
  if (!learned) return `best fit plays ${cell}, ${earned}`;
  if (learned.greedy.every((played) => `${played}` === `${plays}`)) return `plays ${cell}, ${earned}`;
  return `mostly plays ${cell}, ${earned}${learned.optimal.every(Boolean) ? "" : " on average"}`;
}

/** The outcome and the sentence that says why. */
function explain(table, { label, own, best, levels, learned }) {
  const broken = learned?.mse.filter((mse) => !Number.isFinite(mse)).length;
  if (broken) {
    const what = `${broken} of ${learned.mse.length} runs diverged (their numbers grew without end)`;
    return ["diverged", `${what}: take a smaller step size.`];
  }
  const allRight = learned?.optimal.every(Boolean);
  const [cannot, first] = [cannotHold(table, levels), either(best.greedy)];
  if (best.findsOptimum === "tie") {
    const level = `in ${label}'s best fits chance decides which comes first, ${first}`;
    return ["tie", sentence(cannot, level, ": ")];
  }
  if (best.findsOptimum === "no") {
    const luck = allRight ? ", though every run stopped at a fit that is right" : "";
    return ["representation", sentence(cannot, `${label}'s best fit puts ${first} first${luck}`, ": ")];
  }
  if (!learned || allRight) {
    const limit = own === "convex" && onlyALimit(best.fit);
    const holds = limit ? "comes as close to this table as you like, but never holds it" : "holds this table exactly";
    const right = `${label}'s best fit is right: it puts ${first} first`;
    return ["right", sentence(cannot, cannot ? right : `${RULES.classes[own]} ${holds}`, ", but ")];
  }
  const some = `${learned.optimal.filter((right) => !right).length} of ${learned.optimal.length} runs`;
  const right = `${label} can hold a right answer`;
  if (!RULES.linear.includes(own)) return ["open", `${right}; ${some} ended at a wrong one.`];
  return ["unfinished", `${right}; ${some} were still on their way to it when learning stopped.`];
}

/** A line for each error that the reason compares. */
function details(table, { levels, learned }) {
  const lines = levels.map(([name, { mse, greedy }]) => {
    const error = errorText(mse, table, 4);
    return `best fit of ${RULES.classes[name]}: error ${error}, puts ${either(greedy)} first`;
  });
  if (!learned) return lines;
  const [least, most] = [Math.min, Math.max].map((pick) => errorText(pick(...learned.mse), table));
  return [...lines, `learned: ${runsRight(learned)}, errors ${least} to ${most}`];
}

const runsRight = ({ optimal }) => `${optimal.filter(Boolean).length} of ${optimal.length} runs right`;

/** A mean squared error to so many digits, and 0 for what rounding leaves of it. */
function errorText(error, table, digits = 3) {
  const flat = table.flat();
  const mean = meanOf(flat);
  const variance = meanOf(flat.map((value) => (value - mean) ** 2));
  return error > 1e-12 * variance ? general(steady(error), digits) : "0";
}

/** Whether a fit lies in QMIX's closure but not in its class: two actions that tie against some choice but not all. */
function onlyALimit(fit) {
  const flat = fit.flat();
  const equal = RULES.tolerance * (Math.max(...flat) - Math.min(...flat));
  const turned = fit[0].map((_, b) => fit.map((row) => row[b]));
  return [fit, turned].some((rows) =>
    rows.some((one) =>
      rows.some((other) => {
        const gaps = one.map((value, k) => Math.abs(value - other[k]));
        return Math.min(...gaps) <= equal && Math.max(...gaps) > equal;
      }),
    ),
  );
}

/** Joint actions as a person lists them. */
function either(cells) {
  if (cells.length > 3) return `${cellText(cells[0])} and ${cells.length - 1} others`;
  return cells.map(cellText).join(" or ");
}

/** Names the widest of the classes that do not hold the table; empty where the method's own does. */
function cannotHold(table, levels) {
  const flat = table.flat();
  const spread = Math.max(...flat) - Math.min(...flat);
  const rounding = RULES.tolerance * spread + 4 * spacing(Math.max(...flat.map(Math.abs)));
  const wide = levels.find(([, level]) => Math.sqrt(level.mse) > rounding);
  return wide ? `${RULES.classes[wide[0]]} cannot hold this table` : "";
}

function sentence(start, rest, joint) {
  const text = start ? `${start}${joint}${rest}` : rest;
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}
