// RewardTable's elements. On the page this file follows table.js in one module.

/** A row of radio buttons, all values in view: no menu to open, and no wheel that changes it. */
function chooser(name, values) {
  const group = `${name} ${Math.random()}`; // radio buttons of one name exclude each other, on the whole page
  const radio = (value, index) =>
    `<label><input type="radio" name="${group}" data-choice="${name}" value="${index}"><span>${value}</span></label>`;
  return `<fieldset class="rt-choice"><legend>${name}</legend>${values.map(radio).join("")}</fieldset>`;
}

/** The elements of a view, for the most actions that an agent can have; paint() hides those not in use. */
function skeleton({ most, choices }) {
  const each = (text) => Array.from({ length: most }, (_, action) => text(action)).join("");
  const button = (action, text, label, keys = "") =>
    `<button type="button" data-do="${action}" aria-label="${label}" title="${label}${keys && ` (${keys})`}"` +
    `${keys && ` aria-keyshortcuts="${keys.replace("Ctrl", "Control")}"`}>${text}</button>`;
  const sizes = (agent) =>
    `<td class="rt-sizes">${button(`more ${agent}`, "+", `add an action for agent ${agent}`)}` +
    `${button(`fewer ${agent}`, "−", `remove the last action of agent ${agent}`)}</td>`;
  const cell = (i, j) =>
    `<td class="rt-cell"><input data-cell="${i},${j}" autocomplete="off" size="1"` +
    ` aria-label="reward when agent 1 plays ${i} and agent 2 plays ${j}"><span aria-hidden="true">*</span></td>`;
  const side = `<th class="rt-side" scope="rowgroup"><span>agent 1 plays</span></th>`;
  return `<div class="rt-grid"><table>
    <caption>team reward (* optimum)</caption>
    <thead><tr><td colspan="2"></td><th class="rt-top" scope="colgroup">agent 2 plays</th></tr>
      <tr><td colspan="2"></td>${each((j) => `<th scope="col">${j}</th>`)}${sizes(2)}</tr></thead>
    <tbody>${each((i) => `<tr>${i ? "" : side}<th scope="row">${i}</th>${each((j) => cell(i, j))}</tr>`)}</tbody>
    <tfoot><tr><td></td>${sizes(1)}</tr></tfoot></table></div>
    <div class="rt-bar"><select aria-label="named game"><option value="" hidden>your own table</option></select>
      ${button("undo", "Undo", "undo", "Ctrl+Z")}${button("redo", "Redo", "redo", "Ctrl+Shift+Z")}
      ${button("reset", "Reset", "reset to what was here first", "R")}
      ${button("large", "Large", "large, for the back of a room", "L")}</div>
    <div class="rt-bar"><input class="rt-line" readonly aria-label="share line">
      ${button("copy", "Copy", "copy the share line")}${button("fetch", "Paste", "paste a share line")}</div>
    <div class="rt-messages"><p class="rt-alert" role="alert" aria-live="polite"></p><p role="status"></p></div>
    ${Object.entries(choices).map(([name, values]) => chooser(name, values)).join("")}`;
}
