// RewardTable's elements. On the page this file follows table.js in one module.

/** A row of radio buttons, all values in view: no menu to open, and no wheel that changes it. */
function chooser(name, values) {
  const group = `${name} ${Math.random()}`; // radio buttons of one name exclude each other, on the whole page
  const radio = (value, index) =>
    `<label><input type="radio" name="${group}" data-choice="${name}" value="${index}"><span>${value}</span></label>`;
  return `<fieldset class="rt-choice"><legend>${name}</legend>${values.map(radio).join("")}</fieldset>`;
}

/** What a cell holds; in row -1 and column -1 stand the utilities of agent 2's and agent 1's actions. */
function cellName(i, j, { cell }) {
  if (i < 0) return `utility of agent 2's action ${j}`;
  return j < 0 ? `utility of agent 1's action ${i}` : `${cell} when agent 1 plays ${i} and agent 2 plays ${j}`;
}

/** The elements of a view, for the most actions that an agent can have; paint() hides those not in use. */
function skeleton({ most, choices, words, games }) {
  const each = (text) => Array.from({ length: most }, (_, action) => text(action)).join("");
  const button = (action, text, label, keys = "") =>
    `<button type="button" data-do="${action}" aria-label="${label}" title="${label}${keys && ` (${keys})`}"` +
    `${keys && ` aria-keyshortcuts="${keys.replace("Ctrl", "Control")}"`}>${text}</button>`;
  const sizes = (agent) =>
    `<td class="rt-sizes">${button(`more ${agent}`, "+", `add an action for agent ${agent}`)}` +
    `${button(`fewer ${agent}`, "−", `remove the last action of agent ${agent}`)}</td>`;
  const cell = (i, j) =>
    `<td class="rt-cell${i < 0 || j < 0 ? " rt-utility" : ""}"><input data-cell="${i},${j}"` +
    ` autocomplete="off" size="1" aria-label="${cellName(i, j, words)}"><span aria-hidden="true">*</span></td>`;
  const gameless = Object.keys(games).length ? "" : "hidden"; // a table that is no game has no names to offer
  const border = words.border ? { top: "<td></td>", side: (i) => cell(i, -1) } : { top: "", side: () => "" };
  const utilities = words.border
    ? `<tr><td colspan="2"></td><td class="rt-corner">utility</td>${each((j) => cell(-1, j))}</tr>`
    : "";
  const side = `<th class="rt-side" scope="rowgroup"><span>agent 1 plays</span></th>`;
  return `<div class="rt-grid"><table>
    <caption>${words.caption}</caption>
    <thead><tr><td colspan="2"></td>${border.top}<th class="rt-top" scope="colgroup">agent 2 plays</th></tr>
      <tr><td colspan="2"></td>${border.top}${each((j) => `<th scope="col">${j}</th>`)}${sizes(2)}</tr>
      ${utilities}</thead>
    <tbody>${each((i) => {
      return `<tr>${i ? "" : side}<th scope="row">${i}</th>${border.side(i)}${each((j) => cell(i, j))}</tr>`;
    })}</tbody>
    <tfoot><tr><td></td>${sizes(1)}</tr></tfoot></table></div>
    <div class="rt-bar"><select aria-label="named game" ${gameless}>
      <option value="" hidden>your own table</option></select>
      ${button("undo", "Undo", "undo", "Ctrl+Z")}${button("redo", "Redo", "redo", "Ctrl+Shift+Z")}
      ${button("reset", "Reset", "reset to what was here first", "R")}</div>
    <div class="rt-bar" ${gameless}><input class="rt-line" readonly aria-label="share line">
      ${button("copy", "Copy", "copy the share line")}${button("fetch", "Paste", "paste a share line")}</div>
    <div class="rt-messages"><p class="rt-alert" role="alert" aria-live="polite"></p><p role="status"></p></div>
    ${Object.entries(choices).map(([name, values]) => chooser(name, values)).join("")}`;
}
