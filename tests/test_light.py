"""What needs no torch does without it, and scipy and z3 come with the first call that needs them."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from limits import HANG

from marl_helpers.__main__ import COMMANDS

ROOT = Path(__file__).parents[1]
PAPER = [
    "notebooks/00-start-here",
    "notebooks/03-the-igm-property",
    "solutions/lecture-01",
    "solutions/lecture-02",
    "solutions/lecture-03",
]
PAPER += ["solutions/lecture-04", "solutions/section-1-igm"]
GAME = "from marl_helpers import exact, games, graphs, igm, plots, check, widgets; game = games.COORDINATION"
EXACTLY = "from marl_helpers.fitting.diagnosis import diagnose_exactly as exactly"


def run(*command, **settings) -> subprocess.CompletedProcess:
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=HANG, **settings)


@pytest.mark.parametrize("what", ["verdicts()", "touched()", "asked()", "figures()", *PAPER])
def test_it_is_done_without_torch(what, tmp_path):
    call = what if what.endswith("()") else f"notebook({str(ROOT / what)!r} + '.ipynb')"
    code = f"import sys; sys.modules['torch'] = None; sys.path[:0] = [{str(ROOT)!r}, {str(ROOT / 'tests')!r}]"
    own = os.environ | {"IPYTHONDIR": str(tmp_path / "ipython")}
    done = run("-c", f"{code}; import without_torch as it; it.{call}; print('done')", cwd=tmp_path, env=own)
    assert done.stdout.endswith("done\n"), done.stdout + done.stderr


@pytest.mark.parametrize("command", ["eval x", "eval x --env two_step", "film x", "plot x", "train", "robots x"])
def test_a_command_that_needs_torch_says_so_in_a_line(command):
    code = (
        "import sys; sys.modules['torch'] = None; from marl_helpers.__main__ import main; sys.exit(main(sys.argv[1:]))"
    )
    done = run("-c", code, *command.split(), cwd=ROOT)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr == "error: this needs PyTorch, which is not installed: pip install torch\n"


@pytest.mark.parametrize(
    ("code", "loaded"),
    [
        ("import marl_helpers.exact, marl_helpers.fitting.diagnosis", []),
        (f"{GAME}; exact.additive(game), exact.joint(game), widgets.RewardTable(game)", []),
        (f"{GAME}; check.table_sizes, check.progress()", []),
        (f"{GAME}; {EXACTLY}; exactly(game, ['iql', 'vdn', 'joint'])", []),
        (f"{GAME}; exact.monotone(game)", ["scipy", "scipy.optimize"]),
        (f"{GAME}; {EXACTLY}; exactly(game, ['qmix'])", ["scipy", "scipy.optimize"]),
        (f"{GAME}; graphs.is_forest([(0, 1)], 2)", ["scipy"]),
        (f"{GAME}; igm.counterexample()", ["z3"]),
        ("from marl_helpers.__main__ import main; main([])", []),
        ("from marl_helpers.__main__ import main; main(['list'])", []),
        *[(f"from marl_helpers.__main__ import parser; print(parser(['{name}'])._actions)", []) for name in COMMANDS],
        (f"{GAME}; plots.tables({{'reward': game}})", ["matplotlib"]),
    ],
)
def test_what_is_large_loads_at_the_first_call_that_needs_it(code, loaded):
    large = ["matplotlib", "scipy", "scipy.optimize", "torch", "z3"]
    done = run("-c", f"{code}; import sys; print([name for name in {large} if name in sys.modules])", cwd=ROOT)
    assert done.stdout.splitlines()[-1:] == [str(loaded)], done.stderr
