"""The walls have power, and a sandbox is chosen. The attacks are in tests/adversarial."""

import json
import textwrap

import pytest

from autograder.errors import LearnerFault, SandboxError
from autograder.sandbox import Cell, Limits, Program, Session, best_backend, selftest
from autograder.sandbox import backends as backends_module

pytestmark = pytest.mark.sandbox

GOOD = "def good(x):\n    return x + 1\n"
LIMITS = Limits(
    cpu_seconds=0.4, wall_seconds=1.5, load_seconds=2.0, output_bytes=100_000, reply_bytes=1 << 20
)


def attack_program(body):
    return Program(
        (
            Cell("attack", "def attack(x):\n" + textwrap.indent(body, "    "), "answer"),
            Cell("good", GOOD, "answer"),
        ),
        ("attack", "good"),
    )


def test_an_attack_while_loading_costs_its_own_cell(isolated):
    cells = (
        Cell("attack", "def attack(): pass\nimport os; os._exit(0)", "answer"),
        Cell("good", GOOD, "answer"),
    )
    with Session(isolated, Program(cells, ("attack", "good")), limits=LIMITS) as session:
        assert session.call("good", (1,)).value == 2
        with pytest.raises(LearnerFault) as caught:
            session.call("attack")
        assert caught.value.fault == "crash"


def test_the_usual_tools_of_a_learner_work_inside(isolated):
    body = """
        import collections, dataclasses, fractions, functools, itertools, math, random, typing
        a = np.random.default_rng(3).normal(size=(4, 5))
        windows = np.lib.stride_tricks.sliding_window_view(a, (2, 3))
        spectrum = np.fft.irfft2(np.fft.rfft2(a), s=a.shape)
        np.testing.assert_allclose(spectrum, a)
        return np.einsum("ijkl,kl->ij", windows, np.linalg.pinv(np.ones((3, 2)))), str(a)
    """
    with Session(isolated, attack_program(textwrap.dedent(body)), limits=Limits()) as session:
        assert session.call("attack", (1,)).value[0].shape == (3, 3)


# The trials have power: without walls they get through


def test_without_a_sandbox_every_trial_gets_through(plain):
    got_through = selftest.breaches(plain)
    for name in (
        *("read a file of the grader", "read /etc/passwd", "read /proc", "list processes"),
        *("open a network socket", "open a local socket", "start a process", "start a thread"),
        *("run a program", "signal the grader", "see the grader's process", "write to /tmp"),
    ):
        assert name in got_through


def test_in_a_sandbox_no_trial_gets_through(isolated):
    assert selftest.breaches(isolated) == []


def _weaken(monkeypatch, **changes):
    whole = backends_module._configuration

    def weaker(*args, **kwargs):
        configuration = json.loads(whole(*args, **kwargs)) | changes
        del configuration["limits"]["NPROC"]
        return json.dumps(configuration)

    monkeypatch.setattr(backends_module, "_configuration", weaker)


def _must_be_refused(backend):
    with pytest.raises(SandboxError, match="in force"):
        selftest.breaches(backend)  # the worker's own account, before anything else runs


def test_without_the_filter_processes_threads_and_sockets_get_through(isolated, monkeypatch):
    _weaken(monkeypatch, seccomp=False)
    _must_be_refused(isolated)
    monkeypatch.setattr(backends_module, "_confirm", lambda hello, **kwargs: None)
    got_through = set(selftest.breaches(isolated))
    assert {"start a process", "start a thread", "open a local socket"} <= got_through
    with pytest.raises(SandboxError, match="does not hold"):
        selftest.check(isolated)


def test_without_landlock_files_get_through(confined, monkeypatch):
    _weaken(monkeypatch, landlock=None)
    _must_be_refused(confined)
    monkeypatch.setattr(backends_module, "_confirm", lambda hello, **kwargs: None)
    got_through = set(selftest.breaches(confined))
    assert {"read /etc/passwd", "list processes"} <= got_through
    with pytest.raises(SandboxError, match="does not hold"):
        selftest.check(confined)


# Choosing


def test_bubblewrap_is_chosen_where_it_runs(bubblewrap):
    assert best_backend() == bubblewrap


def test_without_bubblewrap_landlock_stands_in_and_says_partial(confined, monkeypatch):
    monkeypatch.setenv("CNN_BWRAP", "/nonexistent")
    assert best_backend() == confined
    assert confined.isolation == "partial"


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_where_nothing_isolates_fully_partial_can_be_refused(monkeypatch, how):
    monkeypatch.setenv("CNN_BWRAP", "/nonexistent")
    if how == "environment":
        monkeypatch.setenv("CNN_ISOLATION", "full")
    with pytest.raises(SandboxError) as caught:
        best_backend(allow_partial=how == "environment")
    assert "nothing was run" in str(caught.value)
    assert "autograder doctor" in caught.value.remedy


def test_nothing_falls_back_to_no_isolation(monkeypatch):
    monkeypatch.setenv("CNN_BWRAP", "/nonexistent")
    monkeypatch.setattr(backends_module.landlock, "abi", lambda: 0)
    with pytest.raises(SandboxError, match="Landlock is version 0"):
        best_backend()


def test_no_isolation_has_to_be_asked_for_and_warns_loudly(capsys):
    assert best_backend(unsafe=True).isolation == "none"
    assert "WARNING: no sandbox" in capsys.readouterr().err


def test_a_bwrap_that_does_not_start_is_a_sandbox_error(bubblewrap):
    broken = backends_module.Bubblewrap(bubblewrap.program, "/nonexistent", bubblewrap.files)
    with pytest.raises(SandboxError, match="did not start"):
        selftest.check(broken)
