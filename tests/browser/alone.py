"""A widget on a plain page: its own module and styles behind a stand-in for its model, without Jupyter or a kernel."""

from playwright.sync_api import Page

START = """async ({ _esm, _css, ...state }) => {
    const hearers = [];
    window.model = {
        said: [],
        get: name => structuredClone(state[name]),
        set(name, value) {
            if (JSON.stringify(state[name]) === JSON.stringify(value)) return;
            state[name] = structuredClone(value);
            for (const [names, hear] of hearers) if (names.split(" ").includes(`change:${name}`)) hear();
        },
        on: (names, hear) => hearers.push([names, hear]),
        save_changes() { this.said.push(structuredClone(state)); },
    };
    document.head.append(Object.assign(document.createElement("style"), { textContent: _css }));
    const { default: made } = await import(URL.createObjectURL(new Blob([_esm], { type: "text/javascript" })));
    const widget = typeof made === "function" ? await made() : made;
    await widget.initialize?.({ model });
    await widget.render({ model, el: document.body.appendChild(document.createElement("main")) });
}"""


def show(page: Page, widget, scheme: str = "light") -> None:
    """Show a widget on an empty page; `model` there is its stand-in, and `model.said` what it would tell Python."""
    style = f"<style>:root {{ color-scheme: {scheme}; background: Canvas }}</style>"
    page.set_content(f'<!doctype html><html lang="en">{style}<body>')
    state = {name: value for name, value in widget.get_state().items() if name not in ("layout", "tooltip")}
    page.evaluate(START, {**state, "_css": str(widget._css)})


def told(page: Page, name: str) -> list:
    """What Python would have heard of a trait, time by time."""
    return page.evaluate("name => model.said.map(state => state[name])", name)


def disagreements(page: Page, cases: list[tuple[dict, str]]) -> list[tuple[dict, str, str]]:
    """Where the shown widget's answer is not the HTML that Python makes of the same settings: those, and both."""
    shown = page.evaluate(
        """cases => cases.map(([settings, html]) => {
            const expected = document.createElement("template");
            expected.innerHTML = html;
            for (const [name, value] of Object.entries(settings)) model.set(name, value);
            return [document.querySelector(".marl-answer").innerHTML, expected.innerHTML];
        })""",
        cases,
    )
    return [(settings, *pair) for (settings, _), pair in zip(cases, shown, strict=True) if pair[0] != pair[1]]
