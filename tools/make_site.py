"""Make the website of the lectures in build/site: what `make site` runs.

    python tools/make_site.py

Each notebook becomes a page through nbconvert, with the template in tools/site: no server, no kernel and no network is
needed to read it. Stored widgets live on it, and a link on each page gives its notebook. MathJax comes from its npm
package, pinned by its sha512 in tools/site/packages.json, and is kept in build/npm; once it is there, no network is
needed to make the site either.
"""

import base64
import gzip
import hashlib
import io
import json
import re
import shutil
import struct
import sys
import tarfile
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import nbformat
from nbconvert import HTMLExporter

from marl_helpers.widgets import saving

ROOT = Path(__file__).resolve().parents[1]
PARTS = ROOT / "tools" / "site"
SITE, NPM = ROOT / "build" / "site", ROOT / "build" / "npm"
REGISTRY = "https://registry.npmjs.org"
PATIENCE = 60  # seconds of silence
FIRST = "00-start-here"  # is the front page


def package(name: str, version: str, integrity: str) -> bytes:
    """An npm package's tarball, from build/npm or the registry; ends the program where it is not the pinned one."""
    kept = NPM / f"{name}-{version}.tgz"
    if not kept.is_file():
        address = f"{REGISTRY}/{name}/-/{kept.name}"
        try:
            with urlopen(address, timeout=PATIENCE) as answer:
                content = answer.read()
        except (URLError, TimeoutError) as error:
            sys.exit(f"{address} does not answer ({error}): try again, or put the file into {NPM}")
        NPM.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(content)
    digest = "sha512-" + base64.b64encode(hashlib.sha512(kept.read_bytes()).digest()).decode()
    if digest != integrity:
        sys.exit(f"{kept} is not the file that packages.json pins ({digest}): delete it, and try again")
    return kept.read_bytes()


def write_assets(folder: Path, parts: Path = PARTS) -> None:
    """The scripts and styles that all pages share: those in `parts`, and those of the packages that it pins."""
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*parts.glob("*.js"), *parts.glob("*.css")]:
        shutil.copy(path, folder)
    for pin in json.loads((parts / "packages.json").read_text(encoding="utf-8")):
        content = package(pin["name"], pin["version"], pin["integrity"])
        with tarfile.TarFile(fileobj=io.BytesIO(gzip.decompress(content))) as tarball:
            for inside, name in pin["files"].items():
                (folder / name).write_bytes(tarball.extractfile(inside).read())


def page_name(path: Path) -> str:
    """Where a notebook's page lies, below the site's folder."""
    if path.stem == FIRST:
        return "index.html"
    folder = "" if path.parent.name == "notebooks" else f"{path.parent.name}/"
    return f"{folder}{path.stem}.html"


def title(notebook: nbformat.NotebookNode) -> str:
    """The first heading."""
    return notebook.cells[0].source.splitlines()[0].lstrip("# ")


def headings(html: str) -> list[dict[str, str]]:
    """The second-level headings of a page: their anchors, and their titles as HTML."""
    found = re.findall(r'<h2 id="([^"]+)">(.*?)<a class="anchor-link"', html, re.DOTALL)
    return [{"anchor": anchor, "title": name} for anchor, name in found]


def attach(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Put the pictures that are attached to cells where they are shown."""
    for cell in notebook.cells:
        for name, kinds in cell.get("attachments", {}).items():
            cell.source = cell.source.replace(f"attachment:{name}", f"data:image/png;base64,{kinds['image/png']}")
    return notebook


def take_figures_out(html: str, folder: Path, up: str) -> str:
    """Write each picture in a page to a file of its own, named by its content, and link to it."""

    def written(match: re.Match) -> str:
        content = base64.b64decode(match[3])
        name = f"{hashlib.sha256(content).hexdigest()[:16]}.{match[2]}"
        (folder / name).write_bytes(content)
        wide, high = size(content)
        shown = re.search(r' width="(\d+)"', match[1] + match[4])
        width = int(shown[1]) if shown else round(wide)
        own = "" if shown else f'width="{width}" '
        own += f'height="{round(width * high / wide)}" '  # so that the page keeps its place when the picture comes
        return f'{match[1]}loading="lazy" {own}src="{up}{folder.name}/{name}"{match[4]}'

    data = r'src="data:image/(png|svg)(?:\+xml)?;base64,([A-Za-z0-9+/=\s]+)"'
    return re.sub(rf"(<img [^>]*?){data}([^>]*>)", written, html)


def size(content: bytes) -> tuple[float, float]:
    """The width and the height of a picture, a PNG or an SVG with a viewBox."""
    if content.startswith(b"\x89PNG"):
        return struct.unpack(">II", content[16:24])
    wide, high = re.search(rb'viewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"', content).groups()
    return float(wide), float(high)


def follow_links(html: str) -> str:
    """Links between notebooks become links between pages; those that download one stay."""

    def page(match: re.Match) -> str:
        folder, stem = match[1].removeprefix("../notebooks/"), match[2]
        folder = folder if folder == match[1] else "../"
        return f'href="{folder}{"index" if stem == FIRST else stem}.html"'

    html = re.sub(r'(?<!download="" )href="((?:\.\./)?(?:[a-z]+/)?)([\w-]+)\.ipynb"', page, html)
    return re.sub(r'(?<!download="" )href="\.\./exercises/', 'href="exercises/', html)


def exporter_of(template: Path) -> HTMLExporter:
    """What fills in a template of ours, which may use those in tools/site."""
    exporter = HTMLExporter(extra_template_paths=[str(template.parent), str(PARTS)], template_file=template.name)
    exporter.environment.globals |= dict(view=saving.VIEW, headings=headings)
    return exporter


def models(notebook: nbformat.NotebookNode) -> str:
    """The stored models of a notebook's widgets, as JSON that may stand in a page."""
    return json.dumps(saving.states(notebook)).replace("<", "\\u003c")


def write_bare(path: Path, target: Path) -> None:
    """The notebook to download, without its outputs: the page shows them, and they are most of its size."""
    notebook = nbformat.read(path, as_version=4)
    notebook.metadata.pop("widgets", None)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.update(outputs=[], execution_count=None)
    target.parent.mkdir(exist_ok=True)
    nbformat.write(notebook, target)


def write_pages(paths: list[Path], site: Path) -> None:
    """A page for each notebook; those in notebooks/ are the menu, and follow one another."""
    exporter = exporter_of(PARTS / "page.html.j2")
    notebooks = {path: attach(nbformat.read(path, as_version=4)) for path in paths}
    menu = [
        dict(file=page_name(path), title=title(one)) for path, one in notebooks.items() if "/" not in page_name(path)
    ]
    for path, notebook in notebooks.items():
        file = page_name(path)
        (site / file).parent.mkdir(exist_ok=True)
        here = next((k for k, other in enumerate(menu) if other["file"] == file), None)
        page = dict(file=file, title=title(notebook), menu=menu, up="../" * file.count("/"))
        if here is not None:
            page |= dict(
                before=menu[here - 1] if here else None, after=menu[here + 1] if here + 1 < len(menu) else None
            )
        page["notebook"] = f"{path.parent.name}/{path.name}"
        write_bare(path, site / page["notebook"])
        page["models"] = models(notebook)
        html, _ = exporter.from_notebook_node(notebook, {"page": page})
        html = follow_links(take_figures_out(html, site / "figures", page["up"]))
        (site / file).write_text(html, encoding="utf-8")


def main() -> None:
    shutil.rmtree(SITE, ignore_errors=True)
    write_assets(SITE / "assets")
    (SITE / "figures").mkdir()
    paths = [*sorted((ROOT / "notebooks").glob("*.ipynb")), *sorted((ROOT / "exercises").glob("*.ipynb"))]
    write_pages(paths, SITE)
    sizes = {path: path.stat().st_size / 1e6 for path in SITE.rglob("*") if path.is_file()}
    print(f"{SITE / 'index.html'}: {len(paths)} pages, {sum(sizes.values()):.1f} MB in all")


if __name__ == "__main__":
    main()
