"""The website of `make site`, opened from its files with the network refused."""

import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote

import pytest
from driving import CONTRASTS, Table
from playwright.sync_api import BrowserContext, Page, expect

ROOT = Path(__file__).parents[2]
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1440, "height": 900}


@pytest.fixture(scope="session")
def site() -> Path:
    """The folder of the website, made now."""
    done = subprocess.run([sys.executable, ROOT / "tools" / "make_site.py"], capture_output=True, text=True)
    if "does not answer" in done.stderr:
        pytest.skip(done.stderr)  # the first time MathJax comes from its registry
    assert done.returncode == 0, done.stderr
    return ROOT / "build" / "site"


def opened(context: BrowserContext, path: Path, size: dict = DESK) -> Page:
    """A page of the site with its formulas set and its widgets shown."""
    page = context.pages[0] if context.pages else context.new_page()
    page.set_viewport_size(size)
    page.goto(path.as_uri())
    page.wait_for_function("() => window.MathJax.startup.promise?.then(() => true)")
    expect(page.locator("[data-model]:not([data-alive])")).to_have_count(0)
    return page


def links(page: Page) -> list[str]:
    return page.locator("a[href]").evaluate_all("links => links.map(link => link.href)")


def test_every_page_is_whole_without_a_network(site, offline, console_errors, screenshot):
    paths = [*site.rglob("*.html")]
    assert len(paths) == len([*(ROOT / "notebooks").glob("*.ipynb"), *(ROOT / "exercises").glob("*.ipynb")])
    for path in paths:
        page = opened(offline, path, PHONE)
        assert page.evaluate("() => document.documentElement.scrollWidth") == PHONE["width"], path.name
        screenshot(page, f"site-phone-{path.stem}")
        prose = page.locator(".text").all_inner_texts()
        assert not re.search(r"\$[^$]+\$", " ".join(prose)), "a formula that is still TeX"
        assert page.locator("[data-mml-node=merror]").count() == 0
        for link in links(page):
            if link.startswith("https://"):
                continue  # a paper, which waits until somebody follows it
            file, _, anchor = link.partition("#")
            assert file.startswith("file:") and Path(unquote(file).removeprefix("file://")).is_file(), link
            if anchor and file == page.url.partition("#")[0]:
                assert page.locator(f'[id="{anchor}"]').count() == 1, link
    assert console_errors == []


def test_formulas_are_set(site, offline):
    page = opened(offline, site / "03-the-igm-property.html")
    assert page.locator("mjx-container svg").count() > 50


def test_a_table_lives(site, offline, screenshot, console_errors):
    page = opened(offline, site / "03-the-igm-property.html")
    walk = page.get_by_label("the walk", exact=True).first
    expect(walk).to_contain_text("1 → 3 → 6. It never falls.")
    page.get_by_label("Q_tot when agent 1 plays 2 and agent 2 plays 2").first.focus()
    for keys, said in (("2", "1 → 3 → 2. It falls in agent 2's step."), ("Control+z", "1 → 3 → 6. It never falls.")):
        page.keyboard.press(keys)
        expect(walk).to_contain_text(said)
    assert page.locator("[data-model] > table").count() == 0, "the twin has made room"
    walk.scroll_into_view_if_needed()
    screenshot(page, "site-table")
    assert console_errors == []


def test_the_laboratory_on_the_front_page_answers(site, offline, screenshot, console_errors):
    page = opened(offline, site / "index.html")
    vdn = page.get_by_role("region", name="VDN", exact=True)
    expect(vdn).to_contain_text("plays (0, 0), earns 6 of 8")
    Table(page).type(2, 2, "10")
    expect(vdn).to_contain_text("plays (2, 2), earns 10 of 10")
    expect(vdn).to_contain_text("32 of 32 runs right")
    screenshot(page, "site-laboratory")
    assert console_errors == []


def test_a_widget_whose_script_fails_leaves_its_twin_and_says_why(site, offline, tmp_path):
    html = (site / "03-the-igm-property.html").read_text().replace('"_esm": "', '"_esm": "throw Error(\'broken\');', 1)
    (site / "broken.html").write_text(html)
    try:
        page = opened(offline, site / "broken.html")
        place = page.locator("[data-model]").first
        expect(place.get_by_role("alert")).to_have_text("This widget does not live here: broken")
        expect(place.get_by_text("The answer, once you have yours")).to_be_visible()
        expect(place.locator("pre").first).to_be_hidden()  # a bet's twin is closed
    finally:
        (site / "broken.html").unlink()


def test_both_themes_are_readable_and_the_choice_stays(site, offline, screenshot):
    for scheme, other in (("light", "dark"), ("dark", "light")):
        page = opened(offline, site / "index.html")
        page.emulate_media(color_scheme=scheme)
        page.evaluate("() => localStorage.clear()")
        page.reload()
        assert page.evaluate("() => document.documentElement.dataset.theme") == scheme
        for theme in (scheme, other):
            for selector in (".text p", ".text a", ".text td", ".highlight pre > span", "header summary", ".parts a"):
                contrasts = page.evaluate(CONTRASTS, selector)
                assert contrasts and min(contrasts) >= 4.5, (theme, selector, contrasts)
            screenshot(page, f"site-{theme}")
            page.get_by_role("button", name="dark or light").click()
        page.get_by_role("button", name="dark or light").click()
        page.reload()
        assert page.evaluate("() => document.documentElement.dataset.theme") == other


def test_the_lectures_follow_one_another(site, offline):
    page = opened(offline, site / "index.html")
    seen = []
    while page.locator("a[rel=next]").count():
        with page.expect_navigation():
            page.locator("a[rel=next]").click()
        seen.append(Path(page.url).stem)
    assert seen == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))[1:]
    page.locator("header summary").click()
    with page.expect_navigation():
        page.get_by_role("navigation", name="lectures").get_by_role("link", name="Start here").click()
    assert Path(page.url).stem == "index"


def test_it_is_small(site):
    sizes = {path: path.stat().st_size for path in site.rglob("*") if path.is_file()}
    assert sum(sizes.values()) < 25e6
    for page in site.rglob("*.html"):
        shown = {site / "figures" / name for name in re.findall(r"figures/(\w+\.(?:png|svg))", page.read_text())}
        assert sizes[page] + sum(sizes[path] for path in shown) < 4e6, page
