// What a training shows while it runs. Its stop button speaks to Jupyter's server, as a busy kernel hears no widget.

async function interrupt(kernel) {
  const page = document.getElementById("jupyter-config-data");
  const { baseUrl, token } = JSON.parse(page.textContent);
  const headers = { "X-XSRFToken": document.cookie.match(/_xsrf=([^;]*)/)?.[1] ?? "" };
  if (token) headers.Authorization = `token ${token}`;
  const answer = await fetch(`${baseUrl}api/kernels/${kernel}/interrupt`, { method: "POST", headers });
  if (!answer.ok) throw new Error(answer.statusText);
}

function render({ model, el }) {
  el.innerHTML = `<div class="marl-live"><button type="button">Stop and keep what is learned</button>
    <span role="status"></span><br><img alt=""></div>`;
  const [button, status, , image] = el.firstElementChild.children;
  button.onclick = async () => {
    button.disabled = true;
    try {
      await interrupt(model.get("kernel"));
      button.textContent = "Stopping after this round";
    } catch {
      button.textContent = "Use the stop button of the toolbar";
    }
  };
  let address = "";
  const paint = () => {
    status.textContent = model.get("text");
    URL.revokeObjectURL(address);
    const { byteLength } = model.get("picture");
    address = byteLength ? URL.createObjectURL(new Blob([model.get("picture")], { type: "image/png" })) : "";
    image.src = address;
    image.alt = byteLength ? `learning curves so far: ${model.get("text")}` : "";
    image.hidden = !byteLength;
  };
  model.on("change", paint);
  paint();
  return () => URL.revokeObjectURL(address);
}

export default { render };
