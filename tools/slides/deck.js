/* Shows the slides: waits for formulas, widgets and figures, has pack.js fill the slides, and starts reveal.js. */
(() => {
  "use strict";

  const lecture = document.getElementById("lecture");
  const slides = document.querySelector(".slides");
  const printing = new URLSearchParams(location.search).has("print-pdf");
  const frame = () => new Promise(requestAnimationFrame);

  /** Until nothing on the page has changed its height for a while: widgets draw once they are there. */
  async function atRest() {
    for (let still = 0, height = 0; still < 20; still = height === lecture.scrollHeight ? still + 1 : 0) {
      height = lecture.scrollHeight;
      await frame();
    }
  }

  /** Put what an open bet answers into cells of their own below it, as pack.js knows them, so that none of it is cut off. */
  function unbox(answer) {
    const box = (className) => Object.assign(document.createElement("div"), { className });
    const cells = [];
    for (const node of answer.querySelectorAll(":scope > :not(style)")) {
      const kind = node.matches("pre, img") ? "code" : "text";
      if (!cells.at(-1)?.matches(`.${kind}`)) cells.push(box(`unboxed ${kind}`));
      if (kind === "text") cells.at(-1).append(node);
      else {
        const role = node.matches("img") ? "output figure" : node.matches(":has(> code)") ? "highlight" : "output";
        cells.at(-1).append(box(role));
        cells.at(-1).lastChild.append(node);
      }
    }
    answer.closest("#lecture > *").after(...cells);
    answer.remove();
  }

  async function start() {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([window.widgetsAlive, MathJax.startup.promise, document.fonts.ready]);
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    if (printing) for (const bet of lecture.querySelectorAll(".box [data-do=waive]")) bet.click();
    await atRest();
    if (printing) lecture.querySelectorAll(".box-answer").forEach(unbox);
    document.body.classList.add("filling");
    document.body.classList.toggle("printing", printing);
    deck.pack(lecture, slides, printing);
    document.body.classList.remove("filling");
    const all = [...slides.querySelectorAll(".thought")];
    const laidOut = new Promise((ready) => Reveal.on(printing ? "pdf-ready" : "ready", ready));
    Reveal.initialize({
      width: deck.WIDTH,
      height: deck.HEIGHT,
      margin: 0,
      center: false,
      hash: true,
      transition: "none",
      backgroundTransition: "none",
      navigationMode: "linear",
      viewDistance: all.length, // a widget that is not laid out could not measure itself
      controls: false,
      progress: false,
      slideNumber: (slide) => [`${all.indexOf(slide) + 1} / ${all.length}`],
      showSlideNumber: "all",
      // Arrows and letters belong to a widget while it has the focus, and to the deck otherwise.
      keyboardCondition: () => !inWidget(),
      keyboard: { 65: unfold },
      plugins: [RevealNotes],
    });
    await laidOut;
    document.getElementById("waiting").remove();
    document.documentElement.dataset.slides = all.length;
  }

  /** The key A: open the slide's answers one after the other, then close the last; a bet's is shown or taken back. */
  function unfold() {
    const all = ".content > :is(.text, .code) > details, .box:has([data-do=waive])";
    const answers = [...Reveal.getCurrentSlide().querySelectorAll(all)];
    const isOpen = (answer) => answer.matches("[open], .box-open");
    const last = answers.findIndex(isOpen);
    answers.forEach((answer, k) => isOpen(answer) === (k === last + 1) || turnOver(answer));
  }

  function turnOver(answer) {
    if (answer.matches("details")) answer.open = !answer.open;
    else answer.querySelector(answer.matches(".box-open") ? "[data-do=back]" : "[data-do=waive]").click();
    if (inWidget()) document.activeElement.blur(); // a bet taken back takes the focus, and the deck keeps its keys
  }

  const inWidget = () => document.activeElement?.closest("[data-model]");

  /** The keys of a clicker turn the slide also where a widget has the focus. */
  function turn(event) {
    if (!inWidget() || !["PageUp", "PageDown"].includes(event.key)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    document.activeElement.blur();
    if (event.key === "PageDown") Reveal.next();
    else Reveal.prev();
  }

  /** Escape gives the keys back to the deck, unless the widget has a use for it. */
  function leave(event) {
    if (event.key === "Escape" && inWidget() && !event.defaultPrevented) document.activeElement.blur();
  }

  addEventListener("keydown", turn, true);
  addEventListener("keydown", leave);
  addEventListener("load", () =>
    start().catch((error) => {
      document.getElementById("waiting").textContent = `The slides could not be laid out: ${error.message}`;
      throw error;
    }),
  );
})();
