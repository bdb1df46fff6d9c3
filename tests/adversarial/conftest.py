"""A cheap chapter, a grader that is watched, and a table of the families at the end."""

import os
import select
import shutil
import socket
from collections import Counter
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from attacks import FAMILIES, SECRET
from autograder.course import Course
from autograder.errors import SandboxError
from autograder.grading import grade_program
from autograder.sandbox import Bubblewrap, Landlock, Limits, Plain, Session
from autograder.sandbox.backends import Backend, find_bwrap
from autograder.testing import calls

REPOSITORY = Path(__file__).parents[2]
MARK = "written-by-an-attack"
LIMITS = Limits(
    cpu_seconds=0.7,
    wall_seconds=1.5,
    load_seconds=1.0,
    output_bytes=100_000,
    reply_bytes=1 << 20,
    memory_bytes=640 << 20,
)
# The hidden tests that are kept, of those of `gradients`.
_KEPT = (
    "test_linear_forward_applies_the_weights_to_every_vector",
    "test_linear_forward_adds_the_bias_once",
    "test_linear_forward_refuses_what_does_not_fit",
    "test_relu_forward_replaces_the_negative_numbers",
    "test_relu_backward_gives_zero_at_zero",
    "test_relative_error_of_equal_arrays_is_zero",
)


def _bubblewrap():
    programs = find_bwrap()
    if not programs:
        pytest.skip("no bwrap on this machine")
    return Bubblewrap.prepare(programs[0])


def _landlock():
    try:
        return Landlock.prepare()
    except SandboxError as error:
        pytest.skip(f"no Landlock: {error}")


@pytest.fixture(scope="session", params=[_bubblewrap, _landlock], ids=["full", "partial"])
def isolated(request):
    """Each way of isolation that this machine has."""
    return request.param()


@pytest.fixture(scope="session")
def bubblewrap():
    return _bubblewrap()


@pytest.fixture(scope="session")
def plain():
    return Plain()


@pytest.fixture(scope="session")
def course(tmp_path_factory):
    """The chapter `gradients` with six of its hidden tests, and nothing of it that is slow."""
    root = tmp_path_factory.mktemp("course")
    for name in ("_toc.yml", "pyproject.toml", "LICENSE", "LICENSE-text"):
        shutil.copy(REPOSITORY / name, root)
    for name in ("solutions", "autograder/hidden_tests", "book"):
        (root / name).mkdir(parents=True)
    shutil.copy(REPOSITORY / "solutions/gradients.py", root / "solutions")
    tests = Path("autograder/hidden_tests/test_gradients.py")
    text = (REPOSITORY / tests).read_text(encoding="utf-8")
    text += (
        f"\n_KEPT = {_KEPT!r}\n"
        "for _name in [n for n in globals() if n.startswith('test_') and n not in _KEPT]:\n"
        "    del globals()[_name]\n"
    )
    (root / tests).write_text(text, encoding="utf-8")
    return Course(root)


@pytest.fixture(scope="session")
def secrets(course, tmp_path_factory):
    """What stands for each @NAME@ in an attack: the grader keeps a secret, and hears at a port."""
    folder = tmp_path_factory.mktemp("secret")
    (folder / "secret.txt").write_text(SECRET)
    os.chmod(folder, 0o755)
    os.environ["CNN_TEST_SECRET"] = SECRET
    with socket.create_server(("127.0.0.1", 0)) as server, (folder / "secret.txt").open():
        yield {
            "SECRET": SECRET,
            "SECRET_FILE": str(folder / "secret.txt"),
            "GRADER": str(os.getpid()),
            "COURSE": str(course.root),
            "MARK": MARK,
            "PORT": str(server.getsockname()[1]),
        }
    del os.environ["CNN_TEST_SECRET"]


@dataclass
class _Watched(Backend):
    """A backend that remembers the processes that it has started."""

    backend: Backend
    processes: dict = field(default_factory=dict)

    def _watch(self, pid):
        with suppress(ProcessLookupError):
            self.processes[pid] = os.pidfd_open(pid)

    @property
    def isolation(self):
        return self.backend.isolation

    def launch(self, limits):
        launched = self.backend.launch(limits)
        self._watch(launched.process.pid)
        return launched

    def worker_pid(self, launched):
        pid = self.backend.worker_pid(launched)
        self._watch(pid)
        return pid

    def confirm(self, hello):
        self.backend.confirm(hello)


def _still_running(handles):
    """Wait until these processes have ended, as those do that the kernel is ending; name others."""
    late = []
    for pid, handle in handles.items():
        waiting = select.poll()
        waiting.register(handle, select.POLLIN)
        if not waiting.poll(20_000):
            late.append(pid)
        os.close(handle)
    return late


def _session_members(leaders):
    """Find the processes of the sessions that these processes lead."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] not in "ZX" and int(fields[3]) in leaders:
                found.append(int(entry.name))
    return found


@dataclass
class Verdict:
    """What came out of grading one program, and what it left behind."""

    graded: object
    output: str
    values: set
    running: list
    files: list

    @property
    def breached(self):
        return "BREACH" in self.output

    @property
    def feedback(self):
        return "\n".join(
            [*self.graded.notes, *(f"{t.message}\n{t.hint}" for t in self.graded.tests)]
        )

    @property
    def leaked(self):
        """The hidden numbers that stand in the feedback."""
        texts = self.feedback, self.feedback.replace("_", ".")
        return {value for value in self.values for text in texts if value in text}

    def outcomes(self, function):
        return [t for t in self.graded.tests if t.function == function]

    def passed(self, function):
        return all(t.outcome == "passed" for t in self.outcomes(function))


def _numbers(value, found):
    if isinstance(value, np.ndarray | np.floating) and np.asarray(value).dtype.kind == "f":
        for number in np.ravel(value)[:40].tolist():
            text = repr(abs(number))[:6]
            if len(text) == 6 and number % 0.125:
                found.add(text)
    elif isinstance(value, tuple | list):
        for each in value:
            _numbers(each, found)


def _marked_files(places):
    return [p for place in places if place.is_dir() for p in place.glob(f"**/*{MARK}*")]


@pytest.fixture
def judge(course, monkeypatch):
    """Grade a program by the real path, and watch what it does."""

    def run(program, backend, *, limits=LIMITS, seed=7):
        watched, outputs, values = _Watched(backend), [], set()

        class Spy(Session):
            def call(self, function, args=(), kwargs=None, **more):
                _numbers(args, values)
                return super().call(function, args, kwargs, **more)

            def close(self):
                super().close()
                outputs.append(self.output)

        whole = calls.Calls.ask_reference

        def ask_reference(self, function, args, kwargs):
            value = whole(self, function, args, kwargs)
            _numbers(value, values)
            return value

        with monkeypatch.context() as patch:
            patch.setattr("autograder.grading.grade.Session", Spy)
            patch.setattr(calls.Calls, "ask_reference", ask_reference)
            patch.setattr(calls, "_LEAST_CPU_SECONDS", limits.cpu_seconds)
            graded = grade_program(
                course, "gradients", program, backend=watched, seed=seed, limits=limits
            )
        places = [Path("/dev/shm"), course.root]
        places += [Path(p) for n in ("root", "files") if (p := getattr(backend, n, None))]
        top = [p for p in Path("/tmp").iterdir() if MARK in p.name]
        running = _still_running(watched.processes)
        running += _session_members(set(watched.processes))
        return Verdict(graded, "".join(outputs), values, running, _marked_files(places) + top)

    return run


@pytest.fixture
def limits():
    """Give the limits of these tests with some changed."""
    return lambda **changes: replace(LIMITS, **changes)


@contextmanager
def _cleaned():
    yield
    for path in Path("/tmp").iterdir():
        if MARK in path.name or path.name.startswith("left-"):
            path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()


@pytest.fixture
def clean_up(course):
    """Remove what an attack without a sandbox has written."""
    with _cleaned():
        yield
    (course.root / MARK).unlink(missing_ok=True)


# The table


@pytest.fixture
def tally(request):
    """Count this test for a family, as tried or as a control."""

    def note(family, kind="tried"):
        request.node.user_properties.append(("adversarial", (family, kind)))

    return note


def pytest_terminal_summary(terminalreporter):
    """Print how many attacks of each family were tried, how many held, and the controls."""
    counts = Counter()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.stats.get(outcome, ()):
            for name, value in getattr(report, "user_properties", ()):
                if name == "adversarial" and report.when == "call":
                    counts[*value, outcome] += 1
    families = [f for f in (*FAMILIES, "intake", "class") if any(k[0] == f for k in counts)]
    if not families:
        return
    terminalreporter.section("hostile submissions")
    terminalreporter.write_line(f"{'family':12} {'tried':>6} {'held':>6} {'controls':>9}")
    for family in families:
        held = counts[family, "tried", "passed"]
        control = counts[family, "control", "passed"]
        terminalreporter.write_line(
            f"{family:12} {held + counts[family, 'tried', 'failed']:6} {held:6} "
            f"{f'{control}/' + str(control + counts[family, 'control', 'failed']):>9}"
        )
