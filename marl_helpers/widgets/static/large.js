// Large: a widget over the whole screen, to be read from the back row of a hall. On the page this file comes before
// controls.js and reward_table.js in one module.
//
// The contract: while a widget is Large its root has the class marl-large and lies in a <dialog class="marl-hall">, and
// the sheets fold away what a hall does not need; marl-more beside it brings that back. Whatever they leave in
// view must fit a box of ROOM, in text of 14 pixels or more. Left again, the root is where it was, with no class more.

const ROOM = [597, 420]; // pixels before the zoom, so that 14 of them are 24 at 1280x720 and at 1024x768
const TYPED = "select, textarea, input:not([type=range], [type=radio], [type=checkbox])"; // an l there is a letter
const HALL = `<dialog class="marl-hall" aria-label="Large view; Escape leaves it"><div><p class="marl-hall-bar">
  <button type="button" aria-expanded="false">More</button> <button type="button">Leave (Esc)</button></p></div></dialog>`;

/** What lets a root be Large. */
class Large {
  place = null; // of the root on the page, while it is Large

  constructor(root) {
    Object.assign(this, { root, button: document.createElement("button") });
    const said = { title: "large, for the back of a room (L)", ariaLabel: "large, for the back of a room" };
    Object.assign(this.button, { type: "button", className: "marl-enlarge", textContent: "Large", ...said });
    this.button.setAttribute("aria-keyshortcuts", "L");
    this.button.onclick = () => this.toggle();
  }

  toggle() {
    if (this.place) this.leave();
    else this.enter();
  }

  enter() {
    const { root } = this;
    this.before = root.getRootNode().activeElement;
    this.place = document.createElement("div");
    this.place.style.height = `${root.offsetHeight}px`; // nothing on the page moves
    this.place.innerHTML = HALL;
    [this.dialog] = this.place.children;
    [this.more, this.out] = this.dialog.querySelectorAll("button");
    root.replaceWith(this.place);
    this.dialog.firstChild.append(root);
    root.classList.add("marl-large");
    this.more.onclick = () => this.more.setAttribute("aria-expanded", root.classList.toggle("marl-more"));
    this.out.onclick = () => this.leave();
    this.dialog.addEventListener("cancel", (event) => this.cancel(event));
    this.dialog.addEventListener("keydown", (event) => this.keep(event));
    this.dialog.showModal();
    this.sized = new ResizeObserver(() => this.fit());
    this.sized.observe(this.dialog);
    this.fit();
    this.focus(this.before);
  }

  leave() {
    const { root, place, before } = this;
    this.sized.disconnect();
    this.place = null;
    root.classList.remove("marl-large", "marl-more");
    place.replaceWith(root);
    this.focus(before);
  }

  /** As large as the screen allows; on a phone, which has no such room, it scrolls. */
  fit() {
    const { clientWidth, clientHeight } = this.dialog;
    this.dialog.firstChild.style.zoom = Math.max(Math.min(clientWidth / ROOM[0], clientHeight / ROOM[1]), 1);
  }

  /** The focus comes along where it can, so that the widget's keys go on. */
  focus(wanted) {
    const { root } = this;
    const there = root.contains(wanted) && wanted.checkVisibility();
    (there ? wanted : root).focus({ preventScroll: true });
  }

  /** Escape, as the browser tells a dialog. */
  cancel(event) {
    event.preventDefault();
    this.leave();
  }

  /** Keep every key from the notebook below. */
  keep(event) {
    event.stopPropagation();
    this.press(event);
  }

  /** Act on the key L, wherever no text is typed. */
  press(event) {
    const { key, target, ctrlKey, metaKey, altKey } = event;
    if (key.toLowerCase() !== "l" || ctrlKey || metaKey || altKey || target.matches(TYPED)) return;
    event.preventDefault();
    event.stopPropagation();
    this.toggle();
  }
}
