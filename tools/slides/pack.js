/* Parts a lecture's cells into slides, a thought each: by headings, bets, outputs, words, and heights measured here. */
(() => {
  "use strict";

  const WIDTH = 1280;
  const HEIGHT = 720;
  const WORDS = 110; // of prose on a slide: those of a minute
  const COMMENT = 45; // words of prose that may stay below an output
  const LINE = 4 / 60; // minutes that a line of code takes
  const FLOOR = 18; // px, of the smallest text
  const LEAST = 0.7; // of a slide's size, and of a picture's
  const SOFT = 0.85; // what can be divided is, rather than shrunk further
  const steps = (from, to) => Array.from({ length: Math.round((from - to) / 0.05) + 1 }, (_, k) => from - 0.05 * k);
  const PICTURE = steps(1.6, LEAST); // how large figures and widgets may be, against their size on the website
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

  /** Divide a long print, before an unindented line after an empty one, into nodes that can go onto other slides. */
  function part(output) {
    const print = output.querySelector(":scope > pre:only-child");
    if (!print || print.children.length) return;
    const parts = print.textContent.trimEnd().split(/\n(?=\n\S)/);
    print.replaceChildren(...parts.map((text) => made("span", "", `${text}\n`)));
  }

  /** Put what an answer hides into one box; a first line that its summary says already is left out. */
  function wrap(answer) {
    const inside = made("div", "inside");
    const [summary, ...rest] = answer.children;
    if (rest[0]?.matches(".output") && said(rest[0]) === said(summary)) rest.shift().remove();
    inside.append(...rest);
    answer.append(inside);
  }

  /** What a lecture is made of, in its order; `aside` goes into the notes of the slide. */
  function unitsOf(lecture) {
    const units = [];
    const own = [...lecture.querySelectorAll(":scope > :not(.unboxed)")]; // the notebook's cells
    for (const [place, cell] of [...lecture.children].entries()) {
      const number = own.includes(cell) ? own.indexOf(cell) : -1 - place; // as write_live counts; no cell is below 0
      const kind = cell.matches(".code") ? "code" : "text";
      const { slide: mark } = cell.dataset;
      const imports = kind === "code" && lines(cell).every((line) => /^(from|import) /.test(line));
      for (const answer of cell.querySelectorAll(":scope > details")) wrap(answer);
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
      this.scaled = this.content;
    }

    put(unit) {
      let place = this.content.lastElementChild;
      if (!place?.classList.contains(unit.kind)) this.content.append((place = made("div", unit.kind)));
      place.append(unit.node);
      this.element.dataset.cell ??= unit.cell; // the first
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

    fits = () => this.element.scrollHeight <= HEIGHT && this.element.scrollWidth <= WIDTH;

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
    const leading = ({ type, node }) => type === "heading" || (type === "prose" && node.textContent.trim().endsWith(":"));
    const stays = units.findLastIndex((unit) => !leading(unit));
    return stays < 0 ? 0 : units.length - 1 - stays;
  }

  /** An open answer, which covers its slide. */
  function panel(answer) {
    const scaled = answer.querySelector(".inside");
    return { scaled, fits: () => answer.scrollHeight <= answer.clientHeight && answer.scrollWidth <= answer.clientWidth };
  }

  function picturesOf({ node }) {
    if (node.tagName === "DETAILS" && !node.open) return [];
    return node.matches(".widget, .figure") ? [node] : [...node.querySelectorAll(".widget, .figure")];
  }

  /** Give a unit's pictures the largest size at which its slide or panel is whole; says whether there is one. */
  function settle(unit, room, least) {
    const pictures = picturesOf(unit);
    if (!pictures.length) return room.fits() || shrink(room, SOFT);
    return PICTURE.some((zoom) => {
      for (const picture of pictures) picture.style.zoom = zoom;
      return zoom >= least - 0.01 && room.fits() && pictures.every((one) => one.scrollWidth <= one.clientWidth + 1);
    });
  }

  /** Write a slide or panel smaller until it is whole, in steps, down to `least`; says whether it is. */
  function shrink({ scaled, fits }, least) {
    const sizes = [...scaled.querySelectorAll(":is(p, li, pre, td, summary)")]
      .filter((node) => !node.closest(".widget"))
      .map((node) => parseFloat(getComputedStyle(node).fontSize));
    const pictures = [...scaled.querySelectorAll(":is(.widget, .figure):not(details:not([open]) *)")];
    const smallest = Math.min(...pictures.map((picture) => picture.style.zoom));
    const floor = Math.max(least, FLOOR / Math.min(...sizes), LEAST / smallest);
    const found = steps(1, LEAST).some((zoom) => {
      scaled.style.zoom = zoom;
      return zoom >= floor && fits();
    });
    if (!found) scaled.style.zoom = 1;
    return found;
  }

  /** What grows under a hand scrolls inside its slide: 36 px are the padding and the least margin below. */
  function bound(widget) {
    const top = widget.getBoundingClientRect().top - widget.closest(".thought").getBoundingClientRect().top;
    widget.style.maxHeight = `${(HEIGHT - 36 - top) / widget.style.zoom}px`;
  }

  const INNER = {
    UL: (node) => node,
    OL: (node) => node,
    TABLE: (node) => node.tBodies[0],
    DETAILS: (node) => node.lastChild,
    DIV: (node) => node.querySelector(":scope > pre:only-child"), // a print
  };

  /** Move the last parts of a list, table, print or answer into one like it, until there is room; that one, or null. */
  function divide(unit, room) {
    const { node } = unit;
    if (node.matches(".output")) part(node);
    const inner = INNER[node.tagName]?.(node);
    if (!inner || inner.children.length < 2) return null;
    const rest = node.cloneNode(true);
    if (node.tagName === "DETAILS") rest.querySelector("summary").append(" (more)");
    const place = INNER[node.tagName](rest);
    place.replaceChildren();
    while (inner.children.length > 1 && !room.fits()) place.prepend(inner.lastElementChild);
    if (node.tagName === "OL") rest.start = node.start + inner.children.length;
    return { ...unit, node: rest, minutes: 0 };
  }

  /** For the notes: what an answer hides. */
  function behind(hidden) {
    const copy = made("blockquote", "", "Behind the fold: ");
    copy.append(...hidden.cloneNode(true).childNodes);
    return copy;
  }

  /** The slides while they are filled. In print answers stand open, below their bets or on slides of their own. */
  class Deck {
    constructor(slides, title, minutes, printing) {
      Object.assign(this, { slides, title, minutes, printing, running: title, now: 0 });
    }

    turn() {
      this.slide = new Slide(this.stack, this.running);
      this.slide.notes.append(made("p", "", `Minute ${Math.round(this.now)} of ${this.minutes} to read aloud.`));
    }

    /** Turn, and take along the last units, with what leads to them. */
    move(count) {
      const moved = this.slide.take(count);
      moved.unshift(...this.slide.take(leads(this.slide)));
      shrink(this.slide, SOFT); // by what is left
      this.turn();
      for (const one of moved) this.slide.put(one);
    }

    /** A slide for the unit to stand on: the present one, or a new one; a part of the lecture is a stack of slides. */
    open(unit) {
      if (unit.type === "heading" && level(unit) <= 2) {
        this.stack = made("section", "");
        this.slides.append(this.stack);
        this.running = this.title;
        this.turn();
        if (level(unit) === 2) this.running = `${this.title} — ${said(unit.node).replace("¶", "")}`;
      } else if (begins(unit, this.slide)) this.turn();
      else if (tooMuch(unit, this.slide)) this.move(0);
    }

    add(unit) {
      this.open(unit);
      this.now += unit.minutes;
      if (unit.aside) return void this.slide.notes.append(unit.node);
      unit.node.open = this.printing && unit.type === "answer";
      this.slide.put(unit);
      this.makeRoom(unit);
      const rest = this.whole(unit);
      const hidden = unit.node.querySelector(unit.type === "answer" ? ".inside" : ".box-answer");
      if (hidden) this.slide.notes.append(behind(hidden));
      if (!rest) return;
      if (this.printing || rest.type !== "answer") this.turn();
      this.add(rest);
    }

    /** Room for the slide's last unit: with its own code if that helps, else alone. */
    makeRoom(unit) {
      const own = this.slide.units.filter(({ cell, kind }) => kind === "code" && cell === unit.cell).length;
      for (const count of new Set([Math.max(own, 1), 1])) {
        const others = this.slide.units.slice(0, -count);
        if (others.length > leads({ units: others }) && !settle(unit, this.slide, LARGE)) this.move(count);
      }
    }

    /** See to it that the slide's last unit is whole, and an answer also when it is open; returns what it cannot hold. */
    whole(unit) {
      const covers = unit.type === "answer" && !this.printing;
      if (covers) unit.node.open = true;
      const room = covers ? panel(unit.node) : this.slide;
      const holds = () => settle(unit, room, LEAST) || (!picturesOf(unit).length && shrink(room, LEAST));
      let rest = null;
      if (!holds()) {
        if (unit.node.matches(".widget")) bound(unit.node);
        rest = divide(unit, room);
        if (!holds() && !room.fits()) this.slide.element.dataset.tooTall = unit.node.scrollHeight;
      }
      if (covers) unit.node.open = false;
      return rest;
    }
  }

  /** Fill the slides with a lecture's cells. */
  function pack(lecture, slides, printing) {
    const title = lecture.querySelector("h1").textContent.replace("¶", "");
    const units = unitsOf(lecture);
    const scale = lecture.dataset.minutes / units.reduce((sum, { minutes }) => sum + minutes, 0);
    const deck = new Deck(slides, title, lecture.dataset.minutes, printing);
    for (const unit of units) deck.add({ ...unit, minutes: unit.minutes * scale });
    lecture.remove();
    for (const widget of slides.querySelectorAll(".thought .widget")) bound(widget);
  }

  window.deck = { pack, WIDTH, HEIGHT };
})();
