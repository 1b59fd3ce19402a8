// What a stored widget has in place of its script where an earlier one of its class, its lender, has it: see saving.py.

export default () => {
  let widget;
  return {
    async initialize(page) {
      const { model } = page;
      const lender = await model.widget_manager.get_model(model.get("_lender").replace("IPY_MODEL_", ""));
      const address = URL.createObjectURL(new Blob([lender.get("_esm")], { type: "text/javascript" }));
      const { default: made } = await import(address);
      URL.revokeObjectURL(address);
      widget = typeof made === "function" ? await made() : made;
      return widget.initialize?.(page);
    },
    render: (page) => widget.render(page),
  };
};
