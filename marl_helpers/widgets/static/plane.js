// A plane of games, a point in it, and what each method makes of the game there. On the page this file follows place.js
// in one module.

const [ACROSS, UP] = [60, 50]; // games of a map, each at the middle of its cell
const SIGNS = { yes: "right", tie: "a tie", no: "wrong" };

class PlaneView extends PlaceView {
  constructor(model, root) {
    super(model, root, { x: "x =", y: "y =" });
    this.drawMaps();
    this.begin();
  }

  async drawMaps() {
    const { classes, field, most } = this;
    field.className = "marl-plane";
    field.innerHTML = classes.map(([, { label }], k) => this.skeleton(label, k === 0)).join("") + signs();
    this.points = [...field.querySelectorAll(".marl-point")];
    for (const map of field.querySelectorAll(".marl-map")) {
      follow(map, (across, up) => this.move(hundredth(across, most.x), hundredth(up, most.y)));
    }
    onKeys(this.points[0], (across, up) => {
      const [x, y] = this.place;
      this.move(moveBy(x, across, most.x), moveBy(y, up, most.y));
    });
    const cells = Array.from({ length: ACROSS * UP }, (_, k) => [k % ACROSS, Math.floor(k / ACROSS)]);
    const names = classes.map(([name]) => name);
    const found = [];
    const look = ([i, j]) => {
      const place = [((i + 0.5) * most.x) / ACROSS, ((j + 0.5) * most.y) / UP];
      found.push(exactFits(this.gameAt(...place), names));
    };
    if (await gently(cells, look, () => this.gone)) {
      names.forEach((name, k) => this.fill(k, found.map(({ [name]: best }) => best.findsOptimum)));
    }
  }

  skeleton(label, first) {
    const { most } = this;
    const corners = [[0, 0], [1, 0], [0, 1]].map(([x, y], k) => {
      const name = escaped(this.model.get("_corners")[k]);
      const place = `left: ${percent(x, most.x)}; bottom: ${percent(y, most.y)}`;
      return x <= most.x && y <= most.y ? `<span class="marl-corner${y ? " marl-high" : ""}" style="${place}">${name}</span>` : "";
    });
    const handle = `role="slider" tabindex="0" aria-label="point in the plane" aria-valuemin="0" aria-valuemax="${most.x}"`;
    return `<figure><figcaption>${escaped(label)}</figcaption><div class="marl-map">
      <svg viewBox="0 0 ${ACROSS} ${UP}" preserveAspectRatio="none" role="img"></svg>${corners.join("")}
      <i class="marl-point" ${first ? handle : 'aria-hidden="true"'}></i></div>
      <p class="marl-ends" aria-hidden="true"><span>0</span><span>x →</span><span>${general(most.x, 4)}</span></p>
      <p class="marl-ends marl-side" aria-hidden="true"><span>0</span><span>y →</span><span>${general(most.y, 4)}</span></p>
      </figure>`;
  }

  /** Draw a map: the outcomes of its games, row by row from below. */
  fill(k, outcomes) {
    const svg = this.field.querySelectorAll("svg")[k];
    const paths = Object.keys(SIGNS).map((sign) => {
      const runs = runsOf(outcomes, sign).map(([i, j, length]) => `M${i} ${UP - 1 - j}h${length}v1h-${length}z`);
      return `<path class="marl-${sign}" d="${runs.join("")}"></path>`;
    });
    svg.innerHTML = paths.join("");
    const right = outcomes.filter((outcome) => outcome === "yes").length;
    svg.setAttribute("aria-label", `${this.classes[k][1].label}: right on ${right} of ${outcomes.length} games`);
  }

  move(x, y) {
    this.model.set("x", x);
    tell(this.model, "y", y);
  }

  showPlace() {
    const [{ most }, [x, y]] = [this, this.place];
    for (const point of this.points) {
      Object.assign(point.style, { left: percent(x, most.x), bottom: percent(y, most.y) });
    }
    this.points[0].setAttribute("aria-valuenow", x);
    this.points[0].setAttribute("aria-valuetext", `x ${general(x, 4)}, y ${general(y, 4)}`);
  }
}

/** Neighbours in a row with that outcome, as [column, row, how many]. */
function runsOf(outcomes, sign) {
  const runs = [];
  outcomes.forEach((outcome, k) => {
    if (outcome !== sign) return;
    const [i, j, last] = [k % ACROSS, Math.floor(k / ACROSS), runs.at(-1)];
    if (last && last[1] === j && last[0] + last[2] === i) last[2] += 1;
    else runs.push([i, j, 1]);
  });
  return runs;
}

const signs = () => {
  const key = ([sign, word]) => `<span class="marl-sign"><i class="marl-${sign}"></i>${word}</span>`;
  return `<p class="marl-signs">The best fit is ${Object.entries(SIGNS).map(key).join(" ")}</p>`;
};

export default {
  render({ model, el }) {
    const view = new PlaneView(model, el);
    return () => view.leave();
  },
};
