// A hall's vote on a bet: hands counted as often as somebody raises one, for as long as the page's tab is open, and sent
// nowhere. On the page this file follows fields.js.

class Hands {
  constructor(fields, changed) {
    Object.assign(this, { fields, changed, raised: [], root: made('<div class="box-hands" role="status"></div>') });
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
    this.root.innerHTML = this.raised.length ? this.fields.map((field, k) => this.bars(field, k, rights?.[k])).join("") : "";
  }

  bars(field, k, right) {
    const said = this.raised.filter(([one]) => one === k).map(([, hand]) => hand);
    const rows = [...(field.hands() ?? [])];
    for (const hand of said) if (!rows.some((row) => same(row, hand))) rows.push(hand);
    if (!field.hands()) rows.sort((one, other) => one - other || String(one).localeCompare(String(other)));
    const counts = rows.map((row) => said.filter((hand) => same(hand, row)).length);
    const most = Math.max(...counts, 1);
    const bars = rows.map((row, r) => {
      const good = right && field.isRight(right, row);
      return `<tr class="${good ? "box-right" : ""}"><th scope="row">${field.words(row)}</th>
        <td><i style="width: ${(100 * counts[r]) / most}%"></i></td><td>${counts[r]}${good ? " ✔" : ""}</td></tr>`;
    });
    if (!bars.length) return "";
    const caption = field.label && `<caption>${field.label}</caption>`;
    return `<table aria-label="hands"${field.hands() ? "" : ' class="box-any"'}>${caption}${bars.join("")}</table>`;
  }
}
