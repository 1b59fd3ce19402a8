"""Learning curves: what the figure draws and what its text says are the run's own numbers."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from marl_helpers.plots import training as plots_training
from marl_helpers.plots.base import decimals
from marl_helpers.training import two_step
from marl_helpers.training.loop import train

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
    lines = {line.get_label(): line for line in axes.get_lines() if line.get_label() in ("QMIX", "VDN")}
    assert len({line._unscaled_dash_pattern for line in lines.values()}) == 2
    above, below = lines["VDN"], lines["QMIX"]  # which is seen beside one that lies on it
    assert above.get_zorder() > below.get_zorder() and above.get_linewidth() < below.get_linewidth()


def test_no_runs_are_refused():
    with pytest.raises(ValueError, match="runs is empty: give one entry or more"):
        plots_training.curves({})


def test_panels_share_a_scale_and_are_told_apart_in_words():
    other = SimpleNamespace(curve={"updates": np.array([0, 10, 20]), "returns": RETURNS - 20})
    picture = plots_training.panels({"penalty 0": {"QMIX": RUN}, "penalty -6": {"QMIX": other}}, {"optimum": 10})
    left, right = picture.figure.axes
    assert left.get_ylim() == right.get_ylim() and len(picture.figure.legends) == 1
    assert [axes.get_title() for axes in (left, right)] == ["penalty 0", "penalty -6"]
    assert [line.split(":")[0] for line in picture.alt.splitlines()] == ["penalty 0", "penalty -6"]
    with pytest.raises(ValueError, match="is empty: give one entry"):
        plots_training.panels({"penalty 0": {}})


def test_the_label_of_the_highest_line_keeps_off_the_titles():
    groups = {f"penalty {k}": {"QMIX": RUN} for k in range(3)}
    for picture in (
        plots_training.panels(groups, {"optimum": float(np.nanmax(RETURNS))}),
        plots_training.curves({"QMIX": RUN}, {"goal": 8.0}, agents=2, low=-1),
    ):
        picture.png()  # which lays it out
        for axes in picture.figure.axes:
            assert axes.texts[0].get_window_extent().y1 <= axes.bbox.y1


def test_curves_can_be_over_steps_per_agent_and_from_a_level_on():
    run = SimpleNamespace(curve=RUN.curve | {"steps": np.array([[0, 0, 0], [90, 100, 110], [200, 210, 220]])})
    picture = plots_training.curves({"QMIX": run}, {"goal": 8.0}, x="steps", agents=2, low=-1)
    (axes,) = picture.figure.axes
    (middle,) = (line for line in axes.get_lines() if line.get_label() == "QMIX")
    assert middle.get_xdata().tolist() == [0, 100, 210] and middle.get_ydata().tolist() == [0.5, 2.25, 3.5]
    assert axes.get_ylim()[0] == -1 and "steps" in axes.get_xlabel() and "an agent" in axes.get_ylabel()
    assert axes.texts[0].xy[1] == 4
    assert picture.alt == "QMIX: median return 0.5 at first and 3.5 at the end, seeds from 3 to 4"
    with pytest.raises(ValueError, match="x is 'steps', and the curve of 'QMIX' has no steps: give 'updates'"):
        plots_training.curves({"QMIX": RUN}, x="steps")


def test_a_run_that_its_panels_title_names_is_not_in_the_legend():
    picture = plots_training.panels({"variant": {"variant": RUN, "as it is": RUN}})
    assert [text.get_text() for text in picture.figure.legends[0].get_texts()] == ["as it is"]


STATES = {"first": [1, 0, 0], "A": [0, 1, 0], "B": [0, 0, 1]}


def small(method):
    return train("two_step", method, seeds=2, updates=3, batch=4, parallel=4, hidden=8, width=4, device="cpu")


@pytest.mark.parametrize("seed", [0, 1])
def test_a_surface_has_the_team_values_at_its_dots_and_rings_the_greedy_one(seed):
    run = small("qmix")
    q = two_step.utilities(run)
    picture = plots_training.surfaces(run, STATES, q, seed)
    first, branches = two_step.team_values(run)
    for axes, table, own in zip(picture.figure.axes, [first[seed], *branches[:, seed]], q[seed].numpy()):
        said = [text.get_text() for text in axes.texts if text.get_text().startswith("(")]
        assert said == [f"{cell}: {table[cell]:.2f}" for cell in np.ndindex(2, 2)]
        dots, ring = (collection.get_offsets() for collection in axes.collections[-2:])
        assert np.allclose(dots, [[own[0, a], own[1, b]] for a, b in np.ndindex(2, 2)])
        assert np.allclose(ring, [own[0].max(), own[1].max()])
    assert picture.alt.splitlines()[2].startswith(
        f"B: team values of about (0, 0) {decimals(branches[1, seed, 0, 0], 0)}"
    )


def test_the_surface_of_a_sum_is_a_plane():
    run = small("vdn")
    for axes in plots_training.surfaces(run, STATES, two_step.utilities(run)).figure.axes:
        contours = axes.collections[0]
        for level, path in zip(contours.levels, contours.get_paths()):
            assert np.allclose(path.vertices.sum(1), level, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 1])
def test_the_weights_drawn_are_those_of_the_mixer_in_each_state(seed):
    run = small("qmix")
    figure = plots_training.weights(run, STATES, seed).figure
    mixer, orders = run.learner.mixer, []
    for axes, state in zip(figure.axes, STATES.values()):
        state = torch.tensor([[state]] * 2, dtype=torch.float32)
        written = torch.cat([mixer.w1(state), mixer.w2(state).unsqueeze(2)], 2).abs()[seed, 0].detach().numpy()
        drawn = axes.images[0].get_array()
        orders.append([np.abs(written.T - column).sum(1).argmin() for column in drawn.T])
        assert np.allclose(written[:, orders[-1]], drawn, atol=1e-6)
        assert [text.get_text() for text in axes.get_yticklabels()] == ["|W1|, agent 1", "|W1|, agent 2", "|w2|"]
    assert orders[0] == orders[1] == orders[2] and sorted(orders[0]) == list(range(4))
    assert len({axes.images[0].get_clim() for axes in figure.axes[:3]}) == 1


def test_a_surface_needs_utilities_for_each_state():
    run = small("vdn")
    with pytest.raises(ValueError, match=r"utilities have shape \[2, 3, 2, 2\]: give \[seeds, 1, 2, actions\]"):
        plots_training.surfaces(run, {"first": [1, 0, 0]}, two_step.utilities(run))
