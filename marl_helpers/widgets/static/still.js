// A picture made in Python, with its text for those who do not see it. The old one stays until the new one is there.

function render({ model, el }) {
  const image = el.appendChild(document.createElement("img"));
  image.style.maxWidth = "100%";
  let address = "";
  const paint = () => {
    const old = address;
    address = URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" }));
    image.onload = () => URL.revokeObjectURL(old);
    image.src = address;
    image.width = model.get("width");
    image.alt = model.get("alt");
    image.hidden = !model.get("picture").byteLength;
  };
  model.on("change", paint);
  paint();
  return () => URL.revokeObjectURL(address);
}

export default { render };
