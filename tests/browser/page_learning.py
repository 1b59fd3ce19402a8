"""The learner in the page without JupyterLab, for its tests and for benchmarks/page_learner.py."""

from dataclasses import asdict
from pathlib import Path

import numpy as np
from playwright.sync_api import Page

from marl_helpers import exact, widgets
from marl_helpers.fitting.runs import LEARNER, Recipe

STATIC = Path(widgets.__file__).parent / "static"
SCRIPT = "".join((STATIC / f"{name}.js").read_text(encoding="utf-8") for name in ("learner", "worker"))
METHODS = ("iql", "vdn", "qmix", "joint")


def options(runs: int, seed: int = 0, recipe: Recipe = LEARNER) -> dict:
    """The options of TableLearner."""
    return {"runs": runs, "seed": seed, "recipe": asdict(recipe), "tolerance": exact.TOLERANCE}


def learn(page: Page, table, method: str, runs: int, seed: int = 0, recipe: Recipe = LEARNER) -> dict:
    """What the page's `learn` finds, on the page itself."""
    arguments = [np.asarray(table).tolist(), method, options(runs, seed, recipe)]
    return page.evaluate("([table, method, options]) => learn(table, method, options)", arguments)
