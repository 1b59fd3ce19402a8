// A RewardTable by itself. On the page this file follows reward_table.js in one module.

export default withHistory((model, root, store) => void new View(model, root, store));
