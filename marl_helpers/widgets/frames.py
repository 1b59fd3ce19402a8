"""A recording as the page draws it: its numbers, rounded to what is printed of them, and how its episodes are named."""

from collections.abc import Mapping, Sequence

import numpy as np

from marl_helpers.plots.base import decimals, places
from marl_helpers.plots.films import earnings, ending
from marl_helpers.plots.steps import digits


def numbers(recording: Mapping) -> dict:
    """What film.js draws of a recording that scenes.record returned, as JSON: a copy with less in it, and more said.

    Of each of the "episodes", of T steps: its "name" in a menu and how it "ends"; its "scenes" [T + 1], without what
    stays the same in all of them, which is in "always"; "actions" [T][n], "utilities" [T][n][A], "team" [T] and
    "reward" [T] as recorded; "earned" [T + 1], the sum of the rewards with each step, and at the end.
    Raises ValueError for an episode in which something is missing.
    """
    shared = {name: recording[name] for name in ("env", "method", "agents", "actions")}
    return {**shared, "episodes": [_episode(k, one) for k, one in enumerate(recording["episodes"])]}


def named(number: int, episode: Mapping) -> str:
    """An episode in the menu."""
    earned = decimals(earnings(episode)[-1], 2)
    return f"{number + 1}: earns {earned} in {len(episode['reward'])} steps, {ending(episode)}"


def _episode(number: int, episode: Mapping) -> dict:
    missing = {"scenes", "actions", "utilities", "team", "reward", "terminated"} - set(episode)
    if missing:
        raise ValueError(f"episode {number} of the recording has no {', '.join(sorted(missing))}: record it again")
    scenes = [_scene(scene) for scene in episode["scenes"]]
    always = {name: value for name, value in scenes[0].items() if all(scene.get(name) == value for scene in scenes)}
    series = {name: _rounded(episode[name], digits(np.array(episode[name]))) for name in ("team", "reward")}
    return {
        "name": named(number, episode),
        "ends": ending(episode),
        "always": always,
        "scenes": [{name: value for name, value in scene.items() if name not in always} for scene in scenes],
        "actions": episode["actions"],
        "utilities": [_rounded(step, digits(np.array(step, dtype=float))) for step in episode["utilities"]],
        **series,
        "earned": _rounded(earnings(episode), 2),
    }


def _scene(scene: Mapping) -> dict:
    """Where everything stands, with what plots/worlds.py prints of it."""
    kind = scene.get("kind")
    if kind == "drawn":  # a picture for each step, too much for a page
        return {}
    if kind == "plane":
        return scene | {name: _rounded(scene[name], 2) for name in ("agents", "landmarks")}
    if kind == "tables":
        known = [np.array(table) for table in scene["tables"] if table is not None]
        return scene | {"tables": _rounded(scene["tables"], places(*known))}
    if kind == "dock":
        return scene | {"worth": [f"{worth:g}" for worth in scene["worth"]], "pay": f"{scene['pay']:g}"}
    return dict(scene)


def _rounded(values: Sequence | float | None, digits: int) -> list | float | None:
    """Numbers as they are printed, whole ones as such."""
    if values is None:
        return None
    if isinstance(values, Sequence):
        return [_rounded(one, digits) for one in values]
    value = float(decimals(values, digits))
    return int(value) if value.is_integer() else value
