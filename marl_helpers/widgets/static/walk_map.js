// The walk of the proof as a drawing, as widgets/walk_map.py has it. Follows walks.js in one module.

const [LEFT, TOP, HIGH] = [132, 104, 44]; // pixels: room for agent 1's bars, for agent 2's, and the height of a cell
const WIDE = { 1: 64, 2: 64, 3: 64, 4: 54, 5: 46 }; // a cell's width, by how many columns there are
const [BAR, PLACE] = [44, 84]; // a bar's largest length, and where the zero line's side of the bars begins
const DOT = [16, 12]; // where in a cell the walk goes by: from its left and from its lower edge

const tenth = (value) => fixed(steady(value), 1);
const mapLine = (kind, ...at) =>
  `<line class="${kind}" ${["x1", "y1", "x2", "y2"].map((name, k) => `${name}="${at[k]}"`).join(" ")}></line>`;
const mapClear = (kind, ...at) => mapLine("map-halo", ...at) + mapLine(kind, ...at); // stands out on every shade
const mapDot = (kind, [x, y], radius) => `<circle class="${kind}" cx="${x}" cy="${y}" r="${radius}"></circle>`;
const mapWords = (x, y, text, kind = "") =>
  `<text x="${x}" y="${y}"${kind && ` class="${kind}"`} dy="0.35em">${text}</text>`;

function mapBar(kind, ...at) {
  const said = ["x", "y", "width", "height"].map((name, k) => `${name}="${tenth(at[k])}"`).join(" ");
  return `<rect class="map-bar${kind && ` ${kind}`}" ${said}></rect>`;
}

/** The actions by their utility; of those that tie, the greedy one that the walk goes to comes last. */
const orderOf = (utilities, last) =>
  range(utilities.length).sort((a, b) => utilities[a] - utilities[b] || (a === last) - (b === last) || a - b);

/** Each joint action with its team value, a star at the largest, and a frame around the greedy ones. */
function mapCells({ cells, low, high }, spots, order, wide) {
  const [drawn, frames] = [[], []];
  for (const [a, b] of product(order)) {
    const { value, optimal, greedy } = cells.find(({ cell }) => cell[0] === a && cell[1] === b);
    const [x, y] = spots([a, b]);
    const at = `x="${x}" y="${y}" width="${wide}" height="${HIGH}"`;
    const star = optimal ? "*" : "";
    drawn.push(`<g style="--heat: ${heat(value, low, high)}">`);
    drawn.push(`<rect class="map-cell" data-cell="${a},${b}" ${at}></rect>`);
    drawn.push(mapWords(x + wide / 2 + 6, y + 16, general(value, 4) + star, star && "map-best"), "</g>");
    if (greedy) frames.push(`<rect class="map-greedy" ${at}></rect><rect class="map-inner" ${at}></rect>`);
  }
  return [...drawn, ...frames].join("");
}

/** The borders between neighbours across which Q_tot falls. */
function mapEdges(spots, [rows, columns], falls, wide) {
  const ends = new Set(falls.flatMap(({ start, end }) => [`${start} ${end}`, `${end} ${start}`]));
  const across = rows.flatMap((a) =>
    columns.slice(1).map((b, k) => {
      const [x, y] = spots([a, b]);
      return ends.has(`${[a, columns[k]]} ${[a, b]}`) ? mapClear("map-fall", x, y + 3, x, y + HIGH - 3) : "";
    }),
  );
  const down = columns.flatMap((b) =>
    rows.slice(1).map((a, k) => {
      const [x, y] = spots([a, b]);
      return ends.has(`${[rows[k], b]} ${[a, b]}`) ? mapClear("map-fall", x + 3, y, x + wide - 3, y) : "";
    }),
  );
  return [...across, ...down].join("");
}

/** Each action with its utility, as a number and as a bar from the zero line; both agents have one scale. */
function mapBars({ utilities }, [rows, columns], wide) {
  const all = [0, ...utilities.flat()];
  const low = Math.min(...all);
  const scale = BAR / (Math.max(...all) - low || 1);
  const zero = PLACE - low * scale; // of agent 1's bars, from the left; agent 2's stand on the same, from below
  const floor = TOP - 4 - (zero - PLACE);
  const kindOf = (q, own) => (q === Math.max(...own) ? "map-best" : "");
  const drawn = [mapWords(66, 12, "agent 2 plays"), mapWords(66, 30, "with utility Q_2")];
  drawn.push(mapWords(30, TOP - 24, "agent 1"), mapWords(24, TOP - 8, "plays"), mapWords(62, TOP - 8, "Q_1"));
  rows.forEach((action, row) => {
    const [q, y] = [utilities[0][action], TOP + HIGH * row];
    const kind = kindOf(q, utilities[0]);
    drawn.push(mapWords(24, y + HIGH / 2, action, kind), mapWords(62, y + HIGH / 2, general(q, 4), kind));
    drawn.push(mapBar(kind, zero + Math.min(q, 0) * scale, y + 12, Math.abs(q) * scale, HIGH - 24));
  });
  drawn.push(mapLine("map-zero", tenth(zero), TOP, tenth(zero), TOP + HIGH * rows.length));
  columns.forEach((action, column) => {
    const [q, x] = [utilities[1][action], LEFT + wide * column + wide / 2];
    const kind = kindOf(q, utilities[1]);
    drawn.push(mapWords(x, 12, action, kind), mapWords(x, 30, general(q, 4), kind));
    drawn.push(mapBar(kind, x - 10, floor - Math.max(q, 0) * scale, 20, Math.abs(q) * scale));
  });
  drawn.push(mapLine("map-zero", LEFT, tenth(floor), LEFT + wide * columns.length, tenth(floor)));
  return drawn.join("");
}

/** A line with a head for each step that moves, its start as a ring and the goal as a disc. */
function mapArrows(spots, steps, start) {
  const place = (cell) => [spots(cell)[0] + DOT[0], spots(cell)[1] + HIGH - DOT[1]];
  const drawn = steps.filter(({ cells }) => cells.length > 1).map(({ cells, fall }) => {
    const [[x1, y1], [x2, y2]] = [cells[0], cells.at(-1)].map(place);
    const kind = fall ? "map-walk map-falling" : "map-walk";
    const down = y2 > y1;
    const tip = down
      ? `${x2},${y2 - 4} ${x2 - 7},${y2 - 16} ${x2 + 7},${y2 - 16}`
      : `${x2 - 4},${y2} ${x2 - 16},${y2 - 7} ${x2 - 16},${y2 + 7}`;
    const shaft = mapClear(kind, x1, y1, x2 - (down ? 0 : 14), y2 - (down ? 14 : 0));
    const dots = cells.slice(1, -1).map((cell) => mapDot("map-between", place(cell), 3));
    return `${shaft}<polygon class="${kind}" points="${tip}"></polygon>${dots.join("")}`;
  });
  drawn.push(mapDot("map-goal", place(steps.at(-1).cells.at(-1)), 5), mapDot("map-start", place(start), 6));
  return drawn.join("");
}

/** An SVG of a two-agent table, which the walk goes down and then to the right, to the greedy joint action. */
function walkMap(found, start, steps, falls) {
  const goal = steps.at(-1).cells.at(-1);
  const order = found.utilities.map((q, i) => orderOf(q, goal[i]));
  const [rows, columns] = order;
  const wide = WIDE[columns.length];
  const [width, height] = [LEFT + wide * columns.length + 4, TOP + HIGH * rows.length + 4];
  const spots = ([a, b]) => [LEFT + wide * columns.indexOf(b), TOP + HIGH * rows.indexOf(a)];
  const stations = [start, ...steps.map(({ cells }) => cells.at(-1))].map(cellText).join(", ");
  const inner =
    mapCells(found, spots, order, wide) +
    mapEdges(spots, order, falls, wide) +
    mapBars(found, order, wide) +
    mapArrows(spots, steps, start);
  return (
    `<div class="marl-wide"><svg class="marl-map" width="${width}" height="${height}" ` +
    `viewBox="0 0 ${width} ${height}" role="img" ` +
    `aria-label="Q_tot by the agents' utilities; the walk goes ${stations}">${inner}</svg></div>`
  );
}
