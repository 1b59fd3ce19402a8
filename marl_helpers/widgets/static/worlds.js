// Pictures of where everything stands in a game: one for each kind of scene, as plots/worlds.py has them for Python.
// On the page this file follows drawing.js in one module.
//
// Each takes an episode's scenes and the width there is, in pixels, and returns `draw(step, plays)`, an SVG,
// `note(step, plays)`, what is written under it, and `say(step)`, the scene in words. plays: each agent's action as
// [number, name], empty where no action follows.

const present = (scene) => [
  ...scene.agents.map((place, i) => [`agent ${i + 1}`, place]),
  ...scene.prey.map((place, i) => [`prey ${i + 1}`, place]),
];

/** Who is gone, if any are. */
function left(scene) {
  const names = present(scene).filter(([, place]) => !place).map(([name]) => name);
  return names.length ? [`gone: ${names.join(", ")}`] : [];
}

/** Cells, numbered discs for agents and diamonds for prey. An arrow shows where to, a ring who catches. */
function grid(scenes, width) {
  const { size } = scenes[0];
  const cell = Math.max(17, Math.min(60, Math.floor((Math.min(width, Math.max(300, 20 * size)) - 4) / size)));
  const side = size * cell;
  const at = ([row, column]) => [2 + (column + 0.5) * cell, 2 + (row + 0.5) * cell];
  const edges = Array.from({ length: size + 1 }, (_, k) => 2 + k * cell);
  const paper = edges.map((k) => line(k, 2, k, side + 2) + line(2, k, side + 2, k)).join("");
  const radius = Math.max(9, Math.min(16, 0.31 * cell));
  const diamond = ([x, y]) => {
    const r = 0.3 * cell;
    return mark("polygon", { points: `${x - r},${y} ${x},${y - r} ${x + r},${y} ${x},${y + r}`, class: "film-thing" });
  };
  const agent = (place, i, plays) => {
    const [x, y] = at(place);
    const name = plays[i]?.[1] ?? "";
    return arrow(x, y, name, 0.78 * cell) + disc(x, y, i, radius, name.includes("catch") ? "film-catch" : "");
  };
  return {
    draw(step, plays) {
      const { agents, prey } = scenes[step];
      const there = prey.filter(Boolean).map((place) => diamond(at(place)));
      const all = agents.map((place, i) => (place ? agent(place, i, plays) : ""));
      return svg(side + 4, side + 4, [paper, ...there, ...all].join(""));
    },
    note: (step) => ["discs: agents, diamonds: prey, ring: catches", ...left(scenes[step])],
    say(step) {
      const here = present(scenes[step]).filter(([, place]) => place);
      const said = here.map(([name, [row, column]]) => `${name} in row ${row + 1}, column ${column + 1}`);
      return [...said, ...left(scenes[step])].join("; ");
    },
  };
}

const letter = (k) => String.fromCharCode(65 + k);
const corners = (count, start, radii = [9]) =>
  Array.from({ length: count }, (_, k) => {
    const [angle, r] = [start + (2 * Math.PI * k) / count, radii[k % radii.length]];
    return `${(r * Math.sin(angle)).toFixed(1)},${(-r * Math.cos(angle)).toFixed(1)}`;
  }).join(" ");
// Of landmarks, which are no discs: square, diamond, pentagon, cross, plus, star and triangle.
const SHAPES = [
  corners(4, Math.PI / 4), corners(4, 0), corners(5, 0), corners(8, 0.2, [4, 10, 10]), corners(12, 0.26, [9, 9, 4]),
  corners(10, 0, [11, 5]), corners(3, Math.PI),
];

/** Positions: numbered discs for agents with their paths, other shapes for landmarks, a ring around the goal. */
function plane(scenes, width) {
  const side = Math.min(width, 320);
  const [xs, ys] = [0, 1].map((k) => scenes.flatMap((scene) => [...scene.agents, ...scene.landmarks].map((p) => p[k])));
  const middle = (all) => (Math.min(...all) + Math.max(...all)) / 2;
  const spread = (all) => Math.max(...all) - Math.min(...all);
  const reach = Math.max(spread(xs), spread(ys)) / 2 + 0.3;
  const scale = side / (2 * reach);
  const at = ([x, y]) => [(x - middle(xs) + reach) * scale, (middle(ys) + reach - y) * scale];
  const landmark = (place, k) => {
    const [x, y] = at(place);
    const shape = { points: SHAPES[k % SHAPES.length], class: "film-thing", transform: `translate(${x} ${y})` };
    return mark("polygon", shape) + words(x + 15, y - 15, letter(k), "", "start");
  };
  const agent = (i, step, plays) => {
    const path = scenes.slice(0, step + 1).map((scene) => at(scene.agents[i]));
    const [x, y] = path.at(-1);
    const trail = mark("polyline", { points: path.join(" "), class: "film-path" });
    return trail + arrow(x, y, plays[i]?.[1], 0.14 * side) + disc(x, y, i, 11);
  };
  const heard = ({ goal, word }) => {
    const said = word === null ? "nothing yet" : `word ${word}`;
    return goal == null ? [] : [`goal (ringed): landmark ${letter(goal)}; heard: ${said}`];
  };
  return {
    draw(step, plays) {
      const { agents, landmarks, goal } = scenes[step];
      const [x, y] = goal == null ? [] : at(landmarks[goal]);
      const ring = goal == null ? "" : mark("circle", { cx: x, cy: y, r: 16, class: "film-goal" });
      const frame = box(0.5, 0.5, side - 1, side - 1, "film-frame");
      const all = agents.map((_, i) => agent(i, step, plays));
      return svg(side, side, [frame, ...landmarks.map(landmark), ring, ...all].join(""));
    },
    note: (step) => ["discs: agents and their paths, letters: landmarks", ...heard(scenes[step])],
    say(step) {
      const { agents, landmarks } = scenes[step];
      const names = [...agents.map((_, i) => `agent ${i + 1}`), ...landmarks.map((_, k) => `landmark ${letter(k)}`)];
      const said = [...agents, ...landmarks].map(([x, y], k) => `${names[k]} at (${x.toFixed(2)}, ${y.toFixed(2)})`);
      return [...said, ...heard(scenes[step])].join("; ");
    },
  };
}

/** The states' rewards, rows agent 1's actions and columns agent 2's; the present state's table is in colour. */
function tables(scenes) {
  const known = scenes[0].tables.filter(Boolean);
  const every = known.flat(2);
  const [low, high] = [Math.min(...every), Math.max(...every)];
  const wide = Math.max(44, ...every.map((value) => widthOf(`[${printed(value)}]`) + 10));
  const tall = 30;
  const tops = scenes[0].tables.reduce((all, table) => [...all, all.at(-1) + 32 + tall * (table?.length ?? 0)], [0]);
  const longest = Math.max(...scenes[0].titles.map(widthOf)) + 20;
  const width = Math.max(longest, ...known.map((table) => table[0].length * wide));
  const cell = (value, row, column, top, now, plays) => {
    const played = now && plays[0]?.[0] === row && plays[1]?.[0] === column;
    const [x, y] = [1 + column * wide, top + 26 + row * tall];
    const [label, kind] = played ? [`[${printed(value)}]`, "film-bold"] : [printed(value), ""];
    const text = words(x + wide / 2 - 1, y + tall / 2 - 1, label, kind);
    const inside = box(x, y, wide - 2, tall - 2, now ? "film-heat" : "film-frame") + text;
    return (now ? heated(heatOf(value, low, high), inside) : inside) + (played ? box(x, y, wide - 2, tall - 2, "film-played") : "");
  };
  return {
    draw(step, plays) {
      const { titles, now } = scenes[step];
      const parts = titles.map((title, k) => words(0, tops[k] + 14, title, k === now ? "film-bold" : "", "start"));
      const cells = scenes[step].tables.flatMap((table, k) =>
        (table ?? []).flatMap((row, a) => row.map((value, b) => cell(value, a, b, tops[k], k === now, plays))));
      return svg(width + 4, tops.at(-1) + 4, [...parts, ...cells].join(""));
    },
    note: () => ["rows: agent 1, columns: agent 2"],
    say(step) {
      const { titles, now } = scenes[step];
      const rows = scenes[step].tables[now]?.map((row) => row.map(printed).join(" ")).join(", ");
      return rows ? `${titles[now]}: ${rows}` : titles[now];
    },
  };
}

/** A row for each robot: its lane with its shelf on the left, the dock with the truck that all share on the right. */
function dock(scenes, width) {
  const n = scenes[0].shelves.length;
  const [lane, quay, wall, top] = [88, 186, 218, 26];
  const side = Math.min(width, 320);
  const tall = Math.max(24, Math.min(46, 280 / n));
  const y = (i) => top + (i + 0.5) * tall;
  const columns = [[4, "shelves"], [lane - 16, "lanes"], [quay - 14, "dock"]];
  const heads = columns.map(([x, text]) => words(x, 12, text, "", "start"));
  const paper = Array.from({ length: n }, (_, i) => line(50, y(i), wall, y(i))).join("");
  const frame = heads.join("") + paper + line(wall, top, wall, top + n * tall, "film-wall");
  const thing = (x, middle, wide, high, lines) => {
    const first = middle - 17 * ((lines.length - 1) / 2);
    const texts = lines.map((text, k) => words(x + wide / 2, first + 17 * k, text, "film-label"));
    return box(x, middle - high / 2, wide, high, lines.length ? "film-thing" : "film-place") + texts.join("");
  };
  const robot = (i, { at_dock: at, lookouts }, goes) => {
    const [x, stays] = [at[i] ? quay : lane, goes === (at[i] ? "dock" : "lane")];
    const heading = { lane: "left", dock: "right" }[goes];
    return arrow(x, y(i), heading, stays ? 26 : 72) + disc(x, y(i), i, 11, i < lookouts ? "film-lookout" : "");
  };
  return {
    draw(step, plays) {
      const scene = scenes[step];
      const lanes = scene.shelves.map((full, i) =>
        thing(4, y(i), 44, Math.min(30, 0.7 * tall), full ? [scene.worth[i]] : []) + robot(i, scene, plays[i]?.[1]));
      const truck = scene.truck ? ["truck", `pays ${scene.pay}`, `needs ${scene.need}`] : [];
      const high = Math.max(54, Math.min(100, 0.9 * n * tall));
      const quayside = thing(wall + 8, top + (n * tall) / 2, side - wall - 10, high, truck);
      return svg(side, top + Math.max(n * tall, 56) + 4, frame + lanes.join("") + quayside);
    },
    note(step, plays) {
      const { need, lookouts } = scenes[step];
      const come = plays.filter(([, name]) => name === "dock").length;
      const sees = lookouts ? "ringed: sees the truck from anywhere" : "the truck is seen at the dock only";
      return [plays.length ? `${come} to the dock, ${need} are needed` : "the shift is over", sees];
    },
    say(step) {
      const { shelves, worth, at_dock: at, truck, pay, need } = scenes[step];
      const robots = shelves.map((full, i) => {
        const what = full ? `a shelf worth ${worth[i]}` : "no shelf";
        return `robot ${i + 1} ${at[i] ? "at the dock" : "in its lane"}, lane ${i + 1} with ${what}`;
      });
      return [truck ? `a truck that pays ${pay} and needs ${need}` : "no truck", ...robots].join("; ");
    },
  };
}

const WORLDS = { grid, plane, tables, dock };
