// A line of games, a cursor along lambda, and what each method makes of the game there. On the page this file follows
// place.js in one module.

const GRID = 100; // games between which a class's play is looked at, as in widgets/slider.py
const HALVINGS = 40; // of the gap around the place where it changes
const OUTCOMES = { yes: "", tie: ", a tie", no: ", wrong" };

class LineView extends PlaceView {
  rested = new Map(); // initial scale -> lambda -> method -> share of runs right

  constructor(model, root) {
    super(model, root, { lam: "λ =" });
    this.drawMap();
    this.begin();
  }

  /** What a class makes of the game at lambda: error, outcome, and what its best fit plays in words. */
  found(name, lam) {
    const table = this.gameAt(lam);
    const { [name]: best } = exactFits(table, [name]);
    if (!cannotHold(table, [[name, best]])) return { mse: best.mse, outcome: "holds", said: "holds it" };
    const said = best.greedy.map(cellText).join(" or ") + OUTCOMES[best.findsOptimum];
    return { mse: best.mse, outcome: best.findsOptimum, said };
  }

  /** Neighbours that are alike, as stretches from 0 to the end of the line, with exact places between them. */
  stretchesOf(name, samples) {
    const stretches = [{ from: 0, ...samples[0] }];
    for (const next of samples.slice(1)) {
      const last = stretches.at(-1);
      let [low, high] = [last.lam, next.lam];
      last.lam = next.lam;
      if (next.said === last.said) continue;
      for (let k = 0; k < HALVINGS; k++) {
        const middle = (low + high) / 2;
        if (this.found(name, middle).said === last.said) low = middle;
        else high = middle;
      }
      last.to = low;
      stretches.push({ from: low, ...next });
    }
    stretches.at(-1).to = this.most.lam;
    return stretches;
  }

  async drawMap() {
    const { most, classes, field } = this;
    const places = Array.from({ length: GRID }, (_, k) => ((k + 0.5) * most.lam) / GRID);
    field.className = "marl-line";
    field.innerHTML = this.skeleton();
    const touched = field.querySelector(".marl-field");
    this.cursor = field.querySelector("[role=slider]");
    follow(touched, (across) => tell(this.model, "lam", hundredth(across, most.lam)));
    onKeys(this.cursor, (across, up) => {
      tell(this.model, "lam", moveBy(this.model.get("lam"), across + up, most.lam));
    });
    const lines = classes.map(([name]) => ({ name, samples: [] }));
    const looks = lines.flatMap(({ name, samples }) =>
      places.map((lam) => () => samples.push({ lam, ...this.found(name, lam) })),
    );
    const ends = lines.map((line) => () => (line.stretches = this.stretchesOf(line.name, line.samples)));
    if (await gently([...looks, ...ends], (work) => work(), () => this.gone)) this.fill(lines);
  }

  skeleton() {
    const { classes, most, methods } = this;
    const key = (mark, text, style) => `<span class="marl-key" style="${style}">${mark}${escaped(text)}</span>`;
    const line = '<svg viewBox="0 0 36 8" aria-hidden="true"><line x2="36" y1="4" y2="4"></line></svg>';
    const strips = classes.map(
      ([, kind]) => `<p>${key(line, kind.label, inkOf(kind))}</p><div class="marl-strip-row"></div><p class="marl-strip-said" aria-hidden="true"></p>`,
    );
    const runs = methods.filter((method) => method in TableLearner.METHODS || RULES.methods[method].projections.length);
    const dots = runs.map((method) => key("<i></i>", RULES.methods[method].label, inkOf({ method }))).join(" ");
    return `<p class="marl-title">Error of the best fit <span class="marl-top"></span></p>
      <div class="marl-field"><svg class="marl-curves" viewBox="0 0 100 100" preserveAspectRatio="none" role="img"></svg>
      <p class="marl-title">What the best fit plays</p>${strips.join("")}
      <p class="marl-title">Runs that were right, where the cursor has rested: ${dots}</p>
      <div class="marl-rested" aria-hidden="true"></div>
      ${axis(most.lam)}
      <div class="marl-cursor" role="slider" tabindex="0" aria-label="λ" aria-valuemin="0" aria-valuemax="${most.lam}">
      <output></output></div></div>`;
  }

  /** Draw what each class makes of the line. */
  fill(lines) {
    const { most, classes, field } = this;
    const top = Math.max(...lines.flatMap(({ samples }) => samples.map(({ mse }) => mse))) || 1;
    const svg = field.querySelector(".marl-curves");
    field.querySelector(".marl-top").textContent = `(mean squared error, up to ${general(top, 3)})`;
    svg.innerHTML = lines.map(({ samples }, k) => {
      const points = samples.map(({ lam, mse }) => `${fixed((100 * lam) / most.lam, 2)},${fixed(98 - (96 * mse) / top, 2)}`);
      return `<polyline points="${points.join(" ")}" style="${inkOf(classes[k][1])}"></polyline>`;
    }).join("");
    const rows = field.querySelectorAll(".marl-strip-row");
    const told = lines.map(({ stretches }, k) => {
      rows[k].innerHTML = stretches.map((stretch) => this.span(stretch)).join("");
      const parts = stretches.map(({ to, said }) => `up to ${general(to, 4)}: ${said}`).join("; ");
      rows[k].nextElementSibling.textContent = parts;
      return `${classes[k][1].label}: ${parts}`;
    });
    svg.setAttribute("aria-label", told.join("\n"));
  }

  span({ from, to, outcome, said }) {
    const { lam: most } = this.most;
    const place = to < most ? `<b>${general(to, 4)}</b>` : "";
    const style = `left: ${percent(from, most)}; width: ${percent(to - from, most)}`;
    return `<div class="marl-${outcome}" style="${style}" title="${said} up to ${general(to, 4)}"><span>${said}</span>${place}</div>`;
  }

  showPlace() {
    const [{ lam: most }, lam, scale] = [this.most, this.model.get("lam"), this.model.get("scale")];
    const { cursor, rested } = this;
    cursor.style.left = percent(lam, most);
    cursor.firstElementChild.textContent = `λ = ${general(lam, 4)}`;
    cursor.setAttribute("aria-valuenow", lam);
    cursor.setAttribute("aria-valuetext", general(lam, 4));
    if (!rested.has(scale)) rested.set(scale, new Map());
    if (Object.keys(this.right).length) rested.get(scale).set(lam, this.right);
    const dot = (at, method, share) => {
      const aside = 8 * this.methods.indexOf(method) - 4 * (this.methods.length - 1); // or equal ones hide each other
      const place = `left: calc(${percent(at, most)} + ${aside}px); bottom: ${percent(share, 1)}`;
      return `<i style="${place}; ${inkOf({ method })}"></i>`;
    };
    const dots = [...rested.get(scale)].flatMap(([at, right]) =>
      Object.entries(right).map(([method, share]) => dot(at, method, share)),
    );
    this.field.querySelector(".marl-rested").innerHTML = `<span>all</span><span>none</span>${dots.join("")}`;
  }
}

export default {
  render({ model, el }) {
    const view = new LineView(model, el);
    return () => view.leave();
  },
};
