"""The attacks have power: with the one protection off that holds them, they succeed.

The protections are switched off here, inside the grader's modules; no command can do that.
"""

import json
import subprocess
import sys
import types
from pathlib import Path

import pytest

from attacks import load_families
from autograder.sandbox import backends, faults, process

pytestmark = pytest.mark.sandbox

# A grader as one writes it first: it runs the submission in its own process, which holds what is
# expected, takes the exit code for the verdict, and compares by one of these.
_NAIVE = """
import pickle, sys
import numpy as np
x, weight, bias = np.ones((4, 3)), np.arange(15.0).reshape(3, 5), np.arange(5.0)
expected = x @ weight + bias
def allclose(got): return bool(np.allclose(got, expected))
def equal(got): return bool(np.all(got == expected))
def tolerance(got): return not (np.abs(got - expected) > 1e-9).any()
def testing(got): return np.testing.assert_allclose(got, expected) is None
def pairs(got): return all(abs(a - b).max() < 1e-9 for a, b in zip(got, expected))
def pickled(got): return equal(pickle.loads(pickle.dumps(got)))
def nothing(got): return False
namespace = {}
exec(compile(sys.stdin.read(), "submission", "exec"), namespace)
got = namespace["linear_forward"](x, weight, bias)[0]
sys.exit(0 if globals()[sys.argv[1]](got) else 1)
"""
_NAIVE_WAYS = {
    "naive ==": "equal",
    "naive allclose": "allclose",
    "naive tolerance": "tolerance",
    "naive testing": "testing",
    "naive zip": "pairs",
    "naive pickle": "pickled",
    "naive output": "nothing",
    "naive import": "nothing",
}
_LIMITS = {
    "cpu limit": {"cpu_seconds": 20.0},
    "wall limit": {"wall_seconds": 60.0},
    "memory limit": {"memory_bytes": 16 << 30},
    "reply limit": {"reply_bytes": 64 << 20},
    "output limit": {"output_bytes": 16 << 20},
}
CASES = [
    (family, attack)
    for family, attacks in load_families().items()
    for attack in attacks
    if attack.control
]


def cases(*kinds):
    chosen = [(family, attack) for family, attack in CASES if attack.control in kinds]
    assert chosen
    return pytest.mark.parametrize(
        ("family", "attack"), chosen, ids=[f"{family}: {attack.name}" for family, attack in chosen]
    )


@cases(*_NAIVE_WAYS)
def test_in_the_graders_own_process_it_would_get_its_points(family, attack, secrets, tally):
    tally(family, "control")
    done = subprocess.run(
        [sys.executable, "-c", _NAIVE, _NAIVE_WAYS[attack.control]],
        input=attack.text_for_naive(secrets),
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[2],
    )
    if attack.control == "naive output":
        assert "passed" in done.stdout
    elif attack.control == "naive import":
        assert "BREACH" in done.stdout, done.stderr
    else:
        assert done.returncode == 0, done.stderr


def _weaken(monkeypatch, **changes):
    """Start workers with another configuration, and do not ask them whether it is the right one."""
    whole = backends._configuration

    def weaker(*args, **kwargs):
        configuration = json.loads(whole(*args, **kwargs)) | changes
        del configuration["limits"]["NPROC"]
        return json.dumps(configuration)

    monkeypatch.setattr(backends, "_configuration", weaker)
    monkeypatch.setattr(backends, "_confirm", lambda hello, **kwargs: None)


@cases("filter")
def test_without_the_filter_it_gets_through(
    bubblewrap, family, attack, judge, secrets, tally, monkeypatch
):
    tally(family, "control")
    _weaken(monkeypatch, seccomp=False)
    assert judge(attack.program(secrets), bubblewrap).breached


@cases("root")
def test_where_the_file_is_in_its_root_it_is_read(
    bubblewrap, family, attack, judge, secrets, tally, monkeypatch
):
    tally(family, "control")
    whole = backends._popen

    def popen(command, **more):
        at = command.index("--chdir")
        folder = str(Path(secrets["SECRET_FILE"]).parent)
        return whole([*command[:at], "--ro-bind", folder, "/tmp", *command[at:]], **more)

    monkeypatch.setattr(backends, "_popen", popen)
    # bwrap runs as another user, who has to be let in.
    for parent in list(Path(secrets["SECRET_FILE"]).parents)[:-2]:
        parent.chmod(parent.stat().st_mode | 0o011)
    assert judge(attack.program(secrets), bubblewrap).breached


@cases("sandbox")
def test_without_a_sandbox_it_gets_through(plain, family, attack, judge, secrets, tally, clean_up):
    tally(family, "control")
    assert judge(attack.program(secrets), plain).breached


@cases(*_LIMITS)
def test_without_the_limit_it_gets_through(
    bubblewrap, family, attack, judge, secrets, tally, limits
):
    tally(family, "control")
    verdict = judge(attack.program(secrets), bubblewrap, limits=limits(**_LIMITS[attack.control]))
    found = {test.fault for test in verdict.outcomes("linear_forward")}
    assert verdict.breached or found.isdisjoint(attack.fault.split("|")), verdict.feedback


@cases("numbered questions")
def test_where_questions_have_no_number_of_their_own_a_forged_answer_counts(
    bubblewrap, family, attack, judge, secrets, tally, monkeypatch
):
    tally(family, "control")
    same = types.SimpleNamespace(uuid4=lambda: types.SimpleNamespace(bytes=bytes(16)))
    monkeypatch.setattr(process, "uuid", same)
    faults_found = {
        test.fault for test in judge(attack.program(secrets), bubblewrap).outcomes("linear_forward")
    }
    assert "type" in faults_found  # the forged value has arrived, and is judged


@cases("private text")
def test_where_every_text_is_shown_the_input_is_seen_in_the_feedback(
    bubblewrap, family, attack, judge, secrets, tally, monkeypatch
):
    tally(family, "control")
    monkeypatch.setattr(faults, "public_message", lambda exception, text, words: text)
    assert judge(attack.program(secrets), bubblewrap).leaked


def test_every_control_is_tried():
    tried = {*_NAIVE_WAYS, *_LIMITS, "filter", "root", "sandbox", "private text"}
    assert {attack.control for _, attack in CASES} == tried | {"numbered questions"}
