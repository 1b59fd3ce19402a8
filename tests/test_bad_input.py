"""What no argument can be is refused in one line: the argument's name, its value, and what to give instead.

tests/calls.py lists the public functions and tests/wrong.py what each kind of argument is not.
"""

import re
from dataclasses import is_dataclass

import ipywidgets
import numpy as np
import pytest
import torch
from calls import CALLS
from wrong import KINDS

from marl_helpers import envs, exact, games, graphs, layers, mixers
from marl_helpers.__main__ import main
from marl_helpers.basics.arguments import scalar, shown
from marl_helpers.exact import habits
from marl_helpers.plots import Picture

REMEDY = r"\b(give|choose|take|use|write|copy|looks like)\b"
NAMES = {"table": "table|reward at", "tables": "tables?|reward at|utilities", "weights": "weights?"}
SHOWN = ("whole", "number", "share", "truth", "name", "function")  # of the others a message says what is wrong inside
NUMPY = {int: np.int64, float: np.float64, bool: np.bool_}


def fault(call, argument: str, value) -> str | None:
    """What is wrong with how a call refuses a value, if anything."""
    kind = call.kinds[argument]
    named = call.named.get(argument, f"{argument}|{NAMES.get(kind, argument)}")
    try:
        call(**{argument: value})
    except ValueError as error:
        said = str(error)
    except Exception as error:
        return f"{type(error).__name__}: {error}"
    else:
        return "accepted"
    clear = re.search(rf"\b({named})\b", said) and re.search(REMEDY, said) and "\n" not in said and len(said) < 500
    return None if clear and (kind not in SHOWN or shown(value) in said) else said


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_mistake_is_named_with_its_value_and_the_remedy(call):
    mistakes = [
        (argument, what, value)
        for argument, kind in call.kinds.items()
        for what, value in KINDS[kind].items()
        if what not in call.fine[argument]
    ]
    assert mistakes
    faults = {(argument, what): fault(call, argument, value) for argument, what, value in mistakes}
    assert {mistake: said for mistake, said in faults.items() if said} == {}


def plain(result):
    """What a call returns, in what can be compared."""
    result = scalar(result)
    if isinstance(result, ipywidgets.Widget):
        bundle = result._repr_mimebundle_()
        return (bundle[0] if isinstance(bundle, tuple) else bundle)["text/plain"]
    if isinstance(result, torch.nn.Module):
        return plain(result.state_dict())
    if isinstance(result, np.ndarray | torch.Tensor):
        return result.tolist()
    if isinstance(result, dict):
        return {key: plain(value) for key, value in result.items() if key != "seconds"}  # which are never the same
    if isinstance(result, list | tuple):
        return [plain(one) for one in result]
    if is_dataclass(result):
        return plain(vars(result))
    known = result is None or isinstance(result, bool | int | float | str)
    return result if known else result.alt if isinstance(result, Picture) else type(result).__name__


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_numbers_of_numpy_and_tensors_count_as_pythons(call):
    given = {name: value for name, value in call.given.items() if type(value) in NUMPY}
    numpys = {name: NUMPY[type(value)](value) for name, value in given.items()}
    tensors = {
        name: torch.tensor(value, dtype=torch.float64 if type(value) is float else None)
        for name, value in given.items()
    }
    expected = repr(plain(call()))
    assert [repr(plain(call(**theirs))) for theirs in (numpys, tensors)] == [expected] * 2


FORMS = {
    "needs gradients": lambda x: torch.tensor(x, requires_grad=True),
    "sparse": lambda x: torch.tensor(x).to_sparse(),
    "bfloat16": lambda x: torch.tensor(x, dtype=torch.bfloat16),
    "whole numbers": lambda x: torch.tensor(x).int(),
    "rows that need gradients": lambda x: [torch.tensor(row, requires_grad=True) for row in x],
    "nothing masked": lambda x: np.ma.masked_array(x, False),
    "rows with nothing masked": lambda x: [np.ma.masked_array(row) for row in x],
    "float16": np.float16,
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_a_table_of_any_form_counts_as_its_numbers(form):
    table = [[6.0, 4.0, 2.0], [4.0, 3.0, 1.0], [2.0, 1.0, 8.0]]
    found = games.validate(form(table))
    assert found.dtype == np.float64 and found.tolist() == table
    assert exact.additive(table, form(table)).fit.tolist() == exact.additive(table, table).fit.tolist()


def test_what_is_masked_in_weights_does_not_count_as_seen():
    weights = np.ma.masked_array(np.ones((3, 3)), np.eye(3))
    with pytest.raises(games.TableError, match=r"the weights hold masked entries: give .*; numpy.ma.filled"):
        exact.additive(games.COORDINATION, weights)
    filled = exact.additive(games.COORDINATION, np.ma.filled(weights, 0))
    assert filled.mse == exact.additive(games.COORDINATION, 1 - np.eye(3)).mse


@pytest.mark.parametrize("name", mixers.METHODS)
def test_a_team_of_one_is_a_team(name):
    """Its joint action is its own: greedy play attains the largest team value that there is."""
    mixer = mixers.make(name, mixers.Spec(1, 3), layers.generators(0, 4))
    values = layers.draw(layers.generators(1, 4), (5, 1, 3), torch.Tensor.normal_)
    every = torch.arange(3).view(3, 1, 1, 1).expand(3, 4, 5, 1)
    team = torch.stack([mixer(values, actions) for actions in every])
    played = mixer.greedy(values)
    assert played.shape == (4, 5, 1)
    if mixer.igm or name in ("joint", "graph"):
        assert torch.allclose(mixer(values, played), team.amax(0))


@pytest.mark.parametrize("name", ["joint", "qtran", "qplex", "ow_qmix"])
@pytest.mark.parametrize("n_agents", [40, np.int64(64), 1000])
def test_a_table_of_too_many_joint_actions_is_refused_before_memory_is_asked_for(name, n_agents):
    with pytest.raises(
        exact.TooMuchWork, match=rf"{n_agents} agents with 2 actions have 2\*\*{n_agents} joint actions"
    ):
        mixers.make(name, mixers.Spec(n_agents, 2), layers.generators(0, 1))


ENORMOUS = {
    "by_count": lambda: games.by_count(range(41)),
    "a graph's table": lambda: graphs.Graph([np.ones(2)] * 40, {}).table(),
    "visits": lambda: habits.visits((10,) * 12, (0,) * 12, 0.5),
    "joint": lambda: exact.joint(np.broadcast_to(1.0, (10,) * 12)),
    "matrix": lambda: envs.make("matrix", table=np.ones((1000, 1, 1, 1))),
    "two_step": lambda: envs.make("two_step", branches=np.ones((2, 10**5, 1))),
}


@pytest.mark.parametrize("ask", ENORMOUS.values(), ids=ENORMOUS)
def test_a_table_of_a_million_million_cells_is_refused_by_its_size(ask):
    with pytest.raises(
        games.TableError, match=r"would hold \d\.\de\+\d+ rewards, where 1e\+08 is the limit: give fewer"
    ):
        ask()


@pytest.mark.parametrize(
    ("given", "message", "status"),
    [
        (["--seeds", str(10**12)], f"seeds is {10**12}: their networks take", 1),
        (["--seeds", str(10**4000)], "seeds is 10000", 2),
        (
            ["--parallel", str(10**12), "--capacity", str(10**12)],
            f"parallel is {10**12} with 2 seeds: these episodes take",
            1,
        ),
        (["--test-episodes", str(10**12)], f"test_episodes is {10**12} with 2 seeds", 1),
        (["--hidden", str(10**7)], "give fewer seeds or runs, or fewer units", 1),
        (["--width", str(10**10)], "give fewer seeds or runs, or fewer units", 1),
        (["--seed", "-1"], "seed is -1: give a whole number of at least 0", 2),
        (
            ["--mixer", "joint", "--env", "dock", "--option", "n_robots=16", "--option", "limit=1", "--batch", "0"],
            "batch is 0",
            2,
        ),
        (["--env", "matrix", "--option", "table=[[1, '2'], [3, 4]]"], "the table holds text", 2),
        (["--env", "predator_prey", "--option", "size=10000000"], "size is 10000000: give at most 1000", 2),
    ],
)
def test_what_a_machine_cannot_hold_is_refused_on_the_command_line_with_what_it_takes(given, message, status, capsys):
    assert main(["train", "--seeds=2", "--device=cpu", *given]) == status
    said = capsys.readouterr().err
    assert said.startswith("error: ") and said.count("\n") == 1 and message in said, said
