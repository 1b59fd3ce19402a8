"""What tools/make_site.py does to links and pictures, and which packages it refuses."""

import base64
import hashlib
import json
import re
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import nbformat
import pytest

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


@pytest.mark.parametrize(("kind", "ending"), [("png", "png"), ("svg+xml", "svg")])
def test_pictures_become_files_and_the_same_one_only_once(tool, tmp_path, kind, ending):
    (tmp_path / "figures").mkdir()
    picture = f'<img src="data:image/{kind};base64,{base64.b64encode(b"a picture").decode()}" alt="what it shows">'
    html = tool.take_figures_out(f"{picture}\n{picture}", tmp_path / "figures", "../")
    (file,) = (tmp_path / "figures").iterdir()
    assert file.read_bytes() == b"a picture" and file.suffix == f".{ending}"
    assert html.count(f'src="../figures/{file.name}" alt="what it shows"') == 2


def test_attached_pictures_are_shown(tool):
    cell = nbformat.v4.new_markdown_cell('<img src="attachment:a.png">', attachments={"a.png": {"image/png": "AAAA"}})
    notebook = tool.attach(nbformat.v4.new_notebook(cells=[cell]))
    assert notebook.cells[0].source == '<img src="data:image/png;base64,AAAA">'
