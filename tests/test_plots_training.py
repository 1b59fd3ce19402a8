"""Learning curves: what the figure draws and what its text says are the run's own numbers."""

from types import SimpleNamespace

import numpy as np
import pytest

from marl_helpers import plots_training

RETURNS = np.array([[0.0, 2.0, 1.0], [4.0, np.nan, 5.0], [8.0, np.nan, 6.0]])
RUN = SimpleNamespace(curve={"updates": np.array([0, 10, 20]), "returns": RETURNS})


def test_the_band_reaches_from_the_least_seed_to_the_most_and_the_line_is_the_median():
    picture = plots_training.curves({"QMIX": RUN, "VDN": RUN}, {"optimum": 8.0})
    (axes,) = picture.figure.axes
    middle = [line for line in axes.get_lines() if line.get_label() == "QMIX"]
    assert middle[0].get_ydata().tolist() == [1, 4.5, 7] and middle[0].get_xdata().tolist() == [0, 10, 20]
    band = axes.collections[0].get_paths()[0].vertices
    assert band[:, 1].min() == 0 and band[:, 1].max() == 8
    seeds = [line.get_ydata() for line in axes.get_lines() if line.get_alpha() == 0.25][:3]
    assert np.array_equal(np.stack(seeds, axis=1), RETURNS, equal_nan=True)
    assert [text.get_text() for text in axes.texts] == ["optimum"]
    assert picture.alt.splitlines()[0] == "QMIX: median return 1 at first and 7 at the end, seeds from 6 to 8"


def test_each_label_has_a_line_that_is_told_apart_without_colour():
    (axes,) = plots_training.curves({"QMIX": RUN, "VDN": RUN}).figure.axes
    styles = {line.get_label(): line.get_linestyle() for line in axes.get_lines() if line.get_linewidth() == 2}
    assert len(set(styles.values())) == 2


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="runs is empty: give a label and a run for each curve"):
        plots_training.curves({})
