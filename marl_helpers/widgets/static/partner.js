// A RewardTable, and beside it one's own values while the partner explores. On the page this file follows
// reward_table.js, controls.js and replies.js in one module.

function partner(model, root, store) {
  root.className = "marl-lab";
  new View(model, root.appendChild(document.createElement("div")), store);
  const stage = new Stage(model, root);
  stage.root.classList.add("marl-partner");
  const exploration = slider({
    label: "it explores",
    ...{ min: 0, max: 100, step: 1, words: (value) => `${value}%` },
    tell: (value) => tell(model, "exploration", value / 100),
  });
  let offered = 0; // actions among which the favourite is chosen
  let favourite;
  const offer = (actions) => {
    const values = range(actions).map((action) => [String(action), action]);
    favourite = choice({ label: "its favourite", values, tell: (action) => tell(model, "favourite", action) });
    stage.controls.replaceChildren(made("<p>Your partner, agent 2:</p>"), favourite.root, exploration.root);
    offered = actions;
  };
  const paint = () => {
    const table = model.get("table");
    const actions = table[0].length;
    if (model.get("favourite") >= actions) return tell(model, "favourite", actions - 1); // which paints again
    if (offered !== actions) offer(actions);
    favourite.show(model.get("favourite"));
    exploration.show(Math.round(100 * model.get("exploration")));
    stage.show(() => replies(table, model.get("favourite"), model.get("exploration")));
  };
  model.on("change:table change:favourite change:exploration", paint);
  paint();
}

export default withHistory((model, root, store) => partner(model, root, store));
