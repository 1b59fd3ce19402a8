"""What tools/make_site.py does to links and pictures, and which packages it refuses."""

import base64
import hashlib
import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest

from marl_helpers import plots

ROOT = Path(__file__).parents[1]


@pytest.fixture
def tool(tmp_path, monkeypatch):
    spec = spec_from_file_location("make_site", ROOT / "tools" / "make_site.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "NPM", tmp_path / "npm")
    monkeypatch.setattr(module, "REGISTRY", "http://127.0.0.1:1")
    return module


def test_a_package_is_the_pinned_one_or_none(tool):
    content = b"a tarball"
    pin = "sha512-" + base64.b64encode(hashlib.sha512(content).digest()).decode()
    with pytest.raises(SystemExit, match=r"1/one/-/one-1\.0\.tgz does not answer .*put the file into"):
        tool.package("one", "1.0", pin)
    tool.NPM.mkdir()
    (tool.NPM / "one-1.0.tgz").write_bytes(content)
    assert tool.package("one", "1.0", pin) == content
    (tool.NPM / "one-1.0.tgz").write_bytes(b"another")
    with pytest.raises(
        SystemExit, match=r"one-1\.0\.tgz is not the file that packages\.json pins \(sha512-.*delete it"
    ):
        tool.package("one", "1.0", pin)


def test_every_pin_names_a_version_a_digest_and_files():
    for pin in [pin for path in (ROOT / "tools").glob("*/packages.json") for pin in json.loads(path.read_text())]:
        assert re.fullmatch(r"\d+\.\d+\.\d+", pin["version"]) and pin["files"]
        assert len(base64.b64decode(pin["integrity"].removeprefix("sha512-"))) == 64


@pytest.mark.parametrize(
    ("link", "followed"),
    [
        ("02-vdn-versus-qmix.ipynb", "02-vdn-versus-qmix.html"),
        ("00-start-here.ipynb", "index.html"),
        ("../notebooks/00-start-here.ipynb", "../index.html"),
        ("../notebooks/01-x.ipynb", "../01-x.html"),
        ("../exercises/lecture-02.ipynb", "exercises/lecture-02.html"),
        ("https://example.org/a.ipynb", "https://example.org/a.ipynb"),
    ],
)
def test_links_between_notebooks_lead_to_pages(tool, link, followed):
    assert tool.follow_links(f'<a href="{link}">') == f'<a href="{followed}">'
    assert tool.follow_links(f'<a download="" href="{link}">') == f'<a download="" href="{link}">'


@pytest.mark.parametrize("kind", ["png", "svg"])
def test_pictures_become_files_once_each_and_keep_their_place_on_the_page(tool, tmp_path, kind):
    (tmp_path / "figures").mkdir()
    shown = plots.lines([0, 1], {"": {"it": [0, 1]}}, "across", "up")
    content = shown.svg().encode() if kind == "svg" else shown.png()
    mime = {"svg": "svg+xml"}.get(kind, kind)
    picture = f'<img src="data:image/{mime};base64,{base64.b64encode(content).decode()}" alt="what it shows">'
    wide = picture.replace("alt=", 'width="400" alt=')
    html = tool.take_figures_out(f"{picture}\n{picture}\n{wide}", tmp_path / "figures", "../")
    (file,) = (tmp_path / "figures").iterdir()
    assert file.read_bytes() == content and file.suffix == f".{kind}"
    assert html.count(f'src="../figures/{file.name}"') == html.count('alt="what it shows"') == 3
    (w, h), (again, _), (kept, high) = (
        [int(re.search(rf' {n}="(\d+)"', tag)[1]) for n in ("width", "height")] for tag in html.splitlines()
    )
    ratio = shown.figure.get_figheight() / shown.figure.get_figwidth()
    assert w == again and kept == 400 and h / w == pytest.approx(ratio, rel=0.1) == pytest.approx(high / kept, rel=0.1)


def test_attached_pictures_are_shown(tool):
    cell = nbformat.v4.new_markdown_cell('<img src="attachment:a.png">', attachments={"a.png": {"image/png": "AAAA"}})
    notebook = tool.attach(nbformat.v4.new_notebook(cells=[cell]))
    assert notebook.cells[0].source == '<img src="data:image/png;base64,AAAA">'
