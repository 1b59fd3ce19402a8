"""The partner without a browser: its twin follows table, favourite and exploration, and nonsense is refused."""

import re

import pytest

from marl_helpers import games, widgets
from marl_helpers.widgets.partners import replies_html


def html(partner):
    return partner._repr_mimebundle_()[0]["text/html"]


def shown(partner):
    """Own values, the actions marked as best, and the bars' two ends in percent, as the card shows them."""
    rows = re.findall(
        r'<th scope="row">\d</th><td[^>]*>(.*?)</td>.*?margin-left: ([\d.]+)%; width: ([\d.]+)%;.*?border-(\w+)'
        r".*?<td[^>]*>([^<]*)</td></tr>",
        replies_html(partner.array, partner.favourite, partner.exploration),
    )
    return (
        [float(row[0]) for row in rows],
        [action for action, row in enumerate(rows) if "best" in row[4]],
        [(float(row[1]), float(row[1]) + float(row[2]), row[3]) for row in rows],
    )


def test_dragging_the_exploration_reverses_the_best_reply():
    partner = widgets.partner(games.CLIMBING, favourite=0, exploration=1.0)
    values, best, bars = shown(partner)
    assert values == [-6.33, -5.67, 1.67] and best == [2]  # the averages of the rows
    zero = 3000 / 41  # from it to the right, or with its line on the right edge to the left
    for value, (left, right, line) in zip((-19 / 3, -17 / 3, 5 / 3), bars, strict=True):
        assert line == ("right" if value < 0 else "left")
        assert [left, right] == pytest.approx(sorted([zero, zero + 100 * value / 41]), abs=0.11)
    partner.exploration = 0.58
    assert shown(partner)[1] == [2]
    partner.exploration = 0.57  # 11/19 is 57.9 %
    assert shown(partner)[1] == [0]
    partner.exploration = 0
    assert shown(partner)[0] == [11, -30, 0]
    partner.favourite = 2
    assert shown(partner)[:2] == ([0, 6, 5], [1])
    assert "1 is best up to 12.0%, 2 from 12.0% on" in html(partner)


def test_an_edited_table_is_used_and_a_favourite_that_it_has_no_more_gives_way_to_its_last():
    partner = widgets.partner(games.CLIMBING, favourite=2, exploration=0.0)
    partner.table = [[1, 0], [0, 1]]
    assert partner.favourite == 1 and shown(partner)[:2] == ([0, 1], [1])
    partner.set_state({"table": [[1, 0, 5, 7], [0, 1, 9, 7]], "favourite": 3})  # as the page does
    assert shown(partner)[0] == [7, 7]
    partner.set_state({"table": [[1, 3], [2, 2]], "favourite": 1, "exploration": 1})
    assert shown(partner)[:2] == ([2, 2], [0, 1])


def test_an_observer_hears_of_edits_and_its_error_shows_and_is_raised():
    partner = widgets.partner(games.CLIMBING)
    partner.on_edit(lambda array: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        partner.set_state({"table": [[1, 3], [2, 2]]})
    assert partner.failed and "ZeroDivisionError" in partner.message


def test_the_twin_does_not_give_the_bet_away():
    data, _ = widgets.partner(games.CLIMBING)._repr_mimebundle_()
    assert "own values -6.33 -5.67 1.67" in data["text/plain"] and "57.9" not in data["text/plain"]
    assert "<table" in data["text/html"] and "0x" not in data["text/plain"]
    before_the_fold = data["text/html"].split("<details>")[0]
    assert "57.9" not in before_the_fold and "worth 1.67" in before_the_fold


def test_a_table_of_zeros_has_bars_of_no_length():
    assert "width: 0.0%" in replies_html(games.validate([[0, 0], [0, 0]]), 0, 0.5)


@pytest.mark.parametrize(("favourite", "exploration"), [(3, 0.5), (0, 1.5)])
def test_nonsense_is_refused(favourite, exploration):
    with pytest.raises(ValueError, match=r"favourite is 3|exploration is 1\.5"):
        widgets.partner(games.CLIMBING, favourite, exploration)
    with pytest.raises(games.TableError):
        widgets.partner([[1, 2, 3]])
    partner = widgets.partner(games.CLIMBING)
    with pytest.raises(ValueError, match=r"favourite is 3|exploration is 1\.5"):
        partner.favourite, partner.exploration = favourite, exploration
    assert (partner.favourite, partner.exploration) in ((0, 1), (0, 1.0))
