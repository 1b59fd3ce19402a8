"""Make each lecture a deck of slides in build/slides, and a PDF of it: what `make slides` runs.

    python tools/make_slides.py            # all lectures
    python tools/make_slides.py 02 --no-pdf

A deck is one page, of the same cells as on the website and with the same living widgets, that needs no server, kernel
or network. It parts itself into slides when it is opened, by the heights that the text has there: tools/slides/pack.js
says how. reveal.js turns them; it comes from its npm package, as MathJax does (tools/make_site.py). A cell's slide type
(JupyterLab: Property Inspector > Slide Type) overrules: "slide" begins a slide, "skip" leaves the cell out, "notes"
puts it into the speaker's notes. Printing needs Chromium.

With each PDF comes the notebook itself, with a slide type on each cell where a slide of the deck begins: to be
presented in JupyterLab, with a kernel, by "Start Deck" of the extension jupyterlab-slideshow.
"""

import argparse
import re
import sys
from pathlib import Path

import make_site
import nbformat
from chromium import chromium
from lectures import lectures

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "tools" / "slides"
SLIDES = ROOT / "build" / "slides"
LIVE = {  # jupyterlab-slideshow hides an output's prompt, and not what lies over it and folds the output at a click
    "@deathbeds/jupyterlab-fonts": {"styles": {".jp-OutputArea-promptOverlay": {"display": "none"}}}
}
READY = "() => document.documentElement.dataset.slides"
FIRST_CELLS = "() => [...document.querySelectorAll('[data-cell]')].map((slide) => Number(slide.dataset.cell))"


def without_sections(models: str) -> str:
    """Widgets whose cards are regions, as before, but no <section>: reveal.js takes each one for a slide."""
    return models.replace("\\u003csection ", '\\u003cdiv role=\\"region\\" ').replace(
        "\\u003c/section>", "\\u003c/div>"
    )


def write_deck(path: Path, folder: Path) -> Path:
    """A lecture's deck; links to other lectures lead to their decks, and those to exercises are plain words."""
    notebook = make_site.attach(nbformat.read(path, as_version=4))
    page = dict(title=make_site.title(notebook), models=without_sections(make_site.models(notebook)))
    html, _ = make_site.exporter_of(PARTS / "deck.html.j2").from_notebook_node(notebook, {"page": page})
    html = make_site.follow_links(make_site.take_figures_out(html, folder / "figures", ""))
    html = re.sub(r'<a href="exercises/[^"]*">(.*?)</a>', r"\1", html, flags=re.DOTALL)
    deck = folder / f"{path.stem}.html"
    deck.write_text(html, encoding="utf-8")
    return deck


def write_live(path: Path, deck: Path, begin: set[int]) -> None:
    """The lecture beside its deck, with slide types: "slide" where one begins, and none elsewhere but its own."""
    notebook = nbformat.read(path, as_version=4)
    for number, cell in enumerate(cell for cell in notebook.cells if cell.source):
        own = cell.metadata.get("slideshow", {}).get("slide_type")
        if own or number in begin:
            cell.metadata["slideshow"] = {"slide_type": own or "slide"}
    notebook.metadata.update(LIVE)
    nbformat.write(notebook, deck.with_suffix(".ipynb"))


def print_decks(decks: dict[Path, Path]) -> None:
    """A PDF beside each lecture's deck, a page a slide, with the answers unfolded, and the lecture for JupyterLab."""
    with chromium() as browser:
        for path, deck in decks.items():
            page = browser.new_page(viewport={"width": 1280, "height": 720}, color_scheme="light")
            page.goto(f"{deck.as_uri()}?print-pdf")
            page.wait_for_function(READY, timeout=0)
            page.pdf(path=deck.with_suffix(".pdf"), prefer_css_page_size=True, print_background=True)
            print(f"{deck.with_suffix('.pdf')}: {page.evaluate(READY)} slides", flush=True)
            write_live(path, deck, set(page.evaluate(FIRST_CELLS)))
            page.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("lecture", nargs="?", help="its number, such as 02; all where none is given")
    parser.add_argument("--no-pdf", action="store_true", help="only the decks")
    choice = parser.parse_args()
    for parts in (make_site.PARTS, PARTS):
        make_site.write_assets(SLIDES / "assets", parts)
    (SLIDES / "figures").mkdir(exist_ok=True)
    decks = {path: write_deck(path, SLIDES) for path in lectures(choice.lecture)}
    print(*decks.values(), sep="\n", flush=True)
    if not choice.no_pdf:
        try:
            print_decks(decks)
        except LookupError as missing:
            sys.exit(f"the decks are made, but no PDF: {missing}")


if __name__ == "__main__":
    main()
