// A panel that shows the HTML made in Python; an open or closed <details> stays so when the content changes.
export default {
  render({ model, el }) {
    const panel = el.appendChild(document.createElement("div"));
    panel.setAttribute("aria-live", "polite");
    const paint = () => {
      const open = [...panel.querySelectorAll("details")].map((details) => details.open);
      panel.innerHTML = model.get("html");
      panel.querySelectorAll("details").forEach((details, index) => (details.open = open[index] ?? false));
    };
    model.on("change:html", paint);
    paint();
  },
};
