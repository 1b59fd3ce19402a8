"""The QMIX that lecture 07 builds in a hundred lines: its length, its checks, its result, and each check's mistakes."""

from pathlib import Path

import nbformat
import planted_lecture_07_hundred as planted
import pytest
import torch
from torch import nn

from marl_helpers import check
from marl_helpers.basics.devices import one_thread
from marl_helpers.checks.exercise import COMMON

PARTS = ("game", "agent", "mixer", "play", "replay", "loss", "loop")
LECTURE = Path(__file__).parents[2] / "notebooks" / "07-deep-qmix.ipynb"
CELLS = {cell.id.removeprefix("hundred-"): cell.source for cell in nbformat.read(LECTURE, 4).cells}
SOURCE = "\n".join(CELLS[part] for part in PARTS)


def built(change="", into=""):
    """The names that the lecture's cells define, with one piece of their text changed."""
    assert change in SOURCE
    names = {"__name__": "built"}
    exec(SOURCE.replace(change, into) if change else SOURCE, names)
    return names


QMIX = built()
CHECKS = {  # what each check is asked about
    "built_game": ("step",),
    "built_agent": ("Agent",),
    "built_mixer": ("Mixer",),
    "built_replay": ("Replay",),
    "built_loss": ("td_loss",),
    "built_loop": ("teach",),
}


def judged(name, made):
    if name == "built_play":
        with torch.random.fork_rng():
            torch.manual_seed(0)
            return check.built_play(made["play"], made["Agent"](), QMIX["step"])
    return getattr(check, name)(*(made[answer] for answer in CHECKS[name]))


def test_it_is_a_hundred_lines_at_most_of_plain_torch():
    assert len([line for line in SOURCE.splitlines() if line.strip()]) <= 100
    assert "marl_helpers" not in SOURCE and "numpy" not in SOURCE


@pytest.mark.parametrize("name", [*CHECKS, "built_play"])
def test_the_lectures_own_cells_are_right(name):
    assert judged(name, QMIX), judged(name, QMIX)


WRONG = [
    ("built_game", "second agent", "1 + actions[:, 0]", "1 + actions[:, 1]"),
    ("built_game", "branch", "1 + actions[:, 0]", "2 - actions[:, 0]"),
    ("built_game", "paid early", "[[0, 0], [0, 0]]", "[[1, 1], [1, 1]]"),
    ("built_game", "pay", "[[0, 1], [1, 8]]", "[[0, 1], [1, 7]]"),
    ("built_game", "over", "over = place > 0", "over = place < 0"),
    ("built_agent", "alike", "torch.eye(2).expand_as(last)", "torch.zeros_like(last)"),
    ("built_agent", "last action", "[seen, last, number]", "[seen, 0 * last, number]"),
    ("built_agent", "partner", "[seen, last, number]", "[seen, last.sum(2, keepdim=True).expand_as(last), number]"),
    ("built_agent", "forgets", "x, memory = self.remember(x, memory)", "pass"),
    ("built_agent", "step by step", "self.remember(x, memory)", "self.remember(x)"),
    ("built_mixer", "falls", "self.w2(state).abs()", "self.w2(state)"),
    ("built_mixer", "falls", "self.w1(state).abs()", "self.w1(state)"),
    ("built_mixer", "flat", "hidden = elu(", "hidden = ("),
    ("built_mixer", "deaf", "(q.unsqueeze(-1) * w1)", "(q.unsqueeze(-1) * w1)[..., :1, :]"),
    ("built_mixer", "state", "def forward(self, q, state):", "def forward(self, q, state):\n        state = 0 * state"),
    ("built_play", "not repeatable", "torch.rand(games, 2, generator=generator)", "torch.rand(games, 2)"),
    ("built_play", "never explores", "torch.randint(2, (games, 2)", "torch.randint(1, (games, 2)"),
    ("built_play", "not greedy", "q[:, 0].argmax(-1)", "q[:, 0].argmin(-1)"),
    ("built_play", "other game", "places.append(place)", "places.append(0 * place)"),
    ("built_replay", "capacity", "deque(maxlen=capacity)", "deque()"),
    ("built_replay", "lost", "chosen[:count]", "chosen[chosen > 0][:count]"),
    ("built_replay", "twice", "torch.randperm(len(self.episodes),", "torch.randint(5, (5,),"),
    ("built_replay", "not repeatable", "len(self.episodes), generator=generator", "len(self.episodes)"),
    ("built_replay", "mixed up", "for part in zip(*batch)]", "for part in zip(*batch)][:2] + [torch.zeros(3, 2)] * 2"),
    (
        "built_loop",
        "not repeatable",
        "start(nn.ModuleList([Agent(), Mixer()]), generator)",
        "nn.ModuleList([Agent(), Mixer()])",
    ),
    ("built_loop", "one seed", "manual_seed(seed)", "manual_seed(0)"),
    ("built_loop", "learns nothing", "RMSprop(online.parameters()", "RMSprop(online[0].parameters()"),
]


@pytest.mark.parametrize(("name", "kind", "change", "into"), WRONG)
def test_a_planted_mistake_meets_its_own_message(name, kind, change, into):
    found = judged(name, built(change, into))
    assert found.mistake == kind, found
    assert len(found.message) <= 320


def test_every_mistake_of_the_parts_is_planted():
    for name in {*CHECKS, "built_play"} - {"built_loss"}:
        own = getattr(check, name).mistakes.keys() - COMMON.keys()
        assert own == {kind for one, kind, _, _ in WRONG if one == name}, name


@pytest.mark.parametrize("kind", planted.LOSSES)
def test_a_planted_loss_meets_its_own_message(kind):
    for wrong in planted.LOSSES[kind]:
        assert check.built_loss(wrong).mistake == kind
    assert all(check.built_loss(right) for right in planted.RIGHT)


def test_other_right_forms_are_accepted():
    class Kept:
        """Episodes as a plain list."""

        def __init__(self, capacity):
            self.all, self.capacity = [], capacity

        def add(self, played):
            self.all = (self.all + list(zip(*played)))[-self.capacity :]

        def sample(self, count, generator):
            places = torch.rand(len(self.all), generator=generator).topk(count).indices
            return tuple(torch.stack(part) for part in zip(*[self.all[k] for k in places]))

    class Softplus(QMIX["Mixer"]):
        """Non-negative weights by softplus."""

        def forward(self, q, state):
            w1 = nn.functional.softplus(self.w1(state)).unflatten(-1, (2, -1))
            hidden = nn.functional.elu((q.unsqueeze(-2) @ w1).squeeze(-2) + self.b1(state))
            return (hidden * nn.functional.softplus(self.w2(state))).sum(-1) + self.v(state).squeeze(-1)

    assert check.built_replay(Kept) and check.built_mixer(Softplus)


def test_the_same_seed_gives_the_same_team_whatever_the_global_generator_says():
    teams = []
    with one_thread():
        for other in (1, 2):
            torch.manual_seed(other)
            teams.append(torch.nn.utils.parameters_to_vector(QMIX["teach"](3, updates=5).parameters()))
    assert torch.equal(*teams)


@pytest.mark.learning
@one_thread()
def test_at_least_15_of_16_seeds_earn_8():
    """Seeds 0 to 15, 500 updates, all actions random while they learn, as the lecture's cell has it."""
    earned = []
    for seed in range(16):
        agent, _ = QMIX["teach"](seed)
        _, _, reward, _ = QMIX["play"](agent, 1, 0.0, torch.Generator())
        earned.append(reward.sum().item())
    assert earned.count(8) >= 15, earned
