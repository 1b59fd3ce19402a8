// A slider through a family of games, and what each method makes of the game there. On the page this file follows
// cells.js and verdicts.js in one module.

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

class InterpolationView extends Verdicts {
  constructor(model, root) {
    super(model, root, ["lam", "scale"], model.get("learning").rest);
    this.lam = slider({
      label: "λ",
      ...{ min: 0, max: model.get("_line").most, step: 0.01, words: (lam) => general(lam, 6) },
      tell: (lam) => tell(model, "lam", lam),
    });
    const scales = model.get("learning").scales.map((scale) => [String(scale), scale]);
    this.scale = choice({ label: "initial scale", values: scales, tell: (scale) => tell(model, "scale", scale) });
    this.stage.controls.append(this.lam.root, this.scale.root);
    this.begin();
  }

  get table() {
    const [lam, { start, end }] = [this.model.get("lam"), this.model.get("_line")];
    return start.map((row, a) => row.map((value, b) => (1 - lam) * value + lam * end[a][b]));
  }

  get recipe() {
    return { ...this.model.get("learning").recipe, scale: this.model.get("scale") };
  }

  paint() {
    super.paint();
    this.lam.show(this.model.get("lam"));
    this.scale.show(this.model.get("scale"));
    this.stage.answer.firstElementChild.prepend(made(rewardCard(this.exact)));
  }
}

export default {
  render({ model, el }) {
    const view = new InterpolationView(model, el);
    return () => view.end();
  },
};
