"""Where the page learns, and for whom: in a Worker, or on the page where its policy allows none; the newest request."""

import json

import pytest
from page_learning import METHODS, SCRIPT, learn, options
from playwright.sync_api import Error

from marl_helpers import games
from marl_helpers.fitting.runs import Recipe

TABLES = [games.COORDINATION.tolist(), games.CLIMBING[:2].tolist()]
LONG, SHORT = options(32, recipe=Recipe(steps=10**6)), options(5, 7, Recipe(steps=300))
REFUSALS = {
    "a policy on workers": """<meta http-equiv="Content-Security-Policy" content="worker-src 'none'">""",
    "a policy on scripts": """<meta http-equiv="Content-Security-Policy" content="script-src 'unsafe-inline'">""",
    "a browser without them": "<script>delete window.Worker</script>",
}
WATCH = """<script>
    const runner = new LearnerWorker(), seen = [];
    let beats = 0;
    setInterval(() => (beats += 1));
    const start = (name, table, methods, options) =>
        runner.start(table, methods, options, update => seen.push({ name, beats, ...update }));
    const place = () => runner.home instanceof (window.Worker ?? Error) ? "worker" : runner.home && "page";
</script>"""
LAST = "name => seen.some(update => update.name === name && update.method === 'joint' && update.result)"
START = "([name, ...request]) => start(name, ...request)"


@pytest.fixture(params=["allowed", *REFUSALS])
def alone(page, tmp_path, request):
    """A page opened from a file, with a runner; `page.place` is where it is to learn."""
    head = REFUSALS.get(request.param, "")
    (tmp_path / "page.html").write_text(f"{head}<script>{SCRIPT}</script>{WATCH}", encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    page.place = "page" if head else "worker"
    return page


def test_a_file_is_learned_in_a_worker_or_where_that_is_refused_on_the_page(alone, console_errors):
    alone.evaluate(START, ["one", TABLES[0], METHODS, SHORT])
    alone.wait_for_function(LAST, arg="one")
    seen = alone.evaluate("seen")
    assert alone.evaluate("place()") == alone.place
    results = [update for update in seen if update["result"]]
    assert [update["method"] for update in results] == list(METHODS)
    for update in results:
        expected = learn(alone, TABLES[0], update["method"], 5, 7, Recipe(steps=300))
        assert json.dumps(update["result"]) == json.dumps(expected) and update["share"] == 1
    order = [(METHODS.index(update["method"]), update["share"]) for update in seen]
    assert order == sorted(order) and {update["name"] for update in seen} == {"one"}
    assert [error for error in console_errors if "Content Security Policy" not in error] == []


def test_a_newer_request_abandons_the_older_and_a_stop_ends_all(alone):
    alone.evaluate(START, ["older", TABLES[0], METHODS, LONG])
    # Well under way and far from its end; and the page stays alive meanwhile.
    alone.wait_for_function("() => seen.length >= 3 && beats > seen[0].beats")
    before = alone.evaluate(f"request => (({START})(request), seen.length)", ["newer", TABLES[1], METHODS, SHORT])
    alone.wait_for_function(LAST, arg="newer")
    seen = alone.evaluate("seen")
    assert {(update["name"], bool(update["result"])) for update in seen[:before]} == {("older", False)}
    assert {update["name"] for update in seen[before:]} == {"newer"}
    assert 0 < seen[0]["share"] < seen[2]["share"] < 0.5
    assert alone.evaluate("place()") == alone.place

    alone.evaluate(START, ["ended", TABLES[0], METHODS, LONG])
    alone.wait_for_function("() => seen.at(-1).name === 'ended'")
    count = alone.evaluate("(runner.stop(), seen.length)")
    alone.evaluate("new Promise(resolve => setTimeout(resolve, 200))")
    assert alone.evaluate("[seen.length, place()]") == [count, None]
    alone.evaluate(START, ["again", TABLES[1], METHODS, SHORT])
    alone.wait_for_function(LAST, arg="again")
    assert alone.evaluate("place()") == alone.place


def test_a_fault_in_the_worker_is_the_pages_to_tell(page, tmp_path, console_errors):
    (tmp_path / "page.html").write_text(f"<script>{SCRIPT}</script>{WATCH}", encoding="utf-8")
    page.goto((tmp_path / "page.html").as_uri())
    page.evaluate(START, ["broken", [], METHODS, SHORT])
    page.wait_for_function("() => place() === 'page'")
    page.evaluate("new Promise(resolve => setTimeout(resolve, 50))")
    assert any("undefined" in error for error in console_errors)
    page.evaluate(START, ["whole", TABLES[0], METHODS, SHORT])
    page.wait_for_function(LAST, arg="whole")
    with pytest.raises(Error, match="method qplex is not learned on the page"):
        page.evaluate(START, ["unknown", TABLES[0], ["vdn", "qplex"], SHORT])
