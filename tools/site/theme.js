/* Light or dark: what the reader chose here before, or else what the computer prefers. */
(() => {
  "use strict";
  const root = document.documentElement;
  const prefersDark = matchMedia("(prefers-color-scheme: dark)");
  const KEY = "marl-theme";

  const chosen = () => {
    try {
      return localStorage.getItem(KEY);
    } catch {
      return null; // where a page may keep nothing
    }
  };
  const keep = (theme) => {
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // it holds for this page
    }
  };
  const show = (theme) => {
    root.dataset.theme = theme;
    root.dataset.jpThemeLight = theme === "light"; // as JupyterLab says it to the widgets
  };
  const preferred = () => (prefersDark.matches ? "dark" : "light");

  show(chosen() ?? preferred());
  prefersDark.addEventListener("change", () => chosen() ?? show(preferred()));
  addEventListener("DOMContentLoaded", () => {
    document.querySelector("button.theme").addEventListener("click", () => {
      show(root.dataset.theme === "dark" ? "light" : "dark");
      keep(root.dataset.theme);
    });
  });
})();
