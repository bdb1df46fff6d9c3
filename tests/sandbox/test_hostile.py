"""Programs that attack: each gets the fault it must get, and the next call is answered."""

import json
import textwrap
from pathlib import Path

import numpy as np
import pytest

from autograder.errors import LearnerFault, SandboxError
from autograder.sandbox import Cell, Limits, Program, Session, best_backend, selftest
from autograder.sandbox import backends as backends_module

pytestmark = pytest.mark.sandbox

REPOSITORY = Path(__file__).parents[2]
GOOD = "def good(x):\n    return x + 1\n"
LIMITS = Limits(
    cpu_seconds=0.4, wall_seconds=1.5, load_seconds=2.0, output_bytes=100_000, reply_bytes=1 << 20
)

# name: (what the fault must be, the body of `attack(x)`)
ATTACKS = {
    # ending, looping, waiting
    "os._exit": ("crash", "import os; os._exit(0)"),
    "sys.exit": ("exception", "import sys; sys.exit(0)"),
    "quit by a BaseException": ("exception", "raise BaseException('out')"),
    "an exception whose text raises": (
        "exception",
        "class E(Exception):\n    def __str__(self): raise SystemExit\nraise E",
    ),
    "an exception whose text never ends": (
        "cpu",
        "class E(Exception):\n    def __str__(self):\n        while True: pass\nraise E",
    ),
    "an endless loop": ("cpu", "while True: pass"),
    "an endless loop that catches all": (
        "cpu",
        "while True:\n    try:\n        while True: pass\n    except BaseException: pass",
    ),
    "an endless loop inside NumPy": ("cpu", "a = np.ones((700, 700))\nwhile True: a @ a"),
    "sleep": ("wall", "import time; time.sleep(1000)"),
    "stop oneself": ("wall", "import signal; signal.raise_signal(signal.SIGSTOP)"),
    "a crash in C": ("crash", "import ctypes; ctypes.string_at(0)"),
    "deep recursion": ("exception", "def f(n): return f(n + 1)\nreturn f(0)"),
    "deep recursion without Python's guard": (
        "crash",
        "import sys, functools\nsys.setrecursionlimit(10**9)\nx = ()\n"
        "for _ in range(10**6): x = (x,)\nreturn hash(x) + len(repr(x))",
    ),
    # using up
    "one huge array": ("memory", "return np.ones(1 << 40)"),
    "a list that grows": ("memory", "a = []\nwhile True: a.append(np.empty(1 << 20))"),
    "printing without end": ("output", "while True: print('x' * 1000)"),
    "printing to every descriptor": (
        "output",
        "import os\nwhile True: os.write(2, b'x' * 65536)",
    ),
    "a huge reply": ("type", "return np.zeros(1 << 18)"),
    "a reply of a million million elements": (
        "type",
        "return np.broadcast_to(np.float64(0), (10**6, 10**6))",
    ),
    "raising its own limits": (
        "exception",
        "import resource as r\nr.setrlimit(r.RLIMIT_NPROC, (100, 100))",
    ),
    # processes
    "fork": ("exception", "import os; os.fork()"),
    "fork by the C library": (
        "exception",
        "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\n"
        "if c.fork() == 0: os._exit(0)\nraise OSError(ctypes.get_errno(), 'x')",
    ),
    "run a program": ("exception", "import subprocess; subprocess.run(['/bin/true'])"),
    "replace itself": ("exception", "import os; os.execv('/py/bin/python3', ['python3'])"),
    "thread": ("exception", "import threading; threading.Thread(target=print).start()"),
    "kill its parent": ("exception", "import os; os.kill(os.getppid(), 9)"),
    "kill everybody": ("exception", "import os; os.kill(-1, 9)"),
    "trace its parent": (
        "exception",
        "import ctypes, os\nc = ctypes.CDLL(None, use_errno=True)\n"
        "if c.ptrace(16, os.getppid(), 0, 0): raise OSError(ctypes.get_errno(), 'x')",
    ),
    "an alarm that outlives the call": (
        "exception",
        "import signal; signal.setitimer(signal.ITIMER_REAL, 1)",
    ),
    # network and files
    "a network socket": ("exception", "import socket; socket.socket()"),
    "a local socket": ("exception", "import socket; socket.socketpair()"),
    "read /etc/passwd": ("exception", "return open('/etc/passwd').read()"),
    "read the repository": (
        "exception",
        f"return open({str(REPOSITORY / 'solutions/convolution.py')!r}).read()",
    ),
    "list the repository": ("exception", f"import os; return os.listdir({str(REPOSITORY)!r})"),
    "read its parent's memory": (
        "exception",
        "import os; return open(f'/proc/{os.getppid()}/environ').read()",
    ),
    "write": ("exception", "open('/tmp/x', 'w')"),
    "write beside itself": ("exception", "import sys; open(sys.prefix + '/lib/x.py', 'w')"),
    "make a folder": ("exception", "import os; os.mkdir('/tmp/x')"),
    "memory that others could map": ("exception", "import os; os.memfd_create('x')"),
    # values that are more than values
    "a subclass of ndarray": ("type", "class A(np.ndarray): pass\nreturn x.view(A)"),
    "an object that equals everything": (
        "type",
        "class A:\n    def __eq__(self, o): return True\nreturn A()",
    ),
    "an object that is an array when asked": (
        "type",
        "class A:\n    def __array__(self, *a, **k): return np.ones(3)\nreturn A()",
    ),
    "an object that runs a command when pickled": (
        "type",
        "import os\nclass A:\n    def __reduce__(self): return os.system, ('true',)\nreturn A()",
    ),
    "an array of objects": ("type", "return np.array([object()])"),
    "a list that holds itself": ("type", "a = []; a.append(a); return a"),
    "a type that lies about its name": (
        "type",
        "class M(type):\n    __name__ = property(lambda s: 1 / 0)\n"
        "class A(metaclass=M): pass\nreturn A()",
    ),
    # the grader's own channel
    "bytes on every descriptor": (
        "protocol",
        "import os\nfor d in range(32):\n    try: os.write(d, b'GARBAGE' * 8)\n"
        "    except OSError: pass",
    ),
    "a frame that claims 2**60 bytes": (
        "protocol",
        "import os, struct\n"
        "h = struct.pack('<4sB3xIQ16s', b'CNH1', 5, 10, 1 << 60, bytes(16))\n"
        "for d in range(3, 32):\n    try: os.write(d, h)\n    except OSError: pass",
    ),
    "an answer with an impossible shape": (
        "protocol",
        "import sys\nnode = {'t': 'a', 'd': '<f8', 's': [1 << 62], 'o': 0, 'n': 8}\n"
        "sys.modules['frames'].encode = lambda *a, **k: (node, [bytes(8)])",
    ),
    "an answer that keeps what was not asked for": (
        "protocol",
        "import sys\nsys.modules['frames'].encode = lambda *a, **k: ({'t': 'h', 'v': 1}, [])",
    ),
    "closing the channel": ("crash", "import os; os.closerange(3, 32); return 1"),
}  # fmt: skip


def attack_program(body):
    return Program(
        (
            Cell("attack", "def attack(x):\n" + textwrap.indent(body, "    "), "answer"),
            Cell("good", GOOD, "answer"),
        ),
        ("attack", "good"),
    )


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_gets_its_fault_and_costs_only_itself(isolated, name):
    fault, body = ATTACKS[name]
    with Session(isolated, attack_program(body), limits=LIMITS) as session:
        with pytest.raises(LearnerFault) as caught:
            session.call("attack", (np.array([0.8125, 2.0]),))
        assert caught.value.fault == fault, (caught.value.public, caught.value.private)
        assert "0.8125" not in caught.value.public
        # Bytes that a hostile call left behind are found at the next question, once.
        assert _value_or_fault(session, "good", 1) in {2, fault if fault == "protocol" else 2}
        assert session.call("good", (1,)).value == 2


def _value_or_fault(session, function, *args):
    try:
        return session.call(function, args).value
    except LearnerFault as found:
        return found.fault


@pytest.mark.parametrize(
    "body",
    [
        "np.array = np.asarray = np.ascontiguousarray = np.frombuffer = None\nreturn x + 1",
        "np.testing.assert_allclose = lambda *a, **k: None\nreturn x + 1",
        "import builtins\nbuiltins.len = lambda o: 0\nbuiltins.all = lambda o: True\nreturn x + 1",
        "import json\njson.dumps = lambda *a, **k: '{}'\nreturn x + 1",
        "import sys\nsys.modules.clear()\nreturn x + 1",
    ],
)
def test_what_a_program_patches_stays_in_its_worker(isolated, body):
    before = (np.array, np.asarray, np.testing.assert_allclose, len, all)
    with Session(isolated, attack_program(body), limits=LIMITS) as session:
        got = _value_or_fault(session, "attack", 3)
        assert got in {4, "exception", "crash", "protocol", "type"}
    assert before == (np.array, np.asarray, np.testing.assert_allclose, len, all)
    with Session(isolated, attack_program("return 0"), limits=LIMITS) as session:
        assert session.call("good", (1,)).value == 2


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
