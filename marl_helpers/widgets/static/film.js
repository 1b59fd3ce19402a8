// Recorded episodes to scrub through, step by step: the world, every agent's utilities and the mixer's output.
// On the page this file follows controls.js, player.js, drawing.js, worlds.js and steps.js in one module.

const WORLD = 320; // pixels, the widest world, and the steps beside it where there is room for so much again
const GAP = 24;
const nowhere = () => ({ draw: () => "", note: () => [], say: () => [] });

const PICTURE = `<div class="film-picture" role="img" tabindex="0"><p data-part="heading"></p>
  <div><div data-part="world"></div><p data-part="note"></p></div>
  <div><p>utilities: brightest is best, framed is played, hatched is not available</p>
    <div class="film-wide" data-part="utilities"></div>
    <p data-part="now"></p><div data-part="timeline"></div></div></div>`;

class FilmView {
  constructor(model, el) {
    Object.assign(this, { model, film: model.get("film"), stage: new Stage(model, el) });
    const { root, controls, answer, aside } = this.stage;
    root.setAttribute("role", "group");
    root.ariaLabel = `recorded episodes of ${this.film.env}, ${this.film.method}`;
    const names = this.film.episodes.map(({ name }) => name);
    this.menu = menu({ label: "episode", names, tell: (name) => this.begin(names.indexOf(name)) });
    controls.append(this.menu.root);
    this.player = new Player(this.stage, {
      words: (step) => `${step} of ${this.at.episode.reward.length}`,
      at: () => this.at.step,
      last: () => this.at.episode.reward.length,
      show: (step) => this.show(step),
    });
    this.picture = answer.appendChild(made(PICTURE));
    this.said = aside;
    for (const part of answer.querySelectorAll("[data-part]")) this[part.dataset.part] = part;
    this.listen(root);
    this.paint();
  }

  listen(root) {
    for (const name of ["episode", "step"]) this.model.on(`change:${name}`, () => this.paint());
    this.resized = new ResizeObserver(() => root.clientWidth !== this.width && this.paint());
    this.resized.observe(root);
  }

  /** Where the model stands: the step is never beyond its episode. */
  get at() {
    const number = this.model.get("episode");
    const episode = this.film.episodes[number];
    return { number, episode, step: Math.min(this.model.get("step"), episode.reward.length) };
  }

  /** Another episode, from its beginning. */
  begin(number) {
    this.player.pause();
    this.show(0, number);
  }

  show(step, number = this.at.number) {
    this.model.set("step", step);
    this.model.set("episode", number); // after its step, which is 0 wherever the episode changes
    this.model.save_changes();
  }

  /** The episode's parts, for the width that there is. */
  lay(episode) {
    const width = this.stage.root.clientWidth;
    if (this.laid === episode && this.width === width) return;
    Object.assign(this, { laid: episode, width });
    const scenes = episode.scenes.map((scene) => ({ ...episode.always, ...scene }));
    const world = WORLDS[scenes[0].kind];
    const room = (width || 700) - 4; // inside the padding, and before it is on the page
    const beside = Boolean(world) && room >= 2 * WORLD + GAP;
    const rest = Math.min(beside ? room - WORLD - GAP : room, 2 * WORLD);
    this.picture.classList.toggle("film-beside", beside);
    this.world.parentElement.hidden = !world;
    this.parts = {
      world: (world ?? nowhere)(scenes, Math.min(room, WORLD)),
      utilities: utilities(this.film, episode, rest),
      timeline: timeline(episode, rest),
    };
  }

  paint() {
    this.stage.change(() => this.draw());
  }

  draw() {
    const { number, episode, step } = this.at;
    this.lay(episode);
    const plays = episode.actions[step]?.map((action, i) => [action, this.film.actions[i][action]]) ?? [];
    for (const [name, part] of Object.entries(this.parts)) this[name].innerHTML = part.draw(step, plays);
    this.note.textContent = this.parts.world.note(step, plays).join("\n");
    this.now.textContent = this.parts.timeline.say(step);
    this.menu.show(episode.name);
    this.player.paint();
    this.heading.textContent = this.title(number, episode, step);
    const said = [this.heading.textContent, ...Object.values(this.parts).map((part) => part.say(step)).flat()];
    this.said.textContent = this.picture.ariaLabel = said.join("\n");
  }

  /** Which step of what this is, and what the team has earned, this step included. */
  title(number, { reward, earned, ends }, step) {
    const { env, method, episodes } = this.film;
    const what = `${env}, ${method}, episode ${number + 1} of ${episodes.length}`;
    const over = step === reward.length ? `; ${ends}` : "";
    return `${what}, step ${step} of ${reward.length}: earned ${printed(earned[step])}${over}`;
  }

  leave() {
    this.player.pause();
    this.resized.disconnect();
  }
}

export default {
  render({ model, el }) {
    const view = new FilmView(model, el);
    return () => view.leave();
  },
};
