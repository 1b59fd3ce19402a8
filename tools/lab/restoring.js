// A JupyterLab plugin, as JupyterLab loads one that is built already: three mends of how it restores stored widgets.

const GONE = "Error displaying widget: model not found";
const VIEW = "application/vnd.jupyter.widget-view+json";
const STATE = "application/vnd.jupyter.widget-state+json";

/** Restoring changes nothing in a notebook, yet marks it as modified: that mark is taken back, and no other. */
function watch(model) {
  let changed = false;
  model.contentChanged.connect(() => (changed = true));
  model.stateChanged.connect((_, { name, newValue }) => {
    if (name !== "dirty") return;
    if (!newValue) changed = false; // loaded, or saved
    else setTimeout(() => changed || model.isDisposed || (model.dirty = false)); // once any change has been told
  });
}

/** Every stored state there was: a save removes from the page what no kernel holds, even if it is yet to be restored. */
function remembered(model) {
  const stored = {};
  const keep = (widgets) => Object.assign(stored, structuredClone(widgets?.[STATE]?.state));
  keep(model.getMetadata("widgets"));
  model.metadataChanged.connect((_, { key, oldValue, newValue }) => {
    if (key === "widgets") [oldValue, newValue].forEach(keep);
  });
  return stored;
}

/** The manager may say that all is restored before it is, and a widget drawn then stays an error: draw it again. */
async function drawAgain(renderer, output, stored) {
  const manager = await renderer._manager.promise;
  const id = output.data[VIEW].model_id;
  for (let tries = 0; tries < 300 && !renderer.isDisposed; tries += 1) {
    if (manager.has_model(id)) return renderer.renderModel(output);
    const state = manager.filterExistingModelState({ version_major: 2, version_minor: 0, state: stored });
    if (id in stored) await manager.set_state(state).catch(() => {}); // fails while there is no kernel
    if (!manager.has_model(id)) await new Promise((done) => setTimeout(done, 100));
  }
}

function mend(panel, stored) {
  const waiting = new WeakSet();
  // An error that came, or came into sight: JupyterLab draws cells before they are part of the page.
  const failed = ({ addedNodes }) => [...addedNodes].some(({ textContent }) => textContent.includes(GONE));
  const observer = new MutationObserver((changes) => {
    if (!changes.some(failed)) return;
    for (const { outputArea } of panel.content.widgets) {
      outputArea?.widgets.forEach((shown, k) => {
        for (const one of shown.widgets ?? []) {
          if (one.node.textContent !== GONE || waiting.has(one)) continue;
          waiting.add(one);
          drawAgain(one, outputArea.model.get(k), stored).finally(() => waiting.delete(one));
        }
      });
    }
  });
  observer.observe(panel.node, { childList: true, subtree: true });
  panel.disposed.connect(() => observer.disconnect());
}

const plugin = {
  id: "marl-lectures:restoring",
  autoStart: true,
  activate: ({ docRegistry }) =>
    docRegistry.addWidgetExtension("Notebook", {
      createNew: (panel, { model }) => {
        watch(model);
        mend(panel, remembered(model));
      },
    }),
};

window._JUPYTERLAB ??= {};
window._JUPYTERLAB["marl-lectures"] = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
