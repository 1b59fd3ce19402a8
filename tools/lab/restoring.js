// A JupyterLab plugin, as JupyterLab loads one that is built already: two mends of how it restores stored widgets.

const GONE = "Error displaying widget: model not found";
const VIEW = "application/vnd.jupyter.widget-view+json";

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

/** The manager may say that all is restored before it is, and a widget drawn then stays an error: draw it again. */
async function drawAgain(renderer, output) {
  const manager = await renderer._manager.promise;
  for (let tries = 0; tries < 300 && !renderer.isDisposed; tries += 1) {
    if (manager.has_model(output.data[VIEW].model_id)) return renderer.renderModel(output);
    await new Promise((done) => setTimeout(done, 100));
  }
}

function mend(panel) {
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
          drawAgain(one, outputArea.model.get(k)).finally(() => waiting.delete(one));
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
        mend(panel);
      },
    }),
};

window._JUPYTERLAB ??= {};
window._JUPYTERLAB["marl-lectures"] = { init() {}, get: async () => () => ({ __esModule: true, default: plugin }) };
