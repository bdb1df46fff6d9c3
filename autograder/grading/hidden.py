"""Run a chapter's hidden tests: pytest, in this process, apart from any other run of it."""

import contextlib
import io
import os
import traceback
import zlib
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import GraderError
from autograder.testing import Check, CheckFailure

__all__ = ["Outcome", "replay", "run_hidden_tests", "seed_of"]

_INI = Path(__file__).with_name("hidden.ini")
# What pytest would read of its caller's surroundings.
_SURROUNDINGS = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_CURRENT_TEST", "PYTEST_THEME")

_LEFT_OUT = (
    "cacheprovider",
    "doctest",
    "faulthandler",
    "junitxml",
    "logging",
    "threadexception",
    "unraisableexception",
    "warnings",
)


@dataclass(frozen=True)
class Outcome:
    """How one hidden test ended.

    Attributes
    ----------
    failure : CheckFailure or None
        What the learner did wrong.
    error : str
        Where the grader itself failed; empty if it did not.
    seconds : float
        How long the test took: no part of the outcome, since no two runs take the same time.
    """

    failure: CheckFailure | None = None
    error: str = ""
    seconds: float = field(default=0.0, compare=False, repr=False)

    @property
    def passed(self):
        """Whether the test was passed."""
        return self.failure is None and not self.error


def seed_of(seed, test_id):
    """Give what a test's random numbers are drawn from.

    Parameters
    ----------
    seed : int
        The run's seed.
    test_id : str
        The test's name.

    Returns
    -------
    parts : tuple of int
        For `numpy.random.default_rng`: other tests and other runs draw other numbers.
    """
    return seed, zlib.crc32(test_id.encode())


class _HiddenTests:
    """The pytest plugin: the two fixtures, and the notes of what came out."""

    def __init__(self, chapter, learner, seed):
        self._chapter = chapter
        self._learner = learner
        self._seed = seed
        self.outcomes = {}
        self.seconds = {}

    def pytest_configure(self, config):
        config.addinivalue_line("markers", "graded: what a hidden test judges and is worth")

    def pytest_pycollect_makemodule(self, module_path, parent):
        # Loaded by the course, under a name of its own: two courses may share file names.
        module = pytest.Module.from_parent(parent, path=module_path)
        module.obj = self._chapter.tests_module
        return module

    @pytest.fixture
    def rng(self, request):
        """Random numbers of this run and this test."""
        return np.random.default_rng(seed_of(self._seed, request.node.name))

    @pytest.fixture
    def check(self, request):
        """Questions to the learner's functions."""
        return _check(self._chapter, self._learner, self._seed, request.node.name)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item, call):
        self.seconds[item.name] = self.seconds.get(item.name, 0.0) + call.duration
        if call.when == "call" and call.excinfo is None:
            self.outcomes.setdefault(item.name, Outcome())
        elif call.excinfo is not None:
            self.outcomes[item.name] = _outcome_of(call.excinfo.value)
        return (yield)


def _check(chapter, learner, seed, test_id):
    return Check(learner, chapter.functions, seed_of(seed, test_id), chapter.mistakes)


def _outcome_of(error):
    if isinstance(error, CheckFailure):
        return Outcome(failure=error)
    # Class and place, not the text: an exception of a test may hold the hidden values.
    place = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{Path(place.filename).name}, line {place.lineno}"
    text = f": {error}" if isinstance(error, GraderError) else ""
    return Outcome(error=f"{type(error).__name__} in {where}{text}")


@contextlib.contextmanager
def _own_surroundings():
    saved = {name: os.environ.pop(name, None) for name in _SURROUNDINGS}
    name = "PYTEST_DISABLE_PLUGIN_AUTOLOAD"
    saved[name] = os.environ.get(name)
    os.environ[name] = "1"
    try:
        # pytest writes to whatever stdout is when it starts.
        with contextlib.redirect_stdout(io.StringIO()) as output:
            yield output
    finally:
        for key, value in saved.items():
            os.environ.pop(key, None)
            if value is not None:
                os.environ[key] = value


def run_hidden_tests(chapter, learner, *, seed):
    """Run all hidden tests of a chapter on one learner.

    Parameters
    ----------
    chapter : Chapter
        Its tests and reference.
    learner : Session or LocalLearner
        Whoever answers the calls.
    seed : int
        The run's seed.

    Returns
    -------
    outcomes : dict of str to Outcome
        By test; all tests of the chapter are in it.

    Raises
    ------
    GraderError
        If pytest itself failed.
    """
    plugin = _HiddenTests(chapter, learner, seed)
    path = Path(chapter.tests_module.__file__)
    arguments = ["-c", str(_INI), "--rootdir", str(path.parent)]
    arguments += ["--noconftest", "--import-mode=importlib", "--assert=plain", "--capture=no"]
    # Nobody reads pytest's tracebacks, and to make them takes most of the time of a failing run.
    arguments += ["--tb=no"]
    # No byte code or cache beside the author's files, and nothing that outlives the run.
    for name in _LEFT_OUT:
        arguments += ["-p", f"no:{name}"]
    with _own_surroundings() as output:
        code = pytest.main([*arguments, str(path)], plugins=[plugin])
    if code == pytest.ExitCode.INTERRUPTED:
        raise KeyboardInterrupt
    if code not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise GraderError(f"pytest ended with {code!r}: {output.getvalue()[-2000:]}")
    missing = Outcome(error="the test did not run")
    return {
        test.id: replace(
            plugin.outcomes.get(test.id, missing), seconds=plugin.seconds.get(test.id, 0.0)
        )
        for test in chapter.tests
    }


def replay(chapter, test, learner, *, seed):
    """Run one hidden test on a trusted program, without pytest.

    Parameters
    ----------
    chapter : Chapter
        Its tests and reference.
    test : GradedTest
        The test.
    learner : LocalLearner
        The program, for instance a catalogued mistake.
    seed : int
        The run's seed: the test draws the same numbers as it did for the learner.

    Returns
    -------
    outcome : Outcome
        How it ended.
    """
    fixtures = {
        "check": _check(chapter, learner, seed, test.id),
        "rng": np.random.default_rng(seed_of(seed, test.id)),
    }
    try:
        test.run(**{name: fixtures[name] for name in test.fixtures})
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this test's outcome
        return _outcome_of(error)
    return Outcome()
