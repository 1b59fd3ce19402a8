/* Shows the slides: waits for formulas, widgets and figures, has pack.js fill the slides, and starts reveal.js. */
(() => {
  "use strict";

  const lecture = document.getElementById("lecture");
  const slides = document.querySelector(".slides");
  const ANSWERS = ".content > :is(.text, .code) > details";
  const printing = new URLSearchParams(location.search).has("print-pdf");
  const frame = () => new Promise(requestAnimationFrame);

  /** Until nothing on the page has changed its height for a while: widgets draw once they are there. */
  async function atRest() {
    for (let still = 0, height = 0; still < 20; still = height === lecture.scrollHeight ? still + 1 : 0) {
      height = lecture.scrollHeight;
      await frame();
    }
  }

  async function start() {
    for (const image of document.images) image.loading = "eager";
    await Promise.all([window.widgetsAlive, MathJax.startup.promise, document.fonts.ready]);
    await Promise.all([...document.images].map((image) => image.decode().catch(() => {})));
    await atRest();
    document.body.classList.add("filling");
    deck.pack(lecture, slides);
    deck.bound(slides);
    document.body.classList.remove("filling");
    if (printing) for (const answer of slides.querySelectorAll(ANSWERS)) answer.open = true;
    const all = [...slides.querySelectorAll(".thought")];
    await Reveal.initialize({
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
      keyboardCondition: () => !document.activeElement?.closest("[data-model]"),
      keyboard: { 65: unfold },
      plugins: [RevealNotes],
    });
    document.getElementById("waiting").remove();
    document.documentElement.dataset.slides = all.length;
  }

  function unfold() {
    const answer = Reveal.getCurrentSlide().querySelector(ANSWERS);
    if (answer) answer.open = !answer.open;
  }

  /** Out of a widget: a clicker's keys turn the slide wherever the focus is, and Escape gives the keys back to the deck. */
  function leave(event) {
    const inside = document.activeElement?.closest("[data-model]");
    if (!inside || !["PageUp", "PageDown", "Escape"].includes(event.key)) return;
    if (event.key === "Escape") return void (event.defaultPrevented || document.activeElement.blur());
    event.preventDefault();
    document.activeElement.blur();
    event.key === "PageDown" ? Reveal.next() : Reveal.prev();
  }

  addEventListener("keydown", leave);
  addEventListener("load", () =>
    start().catch((error) => {
      document.getElementById("waiting").textContent = `The slides could not be laid out: ${error.message}`;
      throw error;
    }),
  );
})();
