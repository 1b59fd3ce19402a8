"""Figures of trainings: learning curves with a band over seeds, and what a trained QMIX mixer makes of a state."""

from collections.abc import Mapping, Sequence
from functools import partial
from textwrap import fill
from typing import TYPE_CHECKING

import numpy as np

from marl_helpers.basics import arguments, look
from marl_helpers.plots.base import CURVE, RUN, SMALL, Picture, decimals, drawn, made_by, scale, spread, stroke

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from torch import Tensor

    from marl_helpers.training.loop import Run

ACROSS = {"updates": "updates", "steps": "environment steps of a seed"}  # what an axis can have, and its label
LABEL = 0.18  # of an axis: the room that the label of the highest line has, so that it keeps off the title
BEHIND = {"facecolor": look.PAPER, "edgecolor": "none", "alpha": 0.85, "pad": 1}  # a label's own background


def curves(
    runs: Mapping[str, "Run"],
    lines: Mapping[str, float] | None = None,
    x: str = "updates",
    agents: int = 1,
    low: float | None = None,
) -> Picture:
    """Greedy test returns: the median seed and a band from the least to the most; up to three runs show all seeds.

    runs: label -> a run, or anything with a `curve` of "updates" [K] and "returns" [K, seeds]. lines: label -> a return
    to compare with, such as an optimum. x: "updates", or "steps" of the environment, of a curve that has them. agents:
    how many a return is divided by, as benchmarks do, and so is a line. low: where the axis starts, if what is below
    would hide the rest. Raises ValueError for no runs, and for another x.
    """
    return panels({"": arguments.entries(CURVE, runs=runs)}, lines, x, agents, low)


@drawn
def panels(
    groups: Mapping[str, Mapping[str, "Run"]],
    lines: Mapping[str, float] | None = None,
    x: str = "updates",
    agents: int = 1,
    low: float | None = None,
) -> Picture:
    """`curves` of several groups of runs side by side, to one scale; groups: title -> runs.

    A run that is labelled as its panel is has no entry in the legend: the title names it.
    """
    arguments.entries(partial(arguments.entries, CURVE), groups=groups)
    lines = arguments.entries(arguments.finite, 0, lines={} if lines is None else lines)
    arguments.one_of(ACROSS, x=x)
    agents = arguments.at_least(1, agents=agents)
    figure, every = spread(len(groups), 3 if len(groups) != 4 else 2, 3 if len(groups) == 1 else 2.3, sharey=True)
    alt, named = [], {}
    for axes, (title, runs) in zip(every, groups.items()):
        said = _draw_curves(axes, runs, x, agents)
        _draw_lines(axes, {label: value / agents for label, value in lines.items()})
        axes.set(title=fill(title, 24), xlabel=ACROSS[x])
        named |= {label: line for line, label in zip(*axes.get_legend_handles_labels()) if label != title}
        alt += [f"{title}: {line}" if title else line for line in said]
    if low is not None:
        every[0].set_ylim(bottom=arguments.finite(low=low))
    if lines:
        bottom, top = every[0].get_ylim()
        every[0].set_ylim(top=max(top, max(lines.values()) / agents + LABEL * (top - bottom)))
    for axes in every[:: max(1, figure.axes[0].get_gridspec().ncols)]:
        axes.set_ylabel("greedy return" + (", an agent" if agents > 1 else ""))
    if named:
        columns = 2 if max(map(len, named)) > 18 else 4
        figure.legend(named.values(), named, loc="outside lower center", ncols=columns, frameon=False)
    return Picture(figure, "\n".join(alt))


def _draw_curves(axes: "Axes", runs: Mapping[str, "Run"], x: str, agents: int) -> list[str]:
    """Draw them; returns a line of text for each."""
    from matplotlib.ticker import MaxNLocator

    said = []
    for (label, run), mark in zip(runs.items(), look.marks(runs)):
        if x not in run.curve:
            raise ValueError(f"x is {x!r}, and the curve of {label!r} has no {x}: give 'updates'")
        across = np.asarray(run.curve[x], dtype=float)
        across = across if across.ndim == 1 else across.mean(1)  # seeds' episodes end at different steps
        returns = np.asarray(run.curve["returns"], dtype=float) / agents
        middle, least, most = (take(returns, axis=1) for take in (np.nanmedian, np.nanmin, np.nanmax))
        axes.fill_between(across, least, most, color=mark.colour, alpha=0.15, linewidth=0)
        if len(runs) <= 3:
            axes.plot(across, returns, color=mark.colour, alpha=0.25, linewidth=0.7)
        axes.plot(across, middle, label=label, **stroke(label, mark))
        last = returns[-1]
        spread = f"seeds from {np.nanmin(last):.3g} to {np.nanmax(last):.3g}"
        said.append(f"{label}: median return {middle[0]:.3g} at first and {middle[-1]:.3g} at the end, {spread}")
    axes.grid()
    if x == "steps":
        axes.xaxis.set_major_formatter(lambda steps, _: f"{steps / 1000:g}k" if steps else "0")
        axes.xaxis.set_major_locator(MaxNLocator(4))
    return said


def _draw_lines(axes: "Axes", lines: Mapping[str, float]) -> None:
    """Levels to compare with, each with its label on it at the left."""
    for label, value in lines.items():
        mark = look.COMPARISON
        axes.axhline(value, color=mark.colour, linewidth=1.2, linestyle=mark.line)
        where = {"xy": (0.02, value), "xycoords": ("axes fraction", "data"), "textcoords": "offset points"}
        axes.annotate(label, xytext=(0, 2), va="bottom", fontsize=SMALL, bbox=BEHIND, zorder=4, **where)


@drawn
def weights(run: "Run", states: Mapping[str, Sequence[float]], seed: int = 0) -> Picture:
    """|W1| and |w2| of a QMIX mixer as its hypernetworks write them, a panel for each state.

    A row for each agent's weights into the hidden units and one for the units' weights into the team value; a column
    for each unit, in one order everywhere. states: title -> state vector. seed: which of the run's.
    """
    import torch

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
    figure, panels = spread(len(states), 1, 0.4 + 0.3 * written.shape[1])
    for axes, title, rows in zip(panels, states, written):
        image = axes.imshow(rows, cmap=scale(), vmin=0, vmax=written.max(), aspect="auto")
        axes.set(yticks=range(len(names)), yticklabels=names, xticks=[])
        axes.set_title(title, loc="left")
    panels[-1].set_xlabel(f"the {written.shape[-1]} hidden units, in one order in all states")
    figure.colorbar(image, ax=list(panels), label="weight")
    means = [", ".join(f"{name} {row.mean():.1f}" for name, row in zip(names, rows)) for rows in written]
    return Picture(figure, "\n".join(f"{title}: mean {said}" for title, said in zip(states, means)))


@drawn
def surfaces(run: "Run", states: Mapping[str, Sequence[float]], utilities: "Tensor", seed: int = 0) -> Picture:
    """The team value over the utilities of two agents' chosen actions, a panel for each state; dots are joint actions.

    states: title -> state vector. utilities: the agents' own ones there, [seeds, states, 2, A]; the greedy joint action
    is ringed. seed: which of the run's. Raises ValueError where the number of states or of agents is another.
    """
    from matplotlib.patheffects import withStroke

    _, states, seed = _asked(run, states, seed)
    made_by("cpu", "a tensor, as training.two_step.utilities returns it")(utilities=utilities)
    if utilities.shape[1:3] != (len(states), 2):
        raise ValueError(f"utilities have shape {list(utilities.shape)}: give [seeds, {len(states)}, 2, actions]")
    figure, every = spread(len(states), 2, 2.7, 2.85)
    alt = []
    for axes, (title, state), own in zip(every, states.items(), utilities[seed]):
        own = own.cpu().numpy().astype(float)
        room = 0.15 * max(np.ptp(own), 1e-3)
        lines = [np.linspace(row.min() - room, row.max() + room, 41) for row in own]
        height = _mixed(run, seed, np.stack(np.meshgrid(*lines, indexing="ij"), -1), state)
        axes.contour(*lines, height.T, levels=8, colors=look.ON_DARK, linewidths=0.5)
        ends = [end for line in lines for end in (line[0], line[-1])]
        axes.imshow(height.T, scale(), extent=ends, origin="lower", aspect="auto", interpolation="bilinear")
        cells = list(np.ndindex(*[own.shape[1]] * 2))
        dots = np.array([[own[0, a], own[1, b]] for a, b in cells])
        values, best = _mixed(run, seed, dots, state), own.argmax(1)
        axes.scatter(*dots.T, color=look.ON_BRIGHT, edgecolor=look.ON_DARK, zorder=3)
        axes.scatter(
            own[0, best[0]], own[1, best[1]], s=140, facecolor="none", edgecolor=look.ON_DARK, linewidth=2, zorder=3
        )
        axes.collections[-1].set_path_effects([withStroke(linewidth=4.5, foreground=look.ON_BRIGHT)])
        middle = lines[0].mean()
        for cell, dot, value in zip(cells, dots, values):
            side, away = ("right", (-9, 8)) if dot[0] > middle else ("left", (9, -8))  # inside, and beside each other
            style = {"ha": side, "va": "center", "fontsize": SMALL, "bbox": BEHIND | {"alpha": 1}, "zorder": 4}
            axes.annotate(f"{cell}: {value:.2f}", dot, xytext=away, textcoords="offset points", **style)
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
