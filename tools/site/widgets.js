/* The widgets of a stored notebook, alive without Jupyter: each runs the script that its stored state holds. */
(() => {
  "use strict";

  const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);

  /** What a widget's script sees of its model: the state that was stored, kept for as long as the page is open. */
  class Model {
    constructor({ state, buffers = [] }, manager) {
      this.state = state;
      this.widget_manager = manager;
      this.hearers = [];
      for (const { path, data } of buffers) {
        const holder = path.slice(0, -1).reduce((inner, key) => inner[key], state);
        holder[path.at(-1)] = new DataView(Uint8Array.from(atob(data), (letter) => letter.charCodeAt(0)).buffer);
      }
    }

    get(name) {
      return this.state[name];
    }

    set(name, value) {
      if (same(this.state[name], value)) return;
      this.state[name] = value;
      this.tell(`change:${name}`, value);
      this.tell("change");
    }

    on(events, callback) {
      for (const event of events.split(" ")) this.hearers.push({ event, callback });
    }

    off(events, callback) {
      const gone = events?.split(" ");
      const stays = (one) => (gone && !gone.includes(one.event)) || (callback && callback !== one.callback);
      this.hearers = this.hearers.filter(stays);
    }

    tell(event, value) {
      for (const one of [...this.hearers]) if (one.event === event) one.callback(this, value);
    }

    save_changes() {} // no Python to save them in

    send() {} // nor to send to
  }

  const models = new Map();
  const manager = { get_model: async (id) => models.get(id) };
  const stored = JSON.parse(document.getElementById("models").textContent);
  for (const [id, model] of Object.entries(stored)) models.set(id, new Model(model, manager));

  const once = (make) => {
    const made = new Map();
    return (key) => {
      if (!made.has(key)) made.set(key, make(key));
      return made.get(key);
    };
  };
  const moduleOf = once((script) => import(URL.createObjectURL(new Blob([script], { type: "text/javascript" }))));
  // Each model has a widget of its own, as in Jupyter: two tables on a page must not share what one can undo.
  const widgetOf = once(async (model) => {
    const { default: widget } = await moduleOf(model.get("_esm"));
    return typeof widget === "function" ? widget() : widget;
  });
  const addStyle = once((css) => document.head.append(Object.assign(document.createElement("style"), { textContent: css })));
  for (const model of models.values()) if (model.get("_css")) addStyle(model.get("_css"));
  const initialised = once(async (model) => (await widgetOf(model)).initialize?.({ model }));

  /** Put the living widget in the place of its twin; where that fails the twin stays, with the reason. */
  async function enliven(place) {
    const twin = [...place.childNodes];
    try {
      const model = models.get(place.dataset.model);
      const { render } = await widgetOf(model);
      await initialised(model);
      const el = document.createElement("div");
      place.replaceChildren(el);
      await render({ model, el });
    } catch (error) {
      const reason = document.createElement("p");
      reason.setAttribute("role", "alert");
      reason.textContent = `This widget does not live here: ${error.message}`;
      place.replaceChildren(...twin, reason);
      console.error(error);
    }
    place.dataset.alive = true; // or as alive as it gets
  }

  window.widgetsAlive = Promise.all([...document.querySelectorAll("[data-model]")].map(enliven));
})();
