// The mixer as a machine: bars of utilities, lines as thick as weights, hidden units, and Q_tot. On the page this file
// follows numbers.js, cells.js, controls.js, drawing.js and network.js in one module.

const ROW = 26; // pixels of an action
const THICK = 9; // pixels of the largest weight
const NARROW = 480; // below it names are short

/** The network with that agent's weights, counted from 1, of the other sign; 0 is nobody. */
const turned = (network, agent) =>
  agent ? { ...network, w1: network.w1.map((row, i) => (i === agent - 1 ? row.map((w) => -w) : row)) } : network;

/** A network at a joint action, in words: as Reading of widgets/machines.py. */
class Reading {
  constructor(network, actions) {
    Object.assign(this, { network, actions });
    const { utilities } = network;
    const there = utilities.map((row) => range(row.length).filter((a) => row[a] !== null));
    this.teams = product(there).map((cell) => ({ cell, team: flow(network, chosenOf(network, cell)).team }));
    this.known = utilities.flat().filter((value) => value !== null);
    this.places = placesFor(this.known) + 1;
    this.teamPlaces = placesFor(this.teams.map(({ team }) => team)) + 1;
    Object.assign(this, flow(network, chosenOf(network, actions)));
  }

  utility(value) {
    return decimals(value, this.places);
  }

  value(team) {
    return decimals(team, this.teamPlaces);
  }

  get plays() {
    const plays = this.actions.map((a, i) => `agent ${i + 1} plays ${a} (${this.utility(this.network.utilities[i][a])})`);
    return `${plays.join(", ")}: Q_tot ${this.value(this.team)}.`;
  }

  /** Whether the agents' own best actions form a joint action with the largest Q_tot; ties change nothing. */
  get igm() {
    const cell = greedyOf(this.network);
    const greedy = { cell, team: flow(this.network, chosenOf(this.network, cell)).team };
    const best = this.teams.reduce((most, one) => (one.team > most.team ? one : most));
    const holds = greedy.team >= best.team - TOLERANCE * spreadOf(this.teams.map(({ team }) => team));
    const each = `each agent's own best, ${cellText(greedy.cell)}, has Q_tot ${this.value(greedy.team)}`;
    const but = `but ${cellText(best.cell)} has ${this.value(best.team)}.`;
    return { holds, said: holds ? `IGM holds: ${each}, and nothing has more.` : `IGM fails: ${each}, ${but}` };
  }
}

/** The least and the largest that the hidden units can be. */
function ends(network) {
  const hidden = network.b1.flatMap((bias, h) => {
    const reach = network.utilities.map((row, i) => row.filter((q) => q !== null).map((q) => q * network.w1[i][h]));
    return [Math.min, Math.max].map((end) => elu(bias + reach.reduce((sum, all) => sum + end(...all), 0)));
  });
  return [Math.min(0, ...hidden), Math.max(0, ...hidden)];
}

/** What lengths and widths are in proportion to, the same for all networks, so that they can be compared. */
function scales(networks) {
  const known = networks.flatMap(({ utilities }) => utilities.flat()).filter((value) => value !== null);
  const reach = networks.flatMap(ends);
  return {
    utilities: [Math.min(0, ...known), Math.max(0, ...known)],
    hidden: [Math.min(...reach), Math.max(...reach)],
    into: Math.max(...networks.flatMap(({ w1 }) => w1.flat()).map(Math.abs)),
    out: Math.max(...networks.flatMap(({ w2 }) => w2).map(Math.abs)),
  };
}

/** A bar from a zero line: `x` maps values to pixels. */
function bar(x, value, y, height, kind) {
  const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
  return box(from, y, Math.max(to - from, 1), height, kind);
}

const scale = (low, high, from, to) => (value) => from + ((value - low) / (high - low || 1)) * (to - from);

/** A line as thick as its weight, and of another look where that is negative. */
function weightLine(from, to, weight, most) {
  const [[x1, y1], [x2, y2]] = [from, to];
  const middle = (x1 + x2) / 2;
  const d = `M${x1},${y1} C${middle},${y1} ${middle},${y2} ${x2},${y2}`;
  const kind = weight < 0 ? "machine-line machine-negative" : "machine-line";
  const thick = Math.max(0.6, (THICK * Math.abs(weight)) / (most || 1));
  return mark("path", { d, class: kind, "stroke-width": thick.toFixed(2) });
}

class MachineView {
  constructor(model, el) {
    Object.assign(this, { model, stage: new Stage(model, el), networks: model.get("_networks") });
    const { root, controls, answer } = this.stage;
    root.setAttribute("role", "group");
    root.ariaLabel = model.get("_name");
    const radio = (label, values, hear) => {
      const made = choice({ label, values, tell: hear });
      controls.append(made.root);
      return made;
    };
    const named = this.networks.map(({ name }, k) => [name, k]);
    this.shown = radio("mixer", named, (k) => tell(model, "shown", k));
    this.shown.root.hidden = named.length < 2;
    const { utilities } = this.networks[0];
    this.plays = utilities.map((row, i) =>
      radio(`agent ${i + 1} plays`, row.map((_, a) => [String(a), a]), (action) => this.play(i, action)),
    );
    const whose = [["nobody's", 0], ...utilities.map((_, i) => [`agent ${i + 1}'s`, i + 1])];
    this.negative = radio("negative weights", whose, (agent) => tell(model, "negative", agent));
    answer.addEventListener("click", ({ target }) => this.click(target));
    model.on("change:shown change:actions change:negative", () => this.paint());
    this.resized = new ResizeObserver(() => root.clientWidth !== this.width && this.paint());
    this.resized.observe(root);
    this.paint();
  }

  play(agent, action) {
    if (this.network.utilities[agent][action] === null) return this.paint(); // not available here
    tell(this.model, "actions", this.model.get("actions").with(agent, action));
  }

  click(target) {
    const [agent, action] = target.closest("[data-plays]")?.dataset.plays.split(",").map(Number) ?? [];
    if (agent !== undefined) this.play(agent, action);
  }

  paint() {
    const network = this.networks[this.model.get("shown")];
    const negative = network.b1.length ? this.model.get("negative") : 0; // a sum has no weights
    this.network = turned(network, negative);
    const actions = this.model.get("actions");
    this.width = this.stage.root.clientWidth;
    this.shown.show(this.model.get("shown"));
    this.plays.forEach((one, i) => {
      one.show(actions[i]);
      one.root.querySelectorAll("input").forEach((input, a) => (input.disabled = network.utilities[i][a] === null));
    });
    this.negative.show(negative);
    this.negative.root.hidden = !network.b1.length;
    const all = scales(this.networks.map((one) => (one.b1.length ? turned(one, negative) : one)));
    this.stage.show(() => this.draw(new Reading(this.network, actions), all));
  }

  draw(reading, all) {
    const { holds, said } = reading.igm;
    const picture = drawn(reading, all, Math.max(300, Math.min((this.width || 700) - 4, 780)));
    return (
      `<div class="film-picture machine" role="img" aria-label="${reading.plays} ${escaped(said)}">${picture}</div>` +
      `<p class="machine-said"><strong>${reading.plays}</strong></p>` +
      `<p class="machine-said ${holds ? "machine-holds" : "machine-fails"}">${escaped(said)}</p>`
    );
  }
}

/** The whole machine, so many pixels wide. */
function drawn(reading, all, width) {
  const { network } = reading;
  const narrow = width < NARROW;
  const units = network.b1.length;
  const blocks = network.utilities.map((row) => (row.length + 1) * ROW + 10);
  const step = units > 12 ? 17 : 30;
  const height = Math.max(blocks.reduce((sum, one) => sum + one, 0), (units + 1) * step + 30, 200);
  const left = Math.round(width * (narrow ? 0.36 : 0.34));
  const column = { from: Math.round(width * (narrow ? 0.5 : 0.52)), to: Math.round(width * (narrow ? 0.76 : 0.74)) };
  const out = [width - (narrow ? 38 : 62), height / 2];
  const parts = { lines: [], marks: [] };
  const ports = agents(reading, all, left, height, blocks, parts);
  if (units) unitColumn(reading, all, column, height, step, ports, out, parts, narrow);
  else {
    for (const [x, y] of ports) parts.lines.push(weightLine([x, y], [out[0] - 34, out[1]], 1, 2));
    const x = (left + out[0]) / 2;
    parts.marks.push(words(x, 14, narrow ? "no weights" : "no hidden layer: each weight is 1", "film-small"));
  }
  parts.marks.push(...output(reading, out, narrow));
  return svg(width, height, [...parts.lines, ...parts.marks].join(""));
}

/** Each agent's utilities as bars; where its line begins, of each. */
function agents(reading, all, right, height, blocks, { marks }) {
  const { network, actions, known } = reading;
  const text = Math.max(...known.map((value) => widthOf(reading.utility(value)))) + 8;
  const x = scale(...all.utilities, 22, right - 30 - text);
  const free = (height - blocks.reduce((sum, one) => sum + one, 0)) / blocks.length;
  const ports = [];
  let top = free / 2;
  network.utilities.forEach((row, i) => {
    const best = Math.max(...row.filter((value) => value !== null));
    const name = `agent ${i + 1}${right < 180 ? "" : `: Q${"₁₂₃₄₅₆₇₈₉"[i] ?? ` ${i + 1}`}`}`;
    marks.push(words(0, top + ROW / 2, name, "film-bold", "start"));
    marks.push(words(right - 12, top + ROW / 2, "★ best", "film-small", "end"));
    row.forEach((value, a) => {
      const y = top + (a + 1) * ROW;
      const played = actions[i] === a;
      if (played) ports.push([right - 6, y + ROW / 2]);
      const kind = played ? "machine-played" : "machine-bar";
      const said = value === null ? "not available" : reading.utility(value) + (value === best ? " ★" : "");
      const inside = [
        box(0, y, right - 8, ROW - 2, played ? "machine-row machine-chosen" : "machine-row"),
        words(8, y + ROW / 2 - 1, a, played ? "film-bold" : ""),
        ...(value === null ? [] : [bar(x, value, y + 5, ROW - 12, kind)]),
        words(right - 12, y + ROW / 2 - 1, said, played ? "film-bold" : "", "end"),
      ];
      marks.push(mark("g", { "data-plays": `${i},${a}`, class: value === null ? "" : "machine-button" }, inside.join("")));
    });
    marks.push(line(x(0), top + ROW, x(0), top + (row.length + 1) * ROW, "film-axis"));
    top += blocks[i] + free;
  });
  return ports;
}

/** The hidden units after ELU as bars, with the lines into them and out. */
function unitColumn({ network, hidden }, all, { from, to }, height, step, ports, out, { lines, marks }, narrow) {
  const text = Math.max(...hidden.map((value) => widthOf(decimals(value, 2)))) + 4;
  const x = scale(...all.hidden, from + 6, to - text - 4);
  const first = (height - hidden.length * step) / 2 + 10;
  marks.push(words((from + to) / 2, first - 12, narrow ? "hidden units" : "hidden units, after ELU", "film-small"));
  hidden.forEach((value, h) => {
    const y = first + h * step;
    const middle = y + step / 2;
    ports.forEach((port, i) => lines.push(weightLine(port, [from, middle], network.w1[i][h], all.into)));
    lines.push(weightLine([to, middle], [out[0] - 34, out[1]], network.w2[h], all.out));
    marks.push(box(from, y + 1, to - from, step - 3, "machine-unit"), bar(x, value, y + 4, step - 9, "machine-played"));
    marks.push(words(to - 3, middle, decimals(value, 2), "film-small", "end"));
  });
  marks.push(line(x(0), first, x(0), first + hidden.length * step - 2, "film-axis"));
}

/** Q_tot, and the bias that comes on top. */
function output({ network, team, teamPlaces }, [x, y], narrow) {
  const half = narrow ? 34 : 42;
  const bias = `${network.v < 0 ? "−" : "+"} ${decimals(Math.abs(network.v), teamPlaces)}`;
  return [
    words(x, y - 36, "Q_tot", "film-bold"),
    mark("rect", { x: x - half + 4, y: y - 22, width: 2 * half - 8, height: 44, rx: 6, class: "machine-out" }),
    words(x, y, decimals(team, teamPlaces), "machine-team"),
    ...(network.b1.length || network.v ? [words(x, y + 36, `bias ${bias}`, "film-small")] : []),
  ];
}

export default {
  render({ model, el }) {
    const view = new MachineView(model, el);
    return () => view.resized.disconnect();
  },
};
