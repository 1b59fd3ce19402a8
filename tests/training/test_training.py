"""Training: what it learns, what it promises about seeds, and that nothing is lost when it is interrupted or killed."""

import os
import signal
import threading
import time
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from quick import LITTLE, QUICK, SMALL

from marl_helpers import envs
from marl_helpers.training import checkpoints, folders
from marl_helpers.training.checkpoints import CheckpointError
from marl_helpers.training.folders import CHECKPOINT, METRICS
from marl_helpers.training.loop import Diverged, Training, advance, train
from marl_helpers.training.runs import COLUMNS

ROUND = Training.round


@pytest.fixture(autouse=True)
def one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def weights(run):
    """Every number of the online and the target networks."""
    learner = run.learner
    return torch.cat([p.detach().flatten() for net in (learner.online, learner.target) for p in net.parameters()])


def same(one, other):
    """Bit for bit the same networks and curves, however long it took."""
    assert torch.equal(weights(one), weights(other))
    assert one.curve.keys() == other.curve.keys()
    for name, values in one.curve.items():
        if name == "seconds":
            continue
        assert np.array_equal(values, other.curve[name], equal_nan=True), name


@pytest.mark.learning
def test_qmix_earns_eight_and_vdn_seven_in_the_two_step_game():
    plan = {"updates": 400, "epsilon_end": 1.0, "test_every": 400, "test_episodes": 1}
    assert (train("two_step", "qmix", seeds=4, device="cpu", **plan).returns == 8).all()
    assert (train("two_step", "vdn", seeds=4, device="cpu", **plan).returns == 7).all()


def test_the_same_seed_gives_the_same_bits_and_another_does_not():
    first, again, other = (train("two_step", seed=seed, **QUICK) for seed in (0, 0, 1))
    same(first, again)
    assert not torch.equal(weights(first), weights(other))


def test_the_curve_has_the_steps_played_until_each_test():
    run = train("two_step", **QUICK)
    assert run.curve["updates"].tolist() == [0, 2, 4, 6]
    assert run.curve["steps"].tolist() == [[8 * k] * 2 for k in (0, 2, 4, 6)]  # a round: 4 episodes of 2 steps


def test_a_curve_has_a_row_for_each_test_and_the_table_has_the_same_columns(tmp_path):
    """The first of 6 rounds fills the replay for half a batch, so an update follows each of the 5 others."""
    plan = replace(SMALL, batch=8, updates=5)
    run = train("two_step", folder=tmp_path, **{**QUICK, "plan": plan})
    table = np.genfromtxt(tmp_path / METRICS, delimiter=",", names=True)
    assert table.dtype.names == ("updates", "seed", *COLUMNS) and set(run.curve) == {"updates", *COLUMNS}
    assert table["seed"].tolist() == [0, 1] * 4 and table["updates"].tolist() == [0, 0, 2, 2, 4, 4, 5, 5]
    distinct = set()
    for name in COLUMNS:
        values = run.curve[name]
        assert values.shape == (4, 2)
        assert values == pytest.approx(table[name].reshape(4, 2), rel=1e-6, nan_ok=True), name
        none = np.isnan(values).any(1).tolist()
        assert none == [name in ("loss", "gradient", "value", "target"), False, False, False]
        distinct.add(tuple(values[-1]))
    assert len(distinct) == len(COLUMNS)  # so that two that were mistaken for each other would be noticed
    first = (tmp_path / METRICS).read_text().splitlines()[1]
    assert first.rpartition(",")[0] == "0,0,8,1,0,,,,"  # no update yet, and no number
    assert (np.diff(run.curve["seconds"], axis=0) > 0).all() and (run.curve["seconds"][0] > 0).all()


def test_an_alias_is_the_method_that_it_names(tmp_path):
    run = train("two_step", folder=tmp_path, **{**QUICK, "mixer": "wqmix"})
    assert repr(run).startswith("ow_qmix on two_step, 6 updates")
    same(train("two_step", folder=tmp_path, **{**QUICK, "mixer": "ow_qmix"}), run)


def test_a_seed_is_the_same_beside_any_others():
    alone, beside = (train("two_step", **{**QUICK, "seeds": seeds}) for seeds in (1, 3))
    assert alone.curve["loss"][:, 0] == pytest.approx(beside.curve["loss"][:, 0], rel=1e-4, nan_ok=True)
    assert np.array_equal(alone.curve["steps"][:, 0], beside.curve["steps"][:, 0])
    assert len(set(beside.curve["loss"][-1])) == 3


def test_exploration_falls_in_a_straight_line_with_the_steps_played():
    training = Training(envs.make("two_step"), "vdn", 2, 0, "cpu", SMALL, LITTLE)
    seen = []
    for _ in range(8):
        seen.append(training.epsilon.tolist())
        training.round()  # 4 episodes of 2 steps
    assert (
        seen[0] == [1, 1] and seen[1] == pytest.approx([1 - 0.95 * 8 / 40] * 2) and seen[7] == pytest.approx([0.05] * 2)
    )


@pytest.mark.parametrize("moment", range(20))
def test_killed_at_any_moment_it_ends_as_if_it_had_not_been(moment, tmp_path):
    whole = train("two_step", **QUICK)
    generator = np.random.default_rng(moment)
    for _ in range(3):  # killed three times, then left alone
        child = os.fork()
        if child == 0:
            try:
                train("two_step", folder=tmp_path, **QUICK)
            finally:  # whatever happens: it is no second pytest
                os._exit(0)
        time.sleep(generator.uniform(0, 0.3))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    same(train("two_step", folder=tmp_path, **QUICK), whole)
    lines = (tmp_path / METRICS).read_text().splitlines()
    assert len(lines) == 1 + 4 * 2 and lines[-1].startswith("6,1,")


def test_checkpoints_are_a_minute_apart_but_for_the_last_and_metrics_are_of_every_test(tmp_path, monkeypatch):
    """A clock that goes on by 25 seconds at every test: the tests after 0, 6 and 12 updates are a minute apart."""
    saved = []
    clock = SimpleNamespace(monotonic=lambda: 25 * (len((tmp_path / METRICS).read_text().splitlines()) // 2))
    monkeypatch.setattr(folders, "time", clock)
    monkeypatch.setattr(checkpoints, "save", lambda path, state: saved.append(state["updates"]))
    train("two_step", folder=tmp_path, **{**QUICK, "plan": replace(SMALL, updates=14), "checkpoint_every": 60})
    assert saved == [0, 6, 12, 14]


def test_control_c_leaves_a_usable_run_which_goes_on_as_if_nothing_had_happened(tmp_path):
    long = {**QUICK, "plan": replace(SMALL, updates=10_000)}
    over = threading.Event()

    def press():
        while not over.is_set():
            if (tmp_path / METRICS).exists() and (tmp_path / METRICS).read_text().count("\n") > 40:  # it is under way
                os.kill(os.getpid(), signal.SIGINT)
                break
            time.sleep(0.01)

    threading.Thread(target=press, daemon=True).start()
    before = signal.getsignal(signal.SIGINT)
    try:
        stopped = train("two_step", folder=tmp_path, **long)
    finally:
        over.set()
    assert not stopped.finished and "stopped after" in repr(stopped) and np.isfinite(stopped.returns).all()
    assert signal.getsignal(signal.SIGINT) is before
    done = int(torch.load(tmp_path / CHECKPOINT, weights_only=True)["updates"])
    plan = replace(SMALL, updates=2 * (done // 2) + 4)
    same(train("two_step", folder=tmp_path, **{**QUICK, "plan": plan}), train("two_step", **{**QUICK, "plan": plan}))


@pytest.mark.parametrize("rounds", [1, 7, 12])
def test_an_interrupted_training_is_tested_as_it_is_now_and_kept_as_if_it_were_not(rounds, tmp_path, monkeypatch):
    """One of 12 rounds ends in a test of its own, and the others between two."""
    plan, done = replace(SMALL, updates=100, test_every=6), []

    def play(training):
        done.append(training)
        if len(done) == rounds:
            os.kill(os.getpid(), signal.SIGINT)
        return ROUND(training)

    monkeypatch.setattr(Training, "round", play)
    stopped = train("two_step", folder=tmp_path, **{**QUICK, "plan": plan})
    monkeypatch.undo()
    assert repr(stopped).startswith(f"qmix on two_step, stopped after {rounds} of 100 updates: greedy returns [")
    now = train("two_step", **{**QUICK, "plan": replace(plan, updates=rounds)})
    same(stopped, now)
    kept = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    assert kept["updates"] == rounds
    tests = [int(row["updates"]) for row in kept["curve"]]
    assert tests == [k for k in range(rounds + 1) if k % 6 == 0]
    assert len((tmp_path / METRICS).read_text().splitlines()) == 1 + 2 * len(tests)
    whole = {**QUICK, "plan": replace(plan, updates=rounds + 7)}
    same(train("two_step", folder=tmp_path, **whole), train("two_step", **whole))


def test_returns_are_printed_as_a_person_would_write_them():
    run = train("two_step", **QUICK)
    run.curve["returns"][-1] = np.float32([-10.17, 2 / 3])
    assert repr(run) == "qmix on two_step, 6 updates: greedy returns [-10.17, 0.67]"


def test_a_longer_plan_goes_on_where_a_shorter_one_ended(tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    longer = {**QUICK, "plan": replace(SMALL, updates=10)}
    same(train("two_step", folder=tmp_path, **longer), train("two_step", **longer))


@pytest.mark.parametrize("damage", ["truncated", "flipped", "foreign", "empty", "another format"])
def test_a_damaged_checkpoint_gives_way_to_the_one_before(damage, tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    path = tmp_path / CHECKPOINT
    content = bytearray(path.read_bytes())
    if damage == "flipped":
        content[500::500] = bytes(byte ^ 0xFF for byte in content[500::500])  # some bytes are padding
    if damage == "another format":
        torch.save({"format": "something else"}, path)
    else:
        path.write_bytes({"truncated": content[:-100], "flipped": content, "foreign": b"hello", "empty": b""}[damage])
    with pytest.warns(UserWarning, match="going on from checkpoint.pt.previous, the checkpoint before"):
        found = checkpoints.load(path, "cpu")
    assert found["updates"] == 4
    with pytest.warns(UserWarning, match="going on from"):
        same(train("two_step", folder=tmp_path, **QUICK), train("two_step", **QUICK))
    (tmp_path / f"{CHECKPOINT}.previous").write_bytes(b"gone")
    path.write_bytes(b"gone too")
    with pytest.raises(CheckpointError, match=r"Move the folder away, or give another one"):
        train("two_step", folder=tmp_path, **QUICK)


@pytest.mark.parametrize(
    "odd",
    [
        {"seeds": np.int64(2), "seed": np.int64(3)},
        {"rate": np.float32(1e-3), "clip": np.float64(5)},
        {"tau": np.int64(1)},
    ]
    + [{name: np.int64(4)} for name in ("updates", "parallel", "batch", "target_every", "test_every")],
    ids=str,
)
def test_numbers_of_numpy_are_numbers(odd, tmp_path):
    given = {**QUICK, **odd}
    run = train("two_step", folder=tmp_path, **given)
    same(train("two_step", folder=tmp_path, **given), run)
    same(train("two_step", folder=tmp_path, **{**QUICK, **{name: one.item() for name, one in odd.items()}}), run)


@dataclass(kw_only=True, eq=False)
class Noted(envs.find("two_step")):
    """The two-step game, with something written beside it."""

    name = "noted_two_step"
    note: object = None


del envs.ENVS[Noted.name]  # it is for these tests only


@pytest.mark.parametrize(
    ("note", "other"),
    [
        (Path("a"), Path("b")),
        (torch.zeros(2), torch.ones(2)),
        (np.bool_(True), False),
        ({"a": (1, np.float64(2))}, {"a": (1, 3)}),
    ],
)
def test_an_environments_fields_are_kept_in_plain_values_and_compared(note, other, tmp_path):
    run = train(Noted(note=note), folder=tmp_path, **QUICK)
    same(train(Noted(note=note), folder=tmp_path, **QUICK), run)
    with pytest.raises(CheckpointError, match="the checkpoint's note is"):
        train(Noted(note=other), folder=tmp_path, **QUICK)


@pytest.mark.parametrize("lacks", ["what", "learner", "replay", "generators", "curve"])
def test_a_file_that_only_looks_like_a_checkpoint_is_refused(lacks, tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    lacking, strange = {name: x for name, x in state.items() if name != lacks}, {**state, lacks: [3]}
    for content in (lacking, strange) if lacks != "curve" else (lacking,):
        torch.save(content, tmp_path / CHECKPOINT)
        with pytest.raises(CheckpointError, match=r"^the checkpoint does not fit this training \(\w+Error: .*Move the"):
            train("two_step", folder=tmp_path, **QUICK)


def test_a_checkpoint_of_another_kind_of_device_is_refused(tmp_path):
    """A GPU's generators have another state; which of the GPUs it is does not matter."""
    train("two_step", folder=tmp_path, **QUICK)
    state = torch.load(tmp_path / CHECKPOINT, weights_only=True)
    state["what"]["device"] = "cuda"
    torch.save(state, tmp_path / CHECKPOINT)
    with pytest.raises(
        CheckpointError, match="the checkpoint's device is 'cuda', and this training's 'cpu': give it the"
    ):
        train("two_step", folder=tmp_path, **QUICK)


def test_a_folder_that_is_further_than_asked_for_says_so(tmp_path):
    further = train("two_step", folder=tmp_path, **QUICK)
    less = train("two_step", folder=tmp_path, **{**QUICK, "plan": replace(SMALL, updates=4)})
    said = "qmix on two_step, 6 updates (its folder was beyond the 4 asked for): greedy returns ["
    assert repr(less).startswith(said) and less.finished
    same(less, further)
    assert repr(further).startswith("qmix on two_step, 6 updates: greedy")


def test_an_environment_that_no_checkpoint_can_hold_is_refused_before_the_first_round(tmp_path, monkeypatch):
    strange = Noted(note=["fine", {"deep": {1, 2}}])
    monkeypatch.setattr(Training, "round", None)
    with pytest.raises(
        ValueError, match=r"^noted_two_step\.note\[1\]\['deep'\] is \{1, 2\}, which no checkpoint can hold"
    ):
        train(strange, folder=tmp_path / "new", **QUICK)
    assert not (tmp_path / "new").exists()
    monkeypatch.undo()
    assert train(strange, **QUICK).finished  # where nothing is kept


def test_loading_executes_nothing(tmp_path):
    class Evil:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "executed"),)

    torch.save({"format": checkpoints.FORMAT, "what": Evil()}, tmp_path / CHECKPOINT)
    with pytest.raises(CheckpointError, match="damaged, or no checkpoint"):
        train("two_step", folder=tmp_path, **QUICK)
    assert not (tmp_path / "executed").exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"mixer": "vdn"}, "method"),
        ({"seeds": 3}, "seeds"),
        ({"seed": 5}, "seed"),
        ({"rate": 0.01}, "rate"),
        ({"batch": 8}, "batch"),
    ],
)
def test_a_checkpoint_of_another_training_is_refused(change, name, tmp_path):
    train("two_step", folder=tmp_path, **QUICK)
    with pytest.raises(CheckpointError, match=f"the checkpoint's {name} is"):
        train("two_step", folder=tmp_path, **{**QUICK, **change})
    with pytest.raises(CheckpointError, match="the checkpoint's env is 'two_step'"):
        train("mirrored_two_step", folder=tmp_path, **QUICK)


def test_a_seed_that_diverges_is_named_and_leaves_the_others_alone():
    sound, ill = (Training(envs.make("two_step"), "qmix", 3, 0, "cpu", SMALL, LITTLE) for _ in range(2))
    with torch.no_grad():
        ill.learner.agents.value.weight[1] = torch.nan
    for each in (sound, ill):
        while not each.finished:
            advance(each, threading.Event())
    assert list(ill.diverged()) == [1] and "seed 1 diverged at update 1: probably take a smaller rate" in repr(
        ill.run()
    )
    assert np.isnan(ill.run().returns).tolist() == [False, True, False]
    for k in (0, 2):
        assert np.array_equal(ill.run().curve["loss"][:, k], sound.run().curve["loss"][:, k], equal_nan=True)


def test_divergence_of_all_seeds_stops_the_training_and_says_why():
    with pytest.raises(Diverged, match=r"seed 0 diverged at update \d+: probably take a smaller rate than 1e\+30"):
        train("two_step", **QUICK, rate=1e30)
    huge = envs.make("two_step", branches=[[[0, 1e8], [1e8, 9e8]]] * 2)
    with pytest.raises(Diverged, match=r"rewards are as large as \de\+08: scale them down"):
        train(huge, **QUICK)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
@pytest.mark.parametrize(
    ("name", "where"), [("reward", " at step 2"), ("obs", " of agent 1 at step 1"), ("state", " at step 1")]
)
def test_numbers_that_are_not_finite_are_the_environments_fault(name, where, value):
    """Even where rewards are large as well; a seed that is only too fast is told so."""
    game = envs.make("two_step")
    game.whole = ()  # a byte, as it is kept otherwise, is always finite
    ill = Training(game, "qmix", 3, 0, "cpu", SMALL, LITTLE)
    ill.round()
    ill.replay.episodes.reward[1:, 0, 0] = 1e9
    getattr(ill.replay.episodes, name)[1, 2, 1] = value
    ill.bad[:] = 7
    rate, fault, large = ill.diverged().values()
    assert rate == "seed 0 diverged at update 7: probably take a smaller rate than 0.0005, or slower targets"
    said = f"two_step: {name}{where} is not finite (NaN or infinite): mend the environment"
    assert fault == f"seed 1 diverged at update 7: {said}"
    assert large == "seed 2 diverged at update 7: probably rewards are as large as 1e+09: scale them down"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"env": "two_steps"}, "env is 'two_steps'"),
        ({"mixer": "qmixx"}, "method is 'qmixx'"),
        ({"seeds": 0}, "seeds is 0"),
        ({"device": "gpu7"}, "device is 'gpu7'"),
        ({"updates": 0}, "updates is 0"),
        ({"updates": 1.5}, "updates is 1.5"),
        ({"epsilon_end": 2}, "epsilon_end is 2"),
        ({"rate": -1}, "rate is -1"),
        ({"capacity": 4}, "capacity is 4: give at least 32"),
        ({"update": 4}, "no option 'update'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises(ValueError, match=message):
        train(**arguments)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"mixer": None}, "mixer is None: give a name, such as 'qmix'"),
        ({"mixer": ["vdn", "qmix"]}, "mixer is .*: give a name"),
        ({"seeds": [1, 2]}, r"seeds is \[1, 2\]"),
        ({"method": "qmix"}, "no option 'method': choose from env, mixer, seeds, seed, device, plan"),
        ({"env": None}, "env is None: give a name or an environment"),
        ({"plan": {}}, r"plan is \{\}: give a Plan, or its fields one by one, as updates=500"),
        ({"settings": 1e-3}, "settings is 0.001: give Settings, or their fields one by one, as rate=1e-3"),
    ],
)
def test_an_argument_of_another_kind_is_named_with_the_remedy(given, words):
    with pytest.raises(ValueError, match=words):
        train(**given)
