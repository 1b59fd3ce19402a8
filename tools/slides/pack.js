/* Parts a lecture's cells into slides, a thought each: by headings, bets, outputs, words, and heights measured here. */
(() => {
  "use strict";

  const WIDTH = 1280;
  const HEIGHT = 720;
  const WORDS = 110; // of prose on a slide: those of a minute
  const COMMENT = 45; // words of prose that may stay below an output
  const LINE = 4 / 60; // minutes that a line of code takes
  const FLOOR = 18; // px, of the smallest text
  const SOFT = 0.85; // what can be divided is, rather than shrunk further
  const steps = (from, to) => Array.from({ length: Math.round((from - to) / 0.05) + 1 }, (_, k) => from - 0.05 * k);
  const PICTURE = steps(1.6, 0.7); // how large figures and widgets may be, against their size on the website
  const LARGE = 1.2; // of a figure beside its code: its text has 18 px there

  const made = (tag, className, text = "") => Object.assign(document.createElement(tag), { className, textContent: text });
  const said = (node) => {
    const copy = node.cloneNode(true);
    for (const formula of copy.querySelectorAll("mjx-container")) formula.remove();
    return copy.textContent.trim();
  };
  const words = (node) => (said(node).match(/[A-Za-z][\w'-]*/g) ?? []).length;
  const lines = (node) => node.textContent.split("\n").filter((line) => line.trim());
  const level = ({ node }) => Number(/^H([1-6])$/.exec(node.tagName)?.[1] ?? 9);

  function typeOf(node, kind) {
    if (node.tagName === "DETAILS") return "answer";
    if (kind === "code") return node.matches(".output") ? "output" : "source";
    return /^H\d$/.test(node.tagName) ? "heading" : "prose";
  }

  /** What a lecture is made of, in its order; `aside` goes into the notes of the slide. */
  function unitsOf(lecture) {
    const units = [];
    for (const [number, cell] of [...lecture.children].entries()) {
      const kind = cell.matches(".code") ? "code" : "text";
      const { slide: mark } = cell.dataset;
      const imports = kind === "code" && lines(cell).every((line) => /^(from|import) /.test(line));
      [...cell.children].forEach((node, k) => {
        const type = typeOf(node, kind);
        const aside = mark === "notes" || (type === "source" && (imports || cell.querySelector(".widget") !== null));
        const spoken = kind === "text" ? words(node) / WORDS : 0;
        const minutes = type === "source" ? lines(node).length * LINE : spoken;
        if (mark !== "skip") units.push({ node, kind, type, aside, minutes, cell: number, begins: k === 0 && mark === "slide" });
      });
    }
    return units;
  }

  class Slide {
    constructor(stack, running) {
      this.units = [];
      this.element = made("section", "thought");
      this.content = made("div", "content");
      this.notes = made("aside", "notes");
      this.element.append(made("p", "running", running), this.content, this.notes);
      stack.append(this.element);
    }

    put(unit) {
      let place = this.content.lastElementChild;
      if (!place?.classList.contains(unit.kind)) this.content.append((place = made("div", unit.kind)));
      place.append(unit.node);
      this.units.push(unit);
    }

    /** Take the last units off. */
    take(count) {
      const taken = count ? this.units.splice(-count) : [];
      for (const { node } of taken) {
        const place = node.parentElement;
        node.remove();
        if (!place.children.length) place.remove();
      }
      return taken;
    }

    fits() {
      return this.element.scrollHeight <= HEIGHT && this.element.scrollWidth <= WIDTH;
    }

    get words() {
      return this.units.filter(({ type }) => type === "prose").reduce((sum, { node }) => sum + words(node), 0);
    }
  }

  /** Whether a unit is the first of a new thought. */
  function begins(unit, slide) {
    const last = slide.units.at(-1);
    if (slide.units.every(({ type }) => type === "heading")) return false;
    if (unit.begins || unit.type === "heading") return true;
    const after = last.type === "output";
    if (unit.type === "source") return after || last.type === "answer";
    if (unit.type !== "prose") return false;
    if (last.type === "answer") return true;
    const bold = unit.node.tagName === "P" && unit.node.firstChild?.nodeName === "STRONG";
    if (bold && (slide.units.some(({ kind }) => kind === "code") || slide.words > COMMENT)) return true;
    return after && words(unit.node) > COMMENT;
  }

  /** Whether a unit is one more than can be said in a minute; the title's slide is the speaker's to linger on. */
  function tooMuch(unit, slide) {
    return unit.type === "prose" && slide.words > 0 && slide.words + words(unit.node) > WORDS && level(slide.units[0]) > 1;
  }

  /** How many of the last units lead to what comes next, and go where it goes. */
  function leads({ units }) {
    const leading = ({ type, node }) => type === "heading" || (type === "prose" && said(node).endsWith(":"));
    const stays = units.findLastIndex((unit) => !leading(unit));
    return stays < 0 ? 0 : units.length - 1 - stays;
  }

  /** Give a unit's pictures the largest size at which the slide is whole; says whether there is one. */
  function settle(unit, slide, least) {
    const pictures = unit.node.matches(".widget, .figure") ? [unit.node] : [...unit.node.querySelectorAll(".widget, .figure")];
    if (!pictures.length) return slide.fits() || shrink(slide, SOFT);
    return PICTURE.some((zoom) => {
      for (const picture of pictures) picture.style.zoom = zoom;
      return zoom >= least - 0.01 && slide.fits() && pictures.every((one) => one.scrollWidth <= one.clientWidth + 1);
    });
  }

  /** Write a slide smaller until it is whole, in steps, down to `least`; says whether it is. */
  function shrink(slide, least) {
    const sizes = [...slide.content.querySelectorAll(":is(p, li, pre, td, summary)")]
      .filter((node) => !node.closest(".widget"))
      .map((node) => parseFloat(getComputedStyle(node).fontSize));
    const floor = Math.max(least, FLOOR / Math.min(...sizes));
    return steps(1, 0.7).some((zoom) => {
      if (zoom < floor) return false;
      slide.content.style.zoom = zoom;
      return slide.fits();
    });
  }

  /** Move the last parts of a list, a table or an answer into one like it, until the slide is whole; that one, or null. */
  function divide(unit, slide) {
    const { node } = unit;
    const inner = node.tagName === "TABLE" ? node.tBodies[0] : node;
    const parts = [...inner.children].filter((part) => part.tagName !== "SUMMARY");
    if (!["UL", "OL", "TABLE", "DETAILS"].includes(node.tagName) || parts.length < 2) return null;
    const rest = node.cloneNode(node.tagName === "TABLE");
    if (node.tagName === "DETAILS") rest.append(made("summary", "", `${node.querySelector("summary").textContent} (more)`));
    if (node.tagName === "TABLE") rest.tBodies[0].replaceChildren();
    const place = node.tagName === "TABLE" ? rest.tBodies[0] : rest;
    const first = place.children.length;
    slide.content.style.zoom = 1;
    while (parts.length > 1 && !slide.fits()) place.insertBefore(parts.pop(), place.children[first] ?? null);
    if (node.tagName === "OL") rest.start = node.start + parts.length;
    return { ...unit, node: rest, minutes: 0 };
  }

  /** Fill the slides; returns what each says in its notes beside the asides. */
  function pack(lecture, slides) {
    const title = lecture.querySelector("h1").textContent.replace("¶", "");
    const units = unitsOf(lecture);
    const perUnit = lecture.dataset.minutes / units.reduce((sum, { minutes }) => sum + minutes, 0);
    let [stack, running, slide, minutes] = [null, title, null, 0];
    const turn = () => {
      slide = new Slide(stack, running);
      slide.notes.append(made("p", "", `Minute ${Math.round(minutes)} of ${lecture.dataset.minutes} to read aloud.`));
    };

    const move = (count) => {
      const moved = slide.take(count);
      moved.unshift(...slide.take(leads(slide)));
      shrink(slide, SOFT); // by what is left
      turn();
      for (const one of moved) slide.put(one);
    };
    /** Room for the slide's last unit: with its own code if that helps, else alone; with what leads to it. */
    const makeRoom = (unit) => {
      const own = slide.units.filter(({ cell, kind }) => kind === "code" && cell === unit.cell).length;
      for (const count of new Set([Math.max(own, 1), 1])) {
        const others = slide.units.slice(0, -count);
        if (others.length > leads({ units: others }) && !settle(unit, slide, LARGE)) move(count);
      }
    };

    const add = (unit) => {
      if (unit.type === "heading" && level(unit) <= 2) {
        stack = made("section", "");
        slides.append(stack);
        running = title;
        turn();
        if (level(unit) === 2) running = `${title} — ${said(unit.node).replace("¶", "")}`;
      } else if (begins(unit, slide)) turn();
      else if (tooMuch(unit, slide)) move(0);
      if (unit.aside) return void slide.notes.append(unit.node);
      if (unit.type === "answer") unit.node.open = true; // measured as it is when it is open
      slide.put(unit);
      makeRoom(unit);
      let rest = null;
      if (!settle(unit, slide, 0.7)) {
        rest = divide(unit, slide);
        if (!slide.fits() && !shrink(slide, 0.7)) slide.element.dataset.tooTall = slide.element.scrollHeight;
      }
      if (unit.type === "answer") {
        const answer = made("blockquote", "", "Behind the fold: ");
        answer.append(...[...unit.node.childNodes].filter((part) => part.tagName !== "SUMMARY").map((part) => part.cloneNode(true)));
        slide.notes.append(answer);
      }
      minutes += unit.minutes * perUnit;
      if (rest) {
        turn();
        add(rest);
      }
    };
    for (const unit of units) add(unit);
    for (const { node } of units) if (node.tagName === "DETAILS") node.open = false;
    lecture.remove();
  }

  /** What grows under a hand scrolls inside its slide. */
  function bound(slides) {
    for (const widget of slides.querySelectorAll(".thought .widget")) {
      const top = widget.getBoundingClientRect().top - widget.closest(".thought").getBoundingClientRect().top;
      widget.style.maxHeight = `${(HEIGHT - 16 - top) / (widget.style.zoom || 1)}px`;
    }
  }

  window.deck = { pack, bound, WIDTH, HEIGHT };
})();
