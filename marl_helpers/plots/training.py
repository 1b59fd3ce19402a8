"""Figures of trainings: learning curves with a band over seeds, and what a trained QMIX mixer makes of a state."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import arguments
from marl_helpers.plots.base import CURVE, LINES, RUN, Picture, decimals, made_by

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

    from marl_helpers.training.loop import Run

BEHIND = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1}  # a label's own background


def curves(runs: Mapping[str, "Run"], lines: Mapping[str, float] | None = None) -> Picture:
    """Greedy test returns against updates: the median seed, all seeds behind it, and a band from the least to the most.

    runs: label -> a run, or anything with a `curve` of "updates" [K] and "returns" [K, seeds]. lines: label -> a return
    to compare with, such as an optimum. Raises ValueError for no runs.
    """
    return panels({"": arguments.entries(CURVE, runs=runs)}, lines)


def panels(groups: Mapping[str, Mapping[str, "Run"]], lines: Mapping[str, float] | None = None) -> Picture:
    """`curves` of several groups of runs side by side, to one scale; groups: title -> runs."""
    from matplotlib.figure import Figure

    arguments.entries(partial(arguments.entries, CURVE), groups=groups)
    lines = arguments.entries(arguments.finite, 0, lines={} if lines is None else lines)
    figure, alt = Figure(figsize=(7 if len(groups) == 1 else 3.4 * len(groups), 3.2), layout="constrained"), []
    for axes, (title, runs) in zip(np.ravel(figure.subplots(1, len(groups), sharey=True)), groups.items()):
        said = _draw_curves(axes, runs)
        for label, value in lines.items():
            axes.axhline(value, color="#555555", linewidth=0.8, linestyle=(0, (1, 2)))
            axes.annotate(label, (0.005, value), xycoords=("axes fraction", "data"), va="bottom", fontsize=8)
        axes.set(title=title, xlabel="updates")
        alt += [f"{title}: {line}" if title else line for line in said]
    first, *_ = figure.axes
    first.set_ylabel("greedy return")
    first.legend(loc="lower right", fontsize=9)
    return Picture(figure, "\n".join(alt))


def _draw_curves(axes: "Axes", runs: Mapping[str, "Run"]) -> list[str]:
    """Draw them; returns a line of text for each."""
    said = []
    for (label, run), (colour, dash) in zip(runs.items(), LINES * len(runs)):
        updates, returns = (np.asarray(run.curve[name], dtype=float) for name in ("updates", "returns"))
        middle = np.nanmedian(returns, axis=1)
        axes.fill_between(updates, np.nanmin(returns, 1), np.nanmax(returns, 1), color=colour, alpha=0.15, linewidth=0)
        axes.plot(updates, returns, color=colour, alpha=0.25, linewidth=0.7)
        axes.plot(updates, middle, color=colour, linestyle=dash, linewidth=2, label=label)
        last = returns[-1]
        spread = f"seeds from {np.nanmin(last):.3g} to {np.nanmax(last):.3g}"
        said.append(f"{label}: median return {middle[0]:.3g} at first and {middle[-1]:.3g} at the end, {spread}")
    axes.grid(alpha=0.3)
    return said


def weights(run: "Run", states: Mapping[str, Sequence[float]], seed: int = 0) -> Picture:
    """|W1| and |w2| of a QMIX mixer as its hypernetworks write them, a panel for each state.

    A row for each agent's weights into the hidden units and one for the units' weights into the team value; a column
    for each unit, in one order everywhere. states: title -> state vector. seed: which of the run's.
    """
    import torch
    from matplotlib.figure import Figure

    from marl_helpers.mixers.qmix import QMIX

    mixer, states, seed = _asked(run, states, seed)
    if not isinstance(mixer, QMIX):
        raise ValueError(f"run was trained with {mixer.name}: give one of qmix, or of ow_qmix or cw_qmix")
    names = [f"|W1|, agent {i + 1}" for i in range(run.env.n_agents)] + ["|w2|"]
    with torch.no_grad():
        where = torch.tensor(np.array(list(states.values())), dtype=torch.float32).expand(len(run.returns), -1, -1)
        where = where.to(next(mixer.parameters()).device)
        w1, w2 = mixer.positive(mixer.w1(where))[seed], mixer.positive(mixer.w2(where))[seed]
        written = torch.cat([w1, w2.unsqueeze(1)], 1).cpu().numpy()  # [states, agents + 1, units]
    written = written[..., written[-1, 0].argsort()[::-1]]
    figure = Figure(figsize=(7, 0.5 + 0.33 * written.shape[0] * written.shape[1]), layout="constrained")
    panels = np.ravel(figure.subplots(len(states), 1))
    for axes, title, rows in zip(panels, states, written):
        image = axes.imshow(rows, cmap="cividis", vmin=0, vmax=written.max(), aspect="auto")
        axes.set(yticks=range(len(names)), yticklabels=names, xticks=[])
        axes.set_title(title, fontsize=10, loc="left")
    panels[-1].set_xlabel(f"the {written.shape[-1]} hidden units, in one order in all states")
    figure.colorbar(image, ax=list(panels), label="weight")
    means = [", ".join(f"{name} {row.mean():.1f}" for name, row in zip(names, rows)) for rows in written]
    return Picture(figure, "\n".join(f"{title}: mean {said}" for title, said in zip(states, means)))


def surfaces(run: "Run", states: Mapping[str, Sequence[float]], utilities: "Tensor", seed: int = 0) -> Picture:
    """The team value over the utilities of two agents' chosen actions, a panel for each state; dots are joint actions.

    states: title -> state vector. utilities: the agents' own ones there, [seeds, states, 2, A]; the greedy joint action
    is ringed. seed: which of the run's. Raises ValueError where the number of states or of agents is another.
    """
    from matplotlib.figure import Figure

    _, states, seed = _asked(run, states, seed)
    made_by("cpu", "a tensor, as training.two_step.utilities returns it")(utilities=utilities)
    if utilities.shape[1:3] != (len(states), 2):
        raise ValueError(f"utilities have shape {list(utilities.shape)}: give [seeds, {len(states)}, 2, actions]")
    figure, alt = Figure(figsize=(3.2 * len(states), 3.3), layout="constrained"), []
    for axes, (title, state), own in zip(np.ravel(figure.subplots(1, len(states))), states.items(), utilities[seed]):
        own = own.cpu().numpy().astype(float)
        room = 0.15 * max(np.ptp(own), 1e-3)
        lines = [np.linspace(row.min() - room, row.max() + room, 41) for row in own]
        height = _mixed(run, seed, np.stack(np.meshgrid(*lines, indexing="ij"), -1), state)
        contours = axes.contour(*lines, height.T, levels=8, cmap="cividis")
        axes.clabel(contours, fontsize=7, fmt="%.3g")
        cells = list(np.ndindex(*[own.shape[1]] * 2))
        dots = np.array([[own[0, a], own[1, b]] for a, b in cells])
        values, best = _mixed(run, seed, dots, state), own.argmax(1)
        axes.scatter(*dots.T, color="black", zorder=3)
        axes.scatter(own[0, best[0]], own[1, best[1]], s=140, facecolor="none", edgecolor="#d55e00", linewidth=2)
        for cell, dot, value in zip(cells, dots, values):
            words = f"{cell}: {value:.2f}"
            axes.annotate(words, dot, xytext=(4, 4), textcoords="offset points", fontsize=8, bbox=BEHIND)
        axes.set(title=title, xlabel="utility of agent 1's action", ylabel="utility of agent 2's action")
        said = ", ".join(f"{cell} {decimals(value, 0)}" for cell, value in zip(cells, values))  # others vary by CPU
        alt.append(f"{title}: team values of about {said}; greedy {tuple(best.tolist())}")
    return Picture(figure, "\n".join(alt))


def _asked(run: "Run", states: Mapping[str, Sequence[float]], seed: int) -> tuple:
    """The run's mixer, the states and the seed, checked."""
    mixer = RUN(run=run).learner.mixer
    states = arguments.entries(partial(arguments.numbers, mixer.spec.state_dim), states=states)
    return mixer, states, arguments.place(len(run.returns), "one of the run's seeds", seed=seed)


def _mixed(run: "Run", seed: int, q: np.ndarray, state: Sequence[float]) -> np.ndarray:
    """The team value of one seed's mixer for utilities q [..., 2] of the chosen actions, in one state."""
    import torch

    spec, seeds = run.learner.mixer.spec, len(run.returns)
    where = next(run.learner.agents.parameters()).device  # a sum has none
    flat = torch.as_tensor(q.reshape(-1, 2), dtype=torch.float32, device=where)
    values = flat.unsqueeze(-1).expand(seeds, -1, -1, spec.n_actions)  # whichever action is chosen, this is its utility
    actions = torch.zeros(values.shape[:-1], dtype=torch.int64, device=where)
    with torch.no_grad():
        state = torch.tensor(state, dtype=torch.float32, device=where).expand(seeds, len(flat), -1)
        return run.learner.mixer(values, actions, state)[seed].cpu().numpy().reshape(q.shape[:-1])
