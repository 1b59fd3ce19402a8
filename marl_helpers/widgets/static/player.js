// A slider over steps, and buttons and keys that go through them or play them. On the page it follows controls.js.

const INTERVAL = 400; // milliseconds between two steps when it plays
const BUTTONS = `<div class="film-buttons"><button type="button" aria-label="previous step">Previous</button>
  <button type="button">Play</button><button type="button" aria-label="next step">Next</button></div>`;

/** Controls of a Stage: `at()` is where it stands, `last()` the last step, and `show` goes to one and paints it. */
class Player {
  timer = 0; // of playing, 0 where it stands still

  constructor(stage, { words, at, last, show }) {
    Object.assign(this, { at, last, show, said: stage.aside });
    this.slider = slider({ label: "step", min: 0, max: 1, step: 1, words, tell: (step) => this.go(step) });
    this.buttons = made(BUTTONS);
    stage.controls.append(this.slider.root, this.buttons);
    const [previous, play, next] = this.buttons.children;
    previous.onclick = () => this.go(this.at() - 1);
    play.onclick = () => this.toggle();
    next.onclick = () => this.go(this.at() + 1);
    stage.root.addEventListener("keydown", (event) => this.press(event));
    this.pause();
  }

  /** Show a step and stop playing; a step beyond an end is that end. */
  go(step) {
    this.pause();
    this.show(Math.max(0, Math.min(step, this.last())));
  }

  /** Play to the end, from the beginning where that is the end; or pause. */
  toggle() {
    if (this.timer) return this.pause();
    if (this.at() === this.last()) this.show(0);
    this.timer = setInterval(() => this.tick(), INTERVAL);
    this.buttons.children[1].textContent = "Pause";
    this.said.ariaLive = "off"; // nobody can listen that fast
  }

  tick() {
    this.show(Math.min(this.at() + 1, this.last()));
    if (this.at() === this.last()) this.pause();
  }

  pause() {
    clearInterval(this.timer);
    this.timer = 0;
    this.buttons.children[1].textContent = "Play";
    this.said.ariaLive = "polite";
  }

  /** Act on a key, where what has the focus does not. */
  press(event) {
    const { key, target, ctrlKey, metaKey, altKey, shiftKey } = event;
    const place = { ArrowLeft: this.at() - 1, ArrowRight: this.at() + 1, Home: 0, End: this.last() }[key];
    const own = target.matches("select") || target.matches(key === " " ? "button" : "input");
    if (ctrlKey || metaKey || altKey || shiftKey || own || (place === undefined && key !== " ")) return;
    event.preventDefault();
    if (key === " ") this.toggle();
    else this.go(place);
  }

  /** Let the slider show where it stands. */
  paint() {
    this.slider.root.querySelector("input").max = this.last();
    this.slider.show(this.at());
  }
}
