// Q_tot as a surface over the two agents' utilities, at moments of a fit, with the joint actions as dots and the fitted
// table below. On the page this file follows numbers.js, cells.js, controls.js, player.js, drawing.js, steps.js and
// network.js in one module.

const GRID = 14; // patches along each side of a surface
const RISE = (28 * Math.PI) / 180; // how far above the horizon it is seen from
const MARGIN = 0.06; // of an axis, around all that it shows

/** A method's networks with what all moments share: the ends of its axes, and how the moments are drawn. */
class Bend {
  constructor({ label, networks }, reward, angle) {
    Object.assign(this, { label, networks, reward, angle });
    this.most = Math.max(...reward.flat());
    this.axes = [0, 1].map((i) => padded(networks.flatMap(({ utilities }) => utilities[i])));
    this.values = [...reward.flat(), ...networks.flatMap((network) => this.table(network).flat())];
  }

  /** Q_tot of every joint action. */
  table(network) {
    return this.reward.map((row, i) => row.map((_, j) => flow(network, chosenOf(network, [i, j])).team));
  }

  played(network) {
    const [i, j] = greedyOf(network);
    return { cell: [i, j], right: this.reward[i][j] === this.most };
  }

  say(network) {
    const [rewards, fitted] = [this.reward.flat(), this.table(network).flat()];
    const { cell } = this.played(network);
    const error = fitted.reduce((sum, value, k) => sum + (value - rewards[k]) ** 2, 0) / fitted.length;
    const earned = general(this.reward[cell[0]][cell[1]], 6);
    return `plays ${cellText(cell)}, earns ${earned} of ${general(this.most, 6)}; error ${decimals(error, 2)}`;
  }
}

/** The ends of some values with a margin. */
function padded(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const edge = MARGIN * (high - low || 1);
  return [low - edge, high + edge];
}

/** How a point of the box, each of its three sides from 0 to 1, falls on a picture of that size. */
function projection(angle, width, height) {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const size = Math.min((width - 84) / 1.42, (height - 62) / 1.42);
  const tall = 0.85 * size * Math.cos(RISE);
  return ([x, y, z]) => {
    const [right, far] = [cos * (x - 0.5) - sin * (y - 0.5), sin * (x - 0.5) + cos * (y - 0.5)];
    return [width / 2 + 20 + size * right, (height - 10) / 2 - size * far * Math.sin(RISE) - tall * (z - 0.5)];
  };
}

const points = (list) => list.map(([x, y]) => `${x.toFixed(1)},${y.toFixed(1)}`).join(" ");

/** One method's picture at a moment: floor and axes, the surface, and the dots with what the reward says of each. */
function picture(bend, network, ends, angle, [width, height]) {
  const spans = [...bend.axes, padded(ends)];
  const unit = (point) => point.map((value, k) => (value - spans[k][0]) / (spans[k][1] - spans[k][0]));
  const project = projection(angle, width, height);
  const at = (q1, q2, team) => project(unit([q1, q2, team]));
  const parts = [...frame(spans, at), ...surface(bend, network, ends, at), ...dots(bend, network, at)];
  return svg(width, height, parts.join(""));
}

/** The floor, the two walls behind, and numbers along three edges. */
function frame([[x0, x1], [y0, y1], [z0, z1]], at) {
  const wall = (...corners) => mark("polygon", { points: points(corners.map((corner) => at(...corner))), class: "film-frame" });
  const parts = [
    wall([x0, y0, z0], [x1, y0, z0], [x1, y1, z0], [x0, y1, z0]),
    wall([x0, y1, z0], [x1, y1, z0], [x1, y1, z1], [x0, y1, z1]),
    wall([x1, y0, z0], [x1, y1, z0], [x1, y1, z1], [x1, y0, z1]),
  ];
  for (const one of ticks(x0, x1, 4)) {
    const [x, y] = at(one, y0, z0);
    parts.push(line(x, y, x + 2, y + 5, "film-axis"), words(x + 4, y + 13, printed(one), "film-small"));
  }
  for (const one of ticks(y0, y1, 4)) {
    const [x, y] = at(x0, one, z0);
    parts.push(line(x, y, x - 4, y + 4, "film-axis"), words(x - 6, y + 8, printed(one), "film-small", "end"));
  }
  for (const one of ticks(z0, z1, 5)) {
    const [x, y] = at(x0, y1, one);
    const [far, high] = at(x1, y1, one);
    const [near, low] = at(x1, y0, one);
    parts.push(line(x, y, far, high), line(far, high, near, low));
    parts.push(line(x - 4, y, x, y, "film-axis"), words(x - 7, y, printed(one), "film-small", "end"));
  }
  const [[ax, ay], [bx, by], [cx, cy]] = [at((x0 + x1) / 2, y0, z0), at(x0, (y0 + y1) / 2, z0), at(x0, y1, z1)];
  parts.push(words(ax + 12, ay + 30, "Q₁", "film-bold"), words(bx - 32, by + 20, "Q₂", "film-bold", "end"));
  return [...parts, words(cx - 4, cy - 14, "Q_tot", "film-bold")];
}

/** Over all that the utilities span: patches from the far side to the near one, the brighter the higher. */
function surface(bend, network, [low, high], at) {
  const [xs, ys] = network.utilities.map((row) => {
    const [from, to] = [Math.min(...row), Math.max(...row)];
    return range(GRID + 1).map((k) => from + ((to - from) * k) / GRID);
  });
  const heights = xs.map((q1) => ys.map((q2) => flow(network, [q1, q2]).team));
  const corners = xs.map((q1, i) => ys.map((q2, j) => at(q1, q2, heights[i][j])));
  return product([range(GRID), range(GRID)])
    .sort(([i, j], [k, l]) => k + l - i - j)
    .map(([i, j]) => {
      const mean = (heights[i][j] + heights[i + 1][j] + heights[i][j + 1] + heights[i + 1][j + 1]) / 4;
      const around = points([corners[i][j], corners[i + 1][j], corners[i + 1][j + 1], corners[i][j + 1]]);
      const style = `--heat: ${heatOf(mean, low, high).toFixed(3)}`;
      return mark("polygon", { points: around, class: "surface-patch", style });
    });
}

/** A dot for each joint action on the surface, and a line from it to its reward: an error that can be seen. */
function dots(bend, network, at) {
  const [first, second] = network.utilities;
  const { cell, right } = bend.played(network);
  const table = bend.table(network);
  const [parts, names] = [[], []];
  product([range(first.length), range(second.length)]).forEach(([i, j]) => {
    const [x, y] = at(first[i], second[j], table[i][j]);
    const [, paid] = at(first[i], second[j], bend.reward[i][j]);
    parts.push(line(x, y, x, paid, "surface-error"), line(x - 4, paid, x + 4, paid, "surface-reward"));
    const played = i === cell[0] && j === cell[1];
    if (played) parts.push(mark("circle", { cx: x, cy: y, r: 9, class: right ? "surface-right" : "surface-wrong" }));
    parts.push(mark("circle", { cx: x, cy: y, r: 4, class: "surface-dot" }));
    if (played) names.push(words(x, y - 18, `${cellText(cell)} ${right ? "✓" : "✗"}`, "film-bold surface-name"));
  });
  return [...parts, ...names];
}

const PANELS = `<p class="surface-heading"><strong></strong></p>
  <div class="marl-cards film-picture" role="img" tabindex="0"></div>
  <p>Each dot is a joint action. A dotted line leads from it to its reward: the error.</p>`;

class SurfaceView {
  constructor(model, el) {
    Object.assign(this, { model, steps: model.get("_steps"), stage: new Stage(model, el) });
    const { root, controls, answer } = this.stage;
    answer.innerHTML = PANELS;
    [this.heading, this.panels] = answer.querySelectorAll("strong, [role=img]"); // it keeps the focus when it changes
    root.setAttribute("role", "group");
    root.ariaLabel = "Q_tot over the agents' utilities, while a fit goes on";
    this.bends = model.get("_methods").map((method) => new Bend(method, model.get("_reward")));
    const values = this.bends.flatMap((bend) => bend.values);
    this.ends = [Math.min(...values), Math.max(...values)]; // of all moments, for heights and colours alike
    this.player = new Player(this.stage, {
      words: (moment) => `${this.steps[moment]} of ${this.steps.at(-1)}`,
      at: () => model.get("moment"),
      last: () => this.steps.length - 1,
      show: (moment) => tell(model, "moment", moment),
    });
    const words = (turn) => `${turn}°`;
    this.turn = slider({ label: "turn", min: 0, max: 90, step: 1, words, tell: (turn) => tell(model, "turn", turn) });
    controls.append(this.turn.root);
    model.on("change:moment change:turn", () => this.paint());
    this.resized = new ResizeObserver(() => root.clientWidth !== this.width && this.paint());
    this.resized.observe(root);
    this.paint();
  }

  paint() {
    this.width = this.stage.root.clientWidth;
    this.player.paint();
    this.turn.show(this.model.get("turn"));
    this.stage.change(() => this.draw());
  }

  draw() {
    const moment = this.model.get("moment");
    const heading = `after ${this.steps[moment]} steps`;
    const said = this.bends.map((bend) => `${bend.label}: ${bend.say(bend.networks[moment])}`);
    this.heading.textContent = heading;
    this.panels.innerHTML = this.bends.map((bend) => this.card(bend, bend.networks[moment])).join("");
    this.stage.aside.textContent = this.panels.ariaLabel = [heading, ...said].join("\n");
  }

  card(bend, network) {
    const room = Math.max(this.width, 240) - 4; // a page that is not laid out yet has no width
    const beside = room >= 560 && this.bends.length > 1;
    const width = Math.min(beside ? Math.floor((room - 12) / 2) : room, 440) - 26; // of a card's inside
    const angle = (this.model.get("turn") * Math.PI) / 180;
    const { cell, right } = bend.played(network);
    return (
      `<section class="marl-card marl-${right ? "good" : "bad"}" aria-label="surface of ${bend.label}"><h4>${bend.label}</h4>` +
      `<p>${bend.say(network)}</p>` +
      picture(bend, network, this.ends, angle, [width, Math.round(0.86 * width)]) +
      `${this.table(bend, network, cell)}</section>`
    );
  }

  /** The fitted table: [ ] is what the team plays, * earns most. */
  table(bend, network, played) {
    const table = bend.table(network);
    const digits = placesFor(table.flat());
    const rows = table.map((row, i) => {
      const cells = row.map((value, j) => {
        const own = i === played[0] && j === played[1];
        const text = label(value, digits, bend.reward[i][j] === bend.most, own);
        return `<td${own ? ' class="marl-played"' : ""} style="--heat: ${heat(value, ...this.ends)}">${text}</td>`;
      });
      return `<tr>${cells.join("")}</tr>`;
    });
    return `<table><caption>Q_tot (rows: agent 1)</caption><tbody>${rows.join("")}</tbody></table>`;
  }
}

export default {
  render({ model, el }) {
    const view = new SurfaceView(model, el);
    return () => {
      view.player.pause();
      view.resized.disconnect();
    };
  },
};
