// A hall's vote on a bet: hands counted as often as somebody raises one, for as long as the page's tab is open, and sent
// nowhere. On the page this file follows fields.js.

const FEWEST = 4; // bars of one field, however small the screen

/** Bars in order; where they are more than `most`, the rarest are others, and what is right is the last to go there. */
function together(bars, most) {
  const inOrder = ({ row: one }, { row: other }) => one - other || String(one).localeCompare(String(other));
  if (bars.length <= most) return bars.sort(inOrder);
  bars.sort((one, other) => other.right - one.right || other.hands - one.hands);
  const rest = bars.splice(most - 1);
  const others = [true, false].map((right) => {
    const hands = rest.reduce((sum, bar) => sum + (bar.right === right) * bar.hands, 0);
    return { words: "others", hands, right };
  });
  return [...bars.sort(inOrder), ...others.filter(({ hands }) => hands)];
}

class Hands {
  /** `changed` hears of every hand, and `full` says whether the screen holds no more. */
  constructor(fields, changed, full) {
    Object.assign(this, { fields, changed, full, raised: [] });
    this.root = made('<div class="box-hands" role="status"></div>');
  }

  /** Remember them under this key, and what is there. */
  open(key) {
    this.key = key;
    const kept = stored("sessionStorage", key);
    this.raised = Array.isArray(kept) ? [...kept, ...this.raised] : this.raised;
    this.changed();
  }

  /** A hand for what is said in a field. */
  raise(field, said) {
    this.raised.push([field, said]);
    this.keep();
  }

  undo() {
    this.raised.pop();
    this.keep();
  }

  keep() {
    if (this.key) store("sessionStorage", this.key, this.raised);
    this.changed();
  }

  /** A bar for each choice, or for whatever else was said; the right ones are marked once the answer is open. */
  paint(rights) {
    let most = this.raised.length;
    const draw = () => (this.root.innerHTML = this.fields.map((field, k) => this.bars(field, k, rights?.[k], most)).join(""));
    if (!most) this.root.innerHTML = "";
    else for (draw(); most > FEWEST && this.full(); draw()) most--;
  }

  bars(field, k, right, most) {
    const said = this.raised.filter(([one]) => one === k).map(([, hand]) => hand);
    const rows = [...(field.hands() ?? [])];
    for (const hand of said) if (!rows.some((row) => same(row, hand))) rows.push(hand);
    let bars = rows.map((row) => {
      const hands = said.filter((hand) => same(hand, row)).length;
      return { row, words: field.words(row), hands, right: Boolean(right) && field.isRight(right, row) };
    });
    if (!field.hands()) bars = together(bars, most);
    if (!bars.length) return "";
    const largest = Math.max(...bars.map((bar) => bar.hands), 1);
    const html = bars.map(
      (bar) => `<tr class="${bar.right ? "box-right" : ""}"><th scope="row">${bar.words}</th>
        <td><i style="width: ${(100 * bar.hands) / largest}%"></i></td><td>${bar.hands}${bar.right ? " ✔" : ""}</td></tr>`,
    );
    const about = [field.label, field.unit].filter(Boolean).join(", ");
    const caption = about && `<caption>${about}</caption>`;
    return `<table aria-label="hands"${field.hands() ? "" : ' class="box-any"'}>${caption}${html.join("")}</table>`;
  }
}
