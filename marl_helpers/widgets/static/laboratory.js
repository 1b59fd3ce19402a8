// The laboratory: a reward table, and beside it what each method makes of it. On the page this file follows the editor
// and verdicts.js in one module.

class LaboratoryView extends Verdicts {
  constructor(model, root, store) {
    root.className = "marl-lab";
    new View(model, root.appendChild(document.createElement("div")), store);
    super(model, root, STATE, 0);
    this.begin();
  }

  get table() {
    return this.model.get("table");
  }

  /** The recipe of the moment: what the page offers to choose, and the rest as Python gave it. */
  get recipe() {
    const [{ recipe, fields }, settings] = [this.model.get("learning"), this.model.get("settings")];
    return { ...recipe, ...Object.fromEntries(Object.entries(fields).map(([name, field]) => [field, settings[name]])) };
  }
}

export default withHistory((model, root, store) => {
  const view = new LaboratoryView(model, root, store);
  return () => view.end();
});
