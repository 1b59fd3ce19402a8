// What a step of an episode is made of besides the world, as plots/steps.py has it for Python: every agent's utilities,
// and the mixer's output over time. Each has `draw` and `say`, as worlds.js has. On the page it follows drawing.js.

/** A row of values for each agent, its best the brightest: [ ] is what it plays, and hatched is not available. */
function utilities(film, episode, width) {
  const { agents, actions: names } = film;
  const alike = names.every((own) => String(own) === String(names[0]));
  const text = (step, i, a) => {
    const value = printed(episode.utilities[step][i][a]);
    return episode.actions[step][i] === a ? `[${value}]` : value;
  };
  const known = (row) => row.filter((value) => value !== null);
  const every = episode.utilities.flat(2).filter((value) => value !== null).map((value) => `[${printed(value)}]`);
  const wide = Math.ceil(Math.max(44, ...[...every, ...names.flat(), ...agents].map((one) => widthOf(one) + 8)));
  const layout = arrange(agents, alike ? names[0] : null, names[0].length, wide, width);
  const cell = (step, i, a, row) => {
    const [x, y, high] = layout.place(i, a);
    const value = row[a];
    if (value === null) return hatched(x, y, wide - 2, high - 2);
    const heat = heatOf(value, Math.min(...known(row)), Math.max(...known(row)));
    const lines = alike ? [text(step, i, a)] : [names[i][a], text(step, i, a)];
    const said = lines.map((one, k) => words(x + wide / 2 - 1, y + (high / lines.length) * (k + 0.5) - 1, one));
    const played = episode.actions[step][i] === a ? box(x, y, wide - 2, high - 2, "film-played") : "";
    return heated(heat, box(x, y, wide - 2, high - 2, "film-heat") + said.join("")) + played;
  };
  return {
    draw(step) {
      const rows = episode.utilities[step];
      const middle = [(layout.left + layout.width) / 2, (layout.top + layout.height) / 2];
      const cells = rows?.flatMap((row, i) => row.map((_, a) => cell(step, i, a, row)));
      const inside = cells?.join("") ?? words(...middle, "nothing follows");
      return svg(layout.width, layout.height, layout.heads + inside);
    },
    say: (step) =>
      episode.utilities[step] === undefined
        ? "no action follows"
        : agents
            .map((agent, i) => {
              const there = names[i].map((_, a) => a).filter((a) => episode.utilities[step][i][a] !== null);
              return `${agent}: ${there.map((a) => `${names[i][a]} ${text(step, i, a)}`).join(", ")}`;
            })
            .join("\n"),
  };
}

/** Where each agent's actions go: in a row, or in a column where rows are wider than the page. */
function arrange(agents, columns, count, wide, width) {
  const [high, top] = [columns ? 30 : 42, 24];
  const left = Math.ceil(Math.max(...agents.map(widthOf))) + 10;
  const rows = left + count * wide <= width;
  const side = rows ? left : columns ? Math.ceil(Math.max(...columns.map(widthOf))) + 10 : 0;
  const [across, down] = rows ? [columns ?? [], agents] : [agents, columns ?? []];
  const above = across.length ? top : 2;
  const heads = [
    ...across.map((name, k) => words(side + (k + 0.5) * wide, 11, name)),
    ...down.map((name, k) => words(side - 8, above + (k + 0.5) * high, name, "", "end")),
  ];
  const [wideness, length] = rows ? [count, agents.length] : [agents.length, count];
  return {
    heads: heads.join(""),
    left: side,
    top: above,
    width: side + wideness * wide + 2,
    height: above + length * high + 2,
    place(i, a) {
      const [column, row] = rows ? [a, i] : [i, a];
      return [side + column * wide + 1, above + row * high + 1, high];
    },
  };
}

/** A cell of what is not available; what is inside an inner SVG ends at its edges. */
function hatched(x, y, width, height) {
  const lines = [];
  for (let k = 0; k < width + height; k += 8) lines.push(line(k, 0, k - height, height, "film-hatch"));
  return mark("svg", { x, y, width, height, class: "film-none" }, lines.join(""));
}

/** The mixer's output as a line up to the present step, and the rewards of the steps before as bars. */
function timeline({ team, reward }, width) {
  const [height, left, right, top, bottom] = [150, 44, 8, 8, 34];
  const every = [...team, ...reward, 0];
  const [least, most] = [Math.min(...every), Math.max(...every)];
  const margin = 0.08 * (most - least || 1);
  const [low, high] = [least - margin, most + margin];
  const x = (step) => left + ((step + 0.6) / (team.length + 0.7)) * (width - left - right);
  const y = (value) => top + ((high - value) / (high - low)) * (height - top - bottom);
  const tick = (at) => line(left - 4, y(at), left, y(at), "film-axis");
  const axis = [
    ...ticks(low, high, 5).map((at) => tick(at) + words(left - 7, y(at), printed(at), "film-small", "end")),
    ...ticks(0, team.length, Math.min(8, width / 40), 1).map((at) => words(x(at), height - 22, at, "film-small")),
    line(left, top, left, height - bottom, "film-axis"),
    line(left, y(0), width - right, y(0), "film-axis"),
    words((left + width) / 2, height - 7, "step", "film-small"),
  ].join("");
  const thick = Math.max(2, Math.min(12, (0.5 * width) / team.length));
  const bar = (value, step) => {
    const [from, to] = [y(Math.max(value, 0)), y(Math.min(value, 0))];
    return value ? box(x(step) - thick / 2, from, thick, to - from, "film-bar") : "";
  };
  return {
    draw(step) {
      const now = Math.min(step, team.length - 1);
      const path = team.slice(0, now + 1).map((value, k) => `${x(k).toFixed(1)},${y(value).toFixed(1)}`);
      const dot = mark("circle", { cx: x(now), cy: y(team[now]), r: 4.5, class: "film-now" });
      const bars = reward.slice(0, now + 1).map(bar).join("");
      return svg(width, height, axis + bars + mark("polyline", { points: path.join(" "), class: "film-mixer" }) + dot);
    },
    say: (step) =>
      step === team.length
        ? "mixer's output (line) and rewards (bars)"
        : `mixer's output (line) ${printed(team[step])}, reward (bars) ${printed(reward[step])}`,
  };
}

/** Round values between two ends, at most about so many, at steps of 1, 2 or 5 times a power of ten. */
function ticks(low, high, most, least = 0) {
  const power = 10 ** Math.floor(Math.log10((high - low) / most));
  const step = Math.max(least, power * [1, 2, 5, 10].find((k) => k * power * most >= high - low));
  const first = Math.ceil(low / step);
  const count = Math.floor(high / step) - first + 1;
  return Array.from({ length: count }, (_, k) => Number(((first + k) * step).toPrecision(6)));
}
