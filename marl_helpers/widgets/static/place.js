// A place in a family of games, and what each method makes of the game there. On the page this file follows cells.js,
// verdicts.js, moving.js and entry.js in one module.

/** The game itself as a card, in the dress of the cards beside it. */
function rewardCard({ table, optima }) {
  const values = table.flat();
  const [digits, low, high] = [placesFor(values) + 1, Math.min(...values), Math.max(...values)];
  const rows = table.map((row, a) => {
    const cells = row.map((value, b) => {
      const best = optima.some((cell) => same(cell, [a, b]));
      return `<td style="--heat: ${heat(value, low, high)}">${label(value, digits, best, false)}</td>`;
    });
    return `<tr>${cells.join("")}</tr>`;
  });
  return (
    '<section class="marl-card marl-wait" aria-label="reward"><h4>Reward</h4>' +
    `<table><caption>rows: agent 1, columns: agent 2</caption><tbody>${rows.join("")}</tbody></table></section>`
  );
}

/** A map above its cards. A subclass draws `map` into `this.field`, and shows the place there by `showPlace`. */
class PlaceView extends Verdicts {
  gone = false;

  /** names: coordinate -> what its box is called. */
  constructor(model, root, names) {
    super(model, root, [...Object.keys(names), "scale"], model.get("learning").rest);
    this.most = model.get("_most");
    this.classes = Object.entries(model.get("learning").classes);
    this.field = this.stage.controls.appendChild(document.createElement("div"));
    const row = this.stage.controls.appendChild(document.createElement("div"));
    row.className = "marl-row";
    this.boxes = Object.entries(names).map(([name, label]) => {
      const box = entry({ label, most: this.most[name], tell: (value) => tell(model, name, value) });
      row.append(box.root);
      return [name, box];
    });
    const scales = model.get("learning").scales.map((scale) => [String(scale), scale]);
    this.scale = choice({ label: "initial scale", values: scales, tell: (scale) => tell(model, "scale", scale) });
    this.stage.controls.append(this.scale.root);
  }

  /** The game at these coordinates, summed as exact.families.Family does. */
  gameAt(...place) {
    const [base, ...ends] = this.model.get("_games");
    const rest = 1 - place.reduce((sum, one) => sum + one, 0);
    const added = (a, b) => ends.reduce((sum, end, k) => sum + place[k] * end[a][b], 0);
    return base.map((row, a) => row.map((value, b) => rest * value + added(a, b)));
  }

  get place() {
    return Object.keys(this.most).map((name) => this.model.get(name));
  }

  get table() {
    return this.gameAt(...this.place);
  }

  get recipe() {
    return { ...this.model.get("learning").recipe, scale: this.model.get("scale") };
  }

  paint() {
    super.paint();
    for (const [name, { show }] of this.boxes) show(this.model.get(name));
    this.scale.show(this.model.get("scale"));
    this.showPlace();
    this.stage.answer.firstElementChild.prepend(made(rewardCard(this.exact)));
  }

  leave() {
    this.gone = true;
    this.end();
  }
}

/** How a curve is drawn: in its method's colour and dash. */
const inkOf = ({ method }) => {
  const name = method.replaceAll("_", "-");
  return `--ink: var(--marl-method-${name}, currentColor); --dash: var(--marl-dash-${name}, none)`;
};
