/* What MathJax is to do, and what a page does with a formula that is wider than its column: it scrolls. */
(() => {
  "use strict";
  const markWide = () => {
    for (const formula of document.querySelectorAll("mjx-container")) {
      formula.classList.remove("wide");
      const room = formula.closest("p, li, td, div").clientWidth;
      formula.classList.toggle("wide", formula.getBoundingClientRect().width > room);
    }
  };

  window.MathJax = {
    tex: {
      inlineMath: [
        ["$", "$"],
        ["\\(", "\\)"],
      ],
      processEscapes: true,
    },
    options: { enableMenu: false, ignoreHtmlClass: "output|highlight" },
    startup: { pageReady: () => MathJax.startup.defaultPageReady().then(markWide) },
  };
  addEventListener("resize", markWide);
})();
