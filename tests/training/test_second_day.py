"""The day after a training: its folder is loaded, evaluated, compared with others, and trained on."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from full_disk import names
from quick import LITTLE, QUICK, SMALL
from test_training import same

from marl_helpers import compare, envs, evaluate, load, plots, train
from marl_helpers.basics.files import alone
from marl_helpers.mixers import layers
from marl_helpers.training import config
from marl_helpers.training.checkpoints import CheckpointError
from marl_helpers.training.comparing import compare_curves
from marl_helpers.training.config import CONFIG, ConfigError
from marl_helpers.training.evaluation import AT_ONCE
from marl_helpers.training.folders import CHECKPOINT
from marl_helpers.training.loading import what
from marl_helpers.training.plan import METRICS
from marl_helpers.training.runs import metrics


@pytest.fixture(scope="module")
def kept(tmp_path_factory):
    """A folder, and the run that was trained there."""
    folder = tmp_path_factory.mktemp("kept") / "run"
    return folder, train("two_step", folder=folder, **QUICK)


def content(folder: Path) -> dict:
    return {
        name: ((folder / name).read_bytes(), (folder / name).stat().st_mtime_ns)
        for name in names(folder)
        if (folder / name).is_file()
    }


def test_a_loaded_run_is_the_trained_one_and_nothing_is_touched(kept):
    folder, run = kept
    before = content(folder)
    with alone(folder):  # a training may go on there
        found = load(folder)
    assert content(folder) == before
    same(found, run)
    assert np.array_equal(found.curve["seconds"], run.curve["seconds"])
    for name in ("method", "plan", "settings", "finished", "diverged"):
        assert getattr(found, name) == getattr(run, name), name
    assert repr(found) == repr(run) and envs.describe(found.env) == envs.describe(run.env)
    same(load(str(folder), "two_step"), run)


def test_a_run_its_folder_and_the_function_say_the_same_of_its_games(kept):
    folder, run = kept
    said = run.evaluate(5, seed=3)
    assert said.returns.shape == (2, 5) and len({*said.returns.ravel()}) > 1
    for same_ in (load(folder).evaluate(5, seed=3), evaluate(run, 5, seed=3), evaluate(str(folder), 5, seed=3)):
        assert np.array_equal(same_.returns, said.returns) and repr(same_) == repr(said)
    with pytest.raises(ValueError, match="run is 3: give a run that train returned, or its folder"):
        evaluate(3)


def test_one_that_was_stopped_says_so(tmp_path):
    run = train("two_step", folder=tmp_path, **QUICK)
    told = json.loads((tmp_path / CONFIG).read_text())
    told["plan"]["updates"] = 100
    (tmp_path / CONFIG).write_text(json.dumps(told))
    assert not load(tmp_path).finished and "stopped after 6 of 100 updates" in repr(load(tmp_path))
    (tmp_path / CONFIG).write_text("{")
    assert load(tmp_path).finished and load(tmp_path).plan == run.plan


def test_the_config_says_what_it_is_and_each_program_once(tmp_path):
    options = {**QUICK, "mixer": "wqmix", "mixer_options": {"alpha": 0.01}}
    train("two_step", folder=tmp_path, **options)
    first = (tmp_path / CONFIG).read_text()
    told = json.loads(first)
    assert (told["env"], told["method"], told["seeds"], told["seed"]) == ("two_step", "ow_qmix", 2, 0)
    assert told["plan"]["updates"] == 6 and told["plan"]["batch"] == SMALL.batch
    assert told["settings"]["mixer_options"] == {"alpha": 0.01} and told["settings"]["hidden"] == LITTLE.hidden
    (program,) = told["programs"]
    assert torch.__version__.startswith(program["versions"]["torch"]) and "cpu" in program["device"].lower()
    assert "[7.0, 7.0]" in first and first.endswith("}\n")  # a line for each list of numbers
    train("two_step", folder=tmp_path, **options)
    assert (tmp_path / CONFIG).read_text() == first
    train("two_step", folder=tmp_path, **{**options, "plan": replace(SMALL, updates=8)})
    assert json.loads((tmp_path / CONFIG).read_text())["plan"]["updates"] == 8


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rate": 0.01}, "the checkpoint's rate is 0.0005, and this training's 0.01: give it the same"),
        ({"batch": 8}, "the checkpoint's batch is 4, and this training's 8"),
        ({"seeds": 3}, "the checkpoint's seeds is 2, and this training's 3"),
        ({"mixer_options": {"width": 9}}, "the checkpoint's width is 4, and this training's 9"),
        ({"mixer": "wqmix"}, "the checkpoint's method is 'qmix', and this training's 'ow_qmix'"),
    ],
)
def test_a_mismatch_names_the_one_field_with_both_values(change, message, kept, tmp_path):
    folder = shutil.copytree(kept[0], tmp_path / "run")
    with pytest.raises(CheckpointError, match=message):
        train("two_step", folder=folder, **{**QUICK, **change})


def test_an_option_of_the_mixer_or_the_environment_is_named_too(tmp_path):
    train("two_step", folder=tmp_path, **{**QUICK, "mixer": "wqmix", "mixer_options": {"alpha": 0.5}})
    with pytest.raises(CheckpointError, match=r"mixer_options.alpha is 0.5, and this training's 0.25"):
        train("two_step", folder=tmp_path, **{**QUICK, "mixer": "wqmix", "mixer_options": {"alpha": 0.25}})
    with pytest.raises(CheckpointError, match=r"mixer_options.alpha is 0.5, and this training's 'not there'"):
        train("two_step", folder=tmp_path, **{**QUICK, "mixer": "wqmix"})


def older(folder: Path) -> None:
    """Make it what a version before this wrote: without config.json, options of the mixer, and seconds."""
    (folder / CONFIG).unlink()
    (folder / f"{CHECKPOINT}.previous").unlink()
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    del state["seconds"], state["what"]["settings"]["mixer_options"]
    for row in state["curve"]:
        del row["seconds"]
    torch.save(state, folder / CHECKPOINT)
    lines = (folder / METRICS).read_text().splitlines()
    (folder / METRICS).write_text("".join(f"{line.rpartition(',')[0]}\n" for line in lines))


def test_an_old_folder_still_loads_compares_and_goes_on(kept, tmp_path):
    folder, run = shutil.copytree(kept[0], tmp_path / "run"), kept[1]
    older(folder)
    found = load(folder)
    assert np.isnan(found.curve["seconds"]).all() and found.plan == run.plan and found.finished
    same(found, run)
    assert what(folder)["method"] == "qmix" and compare([folder]).curves["two_step"]["qmix"].last.tolist()
    with pytest.raises(ValueError, match=r"metrics.csv has no seconds of 2 seeds"):
        compare([folder], x="seconds")
    longer = {**QUICK, "plan": replace(SMALL, updates=8)}
    same(train("two_step", folder=folder, **longer), train("two_step", **longer))
    assert (folder / CONFIG).exists()
    with pytest.raises(ValueError, match=r"lacks seconds, as an older version wrote it: choose another x"):
        compare([folder], x="seconds")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "is damaged"),
        ("[" * 10**5, "is damaged"),
        ("[]", "lacks the format"),
        ('{"format": "marl_helpers config 1", "programs": []}', "lacks 'env'"),
    ],
)
def test_a_damaged_config_is_named_and_the_checkpoint_says_it_too(text, words, kept, tmp_path):
    folder = shutil.copytree(kept[0], tmp_path / "run")
    (folder / CONFIG).write_text(text)
    with pytest.raises(ConfigError, match=words):
        config.read(folder)
    assert what(folder)["method"] == "qmix"
    same(load(folder), kept[1])


@pytest.mark.parametrize("env", ["pettingzoo", "gymnasium"])
def test_no_module_is_imported_because_a_file_says_so(env, kept, tmp_path, monkeypatch):
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'seen')!r}, 'w')\n")
    monkeypatch.syspath_prepend(tmp_path)
    folder = shutil.copytree(kept[0], tmp_path / "run")
    state = torch.load(folder / CHECKPOINT, weights_only=True)
    option = "source" if env == "pettingzoo" else "id"
    state["what"] |= {"env": env, "options": {option: "evil:make"}}
    torch.save(state, folder / CHECKPOINT)
    for call in (load, evaluate):
        with pytest.raises(ValueError, match=r"runs a module that checkpoint.pt names: if you trust it"):
            call(folder)
    compare([folder])
    assert not (tmp_path / "seen").exists() and "evil" not in sys.modules


def test_what_is_no_training_is_named(tmp_path, kept):
    with pytest.raises(CheckpointError, match=r"holds no training: it lacks checkpoint.pt"):
        load(tmp_path)
    with pytest.raises(ValueError, match="which holds no training: give folders that train has written to"):
        compare([tmp_path])
    with pytest.raises(CheckpointError, match="the checkpoint's env is 'two_step', and this training's 'matrix'"):
        load(kept[0], envs.make("matrix"))
    with pytest.raises(ValueError, match="env is 'matrix': give the training's, 'two_step', or nothing"):
        load(kept[0], "matrix")


def hunters(method, seeds=2, seed=0):
    env = envs.make("predator_prey", size=3, limit=6)
    return train(env, method, seeds=seeds, seed=seed, device="cpu", plan=SMALL, settings=LITTLE)


def test_an_evaluation_is_what_playing_step_by_step_earns():
    run = hunters("vdn")
    found, env, agents = evaluate(run, 5, seed=3), run.env, run.learner.agents
    (generator,) = layers.generators(3, 1)
    noise = torch.empty(env.limit + 1, AT_ONCE, env.noise).uniform_(generator=generator)
    for k in range(2):
        for game in range(5):
            world, earned, steps = env.reset(noise[None, None, 0, game].expand(2, 1, -1)), 0.0, 0
            last, memory = agents.start(env.observe(world).obs)
            while not world["over"][k, 0]:
                seen = env.observe(world)
                with torch.no_grad():
                    q, memory = agents.step(seen.obs, last, memory)
                last = q.masked_fill(~seen.available, -torch.inf).argmax(-1)
                steps += 1
                world, outcome = env.step(world, last, noise[None, None, steps, game].expand(2, 1, -1))
                earned += outcome.reward[k, 0].item()
            won = not world["prey"][k, 0].any()
            assert found.returns[k, game] == pytest.approx(earned)
            assert (found.lengths[k, game], found.wins[k, game]) == (steps, won)
    assert "5 games" in repr(found) and all(name in repr(found) for name in ("returns", "lengths", "wins"))


def test_all_are_asked_the_same_games_however_many():
    """Random agents' outcomes differ, but where everyone stands at first does not."""
    first, other = hunters("vdn"), hunters("qmix", seeds=3, seed=4)
    starts = []
    for run in (first, other):
        seen, reset = [], run.env.reset
        run.env.reset = lambda noise, seen=seen, reset=reset: seen.append(noise) or reset(noise)
        evaluate(run, 40)
        starts.append(seen)
        del run.env.reset
    assert len(starts[0]) == 2
    for a, b in zip(*starts):
        assert (b == a[:1]).all() and (a == a[:1]).all()
    assert evaluate(first, 40).returns[:, :7].tolist() == evaluate(first, 7).returns.tolist()
    assert evaluate(first, 7, seed=1).returns.shape == (2, 7)


def test_a_seed_that_diverged_counts_in_no_mean():
    run = replace(hunters("vdn"), diverged={1: "seed 1 diverged at update 3"})
    found = evaluate(run, 3)
    assert np.isnan(found.returns[1]).all() and np.isfinite(found.returns[0]).all()
    assert "seed 1 diverged at update 3" in repr(found) and "2 seeds, of which 1 diverged" in repr(found)
    assert "[one seed]" in repr(found) and "narrow" not in repr(found)
    assert "few seeds, narrow intervals: of 2 normal" in repr(evaluate(replace(run, diverged={}), 3))
    assert "all seeds have diverged" in repr(evaluate(replace(run, diverged={0: "a", 1: "b"}), 3))


def written(folder: Path, returns, method="qmix", seed=0, env="two_step", seconds=1.0, **settings) -> Path:
    """A folder as a training would leave it, with these returns [tests, seeds] at updates 0, 10, ..."""
    run = {"updates": 10 * (len(returns) - 1)}
    seeds = len(returns[0])
    training = type("Training", (), {"env": envs.make(env), "device": "cpu", "plan": replace(SMALL, **run)})()
    plan = {name: value for name, value in vars(training.plan).items() if name != "updates"}
    told = {
        **envs.describe(training.env),
        "method": method,
        "seeds": seeds,
        "seed": seed,
        "device": "cpu",
        "plan": plan,
    }
    told["settings"] = vars(replace(LITTLE, **settings))
    training.what = lambda: told
    folder.mkdir()
    config.write(folder, training)
    lines = ["updates,seed,returns,epsilon,steps,loss,gradient,value,target,seconds"]
    for k, row in enumerate(returns):
        lines += [f"{10 * k},{s},{x},1,{100 * k + s},,,,,{seconds * k}" for s, x in enumerate(row)]
    (folder / METRICS).write_text("\n".join(lines) + "\n")
    return folder


def test_folders_of_one_name_are_seeds_of_one_and_others_are_told_apart(tmp_path):
    given = [
        written(tmp_path / "a", [[0, 0], [1, 2]]),
        written(tmp_path / "b", [[0], [3]], seed=1),
        written(tmp_path / "c", [[0, 0], [5, 5]], method="vdn"),
        written(tmp_path / "d", [[0], [9]], method="vdn", env="mirrored_two_step"),
        written(tmp_path / "e", [[0], [9]], env="mirrored_two_step", rate=0.1),
        written(tmp_path / "f", [[0], [8]], env="mirrored_two_step", rate=0.2),
    ]
    found = compare(given)
    assert found.curves["two_step"]["qmix"].last.tolist() == [1, 2, 3]
    assert set(found.curves["two_step"]) == {"qmix", "vdn"}
    assert set(found.curves["mirrored_two_step"]) == {"vdn", "qmix rate=0.1", "qmix rate=0.2"}
    assert found.improvements["two_step"]["qmix", "vdn"] == (0, 0, 0)
    assert found.middles["two_step"]["qmix"][0].value == 2
    assert "all tasks" in found.middles and set(found.middles["all tasks"]) == {"vdn"}
    labelled = compare({"one": given[:2], "two": given[2]})
    assert labelled.curves["two_step"]["one"].last.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match=r"folders has .*a twice: give it once"):
        compare([given[0], given[0]])
    again = shutil.copytree(given[0], tmp_path / "again")
    assert set(compare([given[0], again]).curves["two_step"]) == {f"qmix ({given[0]})", f"qmix ({again})"}
    for twice in [given[0], again], [given[2], given[0], given[1], again]:
        with pytest.raises(ValueError, match="again, one training with seed 0, as 'one': give one of them"):
            compare({"one": twice})
    assert compare({"one": given[0], "two": again}).improvements["two_step"]["one", "two"].value == 0.5


def test_methods_are_compared_where_all_have_come_to(tmp_path):
    slow = written(tmp_path / "slow", [[0, 0], [1, 1], [2, 2]], seconds=10)
    fast = written(tmp_path / "fast", [[5, 5], [6, 6], [7, 7], [8, 8]], method="vdn")
    by_updates, by_steps, by_seconds = (
        compare([slow, fast], x).curves["two_step"] for x in ("updates", "steps", "seconds")
    )
    assert by_updates["qmix"].x.tolist() == [0, 10, 20] and by_updates["vdn"].last.tolist() == [7, 7]
    assert by_steps["qmix"].x[-1] == 200 and by_steps["vdn"].last.tolist() == [7, 6]  # seed 1 is a step behind
    assert by_seconds["qmix"].x[-1] == 3 and by_seconds["qmix"].last.tolist() == [0, 0]
    assert by_seconds["vdn"].last.tolist() == [8, 8]


def test_over_several_tasks_a_return_counts_by_its_place(tmp_path):
    given = [
        written(tmp_path / "a", [[0, 0], [10, 5]]),
        written(tmp_path / "b", [[0, 0], [0, 5]], method="vdn"),
        written(tmp_path / "c", [[-1, -1], [1, 1]], env="mirrored_two_step"),
        written(tmp_path / "d", [[-1, -1], [0, 0]], method="vdn", env="mirrored_two_step"),
    ]
    found = compare(given)
    medians = {label: both[0].value for label, both in found.middles["all tasks"].items()}
    assert medians == {"qmix": np.median([1, 0.5, 1, 1]), "vdn": np.median([0, 0.5, 0.5, 0.5])}
    assert found.improvements["all tasks"]["qmix", "vdn"].value == np.mean([(1 + 1 + 1 + 0.5) / 4, 1])
    picture = plots.comparison(found)
    assert picture.alt == found.tables(pairs=False) and len(picture.figure.axes) == 2
    assert "qmix over vdn" in repr(found) and "over vdn" not in picture.alt
    assert [line.get_label() for line in picture.figure.axes[0].lines] == ["qmix", "vdn"]
    assert picture.figure.axes[0].lines[0].get_ydata().tolist() == found.curves["two_step"]["qmix"].iqm.value.tolist()


def test_a_diverged_seed_counts_as_the_least_of_its_task(tmp_path):
    given = [
        written(tmp_path / "a", [[-3, 1, 1, 1], ["nan", 2, 2, 2]]),
        written(tmp_path / "b", [[0], [1]], method="vdn"),
    ]
    curve = compare(given).curves["two_step"]["qmix"]
    assert curve.last.tolist() == [-3, 2, 2, 2] and curve.diverged == 1
    assert repr(compare(given)).splitlines()[2].split()[-1] == "1"


def test_a_run_counts_like_its_folder(kept):
    folder, run = kept
    by_folder, by_run = (compare([one], "steps").curves["two_step"]["qmix"] for one in (folder, run))
    assert by_folder.x.tolist() == by_run.x.tolist()
    assert by_folder.last == pytest.approx(by_run.last) and by_folder.iqm.low == pytest.approx(by_run.iqm.low)
    for twice in [run, run], {"one": [run, run]}, [load(folder), load(folder)]:
        with pytest.raises(ValueError, match="folders has a run twice"):
            compare(twice)
    for twice in [folder, run], [load(folder), str(folder)], {"one": [run, folder]}:
        with pytest.raises(ValueError, match=f"folders has {folder} and a run of it: give it once"):
            compare(twice)
    assert compare({"one": run, "two": folder}).improvements["two_step"]["one", "two"].value == 0.5


def test_a_run_counts_once_however_far_it_went_and_however_often_it_was_made(tmp_path, monkeypatch):
    folder, again = tmp_path / "on", tmp_path / "again"
    first = train("two_step", folder=folder, **QUICK)
    on = train("two_step", folder=folder, **QUICK | {"plan": replace(SMALL, updates=2 * SMALL.updates)})
    repeat, other = train("two_step", folder=again, **QUICK), train("two_step", seed=7, **QUICK)
    for twice in [folder, first], [first, folder], [on, first], [first, load(folder)], [again, first], [first, repeat]:
        with pytest.raises(ValueError, match=r"folders has (.* and a run of it|a run twice): give it once"):
            compare(twice)
    path = again / METRICS  # as an older version wrote it
    path.write_text("".join(line.rpartition(",")[0] + "\n" for line in path.read_text().splitlines()))
    with pytest.raises(ValueError, match=f"folders has {again} and a run of it"):
        compare([again, repeat])
    found = compare([folder, other]).curves["two_step"]["qmix"]
    assert len(found.last) == 2 * QUICK["seeds"]
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ValueError, match=f"folders has {folder} twice"):
        compare([folder, "on"])


def test_one_seed_gets_no_interval_and_few_get_a_caution(tmp_path):
    one = written(tmp_path / "a", [[0], [3]])
    few = written(tmp_path / "b", [[0, 0], [1, 2]], method="vdn")
    lines = repr(compare([one, few])).splitlines()
    assert lines[2].split()[:5] == ["qmix", "1", "3", "[one", "seed]"] and lines[-2].endswith("1 [one seed]")
    assert lines[-1].startswith("few seeds, narrow intervals: of 2 normal scores 50%")
    many = written(tmp_path / "c", [[0] * 5, [1, 2, 3, 4, 5]], method="iql")
    assert "narrow" not in repr(compare([many]))
    assert plots.comparison(compare([one, few])).figure.axes[0].lines[0].get_ydata().tolist() == [0, 3]


def test_curves_compare_as_their_folders_do(tmp_path):
    given = {
        ("two_step", "qmix"): written(tmp_path / "a", [[0, 0, 1], [1, 5, 2]]),
        ("two_step", "vdn"): written(tmp_path / "b", [[0, 0, 0], [3, 2, 4], [9, 9, 9]], method="vdn"),
        ("mirrored_two_step", "vdn"): written(tmp_path / "c", [[0, 1], [4, 1]], method="vdn", env="mirrored_two_step"),
    }
    runs: dict = {}
    for (task, label), folder in given.items():
        columns = {name: column.reshape(-1, 2 if task != "two_step" else 3) for name, column in metrics(folder).items()}
        runs.setdefault(task, {})[label] = SimpleNamespace(curve=columns)
    assert repr(compare_curves(runs)) == repr(compare([*given.values()], "steps"))
    assert repr(compare_curves(runs, "updates", 3)) == repr(compare([*given.values()], "updates", 3))
    del runs["two_step"]["qmix"].curve["steps"]
    with pytest.raises(ValueError, match=r"runs\['two_step'\]\['qmix'\] is .*returns and steps in its curve"):
        compare_curves(runs)


@pytest.mark.parametrize("text", ["", "updates,seed\n1,x\n", "updates,seed,returns,steps\n0,0,1,0\n"])
def test_metrics_that_are_damaged_are_named(text, kept, tmp_path):
    folder = shutil.copytree(kept[0], tmp_path / "run")
    (folder / METRICS).write_text(text)
    with pytest.raises(ValueError, match=r"metrics.csv (cannot be read|has no steps of 2 seeds)"):
        compare([folder], "steps")
