// The solver's answer by what is assumed of the mixer. Follows controls.js in one module.

function render({ model, el }) {
  const stage = new Stage(model, el);
  const boxes = model.get("axioms").map((_, i) =>
    checkbox({
      label: model.get("_names")[i],
      tell: (assumed) => tell(model, "axioms", model.get("axioms").with(i, assumed)),
    }),
  );
  const wait = made('<p class="marl-waiting" role="status"></p>');
  stage.controls.append(...boxes.map(({ root }) => root));
  stage.controls.after(wait);
  let last = ""; // the last answer that is known
  const paint = () => {
    const axioms = model.get("axioms");
    const answer = model.get("_answers")[axioms.map(Number).join("")];
    boxes.forEach((box, i) => box.show(axioms[i]));
    wait.textContent = answer === undefined ? model.get("_wait") : "";
    stage.answer.classList.toggle("marl-stale", answer === undefined);
    stage.show(() => (last = answer ?? last));
  };
  model.on("change:axioms change:_answers", paint);
  paint();
}

export default { render };
