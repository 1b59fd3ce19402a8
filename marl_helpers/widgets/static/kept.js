// What a page keeps of a bet, and of which notebook, and how it sets formulas. On the page this file follows controls.js.

/** What is kept under a key, or null: also where the browser keeps nothing, or something else. */
function stored(place, key) {
  try {
    return JSON.parse(window[place].getItem(key));
  } catch {
    return null;
  }
}

function store(place, key, value) {
  try {
    window[place].setItem(key, JSON.stringify(value));
  } catch {
    // a browser that keeps nothing: it lasts as long as the page
  }
}

/** The notebook's path in JupyterLab, whose tab says it; elsewhere the page's. */
function whereabouts(root) {
  const panel = root.closest(".jp-NotebookPanel");
  const tab = panel && root.ownerDocument.querySelector(`[data-id="${panel.id}"]`);
  return /^Path: (.*)$/m.exec(tab?.title ?? "")?.[1] ?? location.pathname;
}

/** Once an element is on the page. */
async function attached(el) {
  while (!el.isConnected) await new Promise(requestAnimationFrame);
}

/** Set the formulas, by whatever the page has for it: JupyterLab's, or the website's MathJax. */
async function typeset({ widget_manager: manager }, root) {
  await attached(root);
  if (document.readyState !== "complete") await new Promise((ready) => addEventListener("load", ready)); // with MathJax
  const { latexTypesetter } = manager?.rendermime ?? {};
  if (latexTypesetter) latexTypesetter.typeset(root);
  else await window.MathJax?.startup?.promise?.then(() => MathJax.typesetPromise([root]));
}
