"""Making up the result: ending early, printing reports, hooks of the test runner."""

from attacks import Attack

_REPORT = """{"status": "graded", "score": 100, "max_score": 100, "outcome": "passed"}"""

ATTACKS = [
    Attack("sys.exit(0)", "to end as a success", body="import sys; sys.exit(0)",
           fault="exception", control="naive allclose"),
    Attack("os._exit(0)", "to end as a success, for good", body="import os; os._exit(0)",
           fault="crash", control="naive allclose"),
    Attack(
        "atexit",
        "to end as a success after all",
        body="""
        import atexit, os
        atexit.register(os._exit, 0)
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "exit while loading",
        "to end before any test",
        load="import os; os._exit(0)",
        body="pass",
        fault="crash",
        control="naive allclose",
    ),
    Attack(
        "SystemExit of its own kind",
        "to be taken for the end of the run",
        body="class Done(SystemExit): code = 0\nraise Done(0)",
        fault="exception",
        control="naive allclose",
    ),
    Attack("KeyboardInterrupt", "to be taken for the instructor", body="raise KeyboardInterrupt",
           fault="exception"),
    Attack("GeneratorExit", "to pass an except Exception", body="raise GeneratorExit",
           fault="exception"),
    Attack(
        "a report on standard output",
        "to be read in the grader's place",
        body=f"print('''{_REPORT}'''); return np.zeros((len(x), len(bias))), None",
        fault="wrong",
        control="naive output",
    ),
    Attack(
        "a report of pytest",
        "to be taken for the test runner",
        body="""
        print("===== 6 passed in 0.01s =====")
        import sys; sys.stderr.write("PASSED\\n")
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        control="naive output",
    ),
    Attack(
        "an exception that looks like the grader's own",
        "to be taken for a fault of the grader",
        body="class GraderError(Exception): pass\nraise GraderError('no such reference')",
        fault="exception",
    ),
    Attack(
        "a skip",
        "to have the tests left out",
        body="class Skipped(BaseException): allow_module_level = True\nraise Skipped('skip')",
        fault="exception",
    ),
    Attack(
        "a text that raises",
        "to break whoever prints it",
        body="class E(Exception):\n    def __str__(self): raise SystemExit(0)\nraise E",
        fault="exception",
    ),
    Attack(
        "a name that breaks the message",
        "to put markup into the feedback",
        body="raise type('<script>alert(1)</script>', (Exception,), {})('<img src=x>')",
        fault="exception",
    ),
    Attack(
        "control characters",
        "to write over the instructor's terminal",
        body="raise ValueError('\\x1b[2J\\x1b]0;owned\\x07 \\u202e 6 passed')",
        fault="exception",
    ),
    Attack(
        "an exception without end",
        "to make a chain of causes that is walked for ever",
        body="""
        a, b = ValueError("a"), ValueError("b")
        a.__cause__, b.__cause__ = b, a
        a.__context__, b.__context__ = b, a
        raise a
        """,
        fault="exception",
    ),
    Attack(
        "hooks of pytest",
        "to set every outcome to passed",
        load="""
        def pytest_runtest_makereport(item, call): item.outcome = "passed"
        def pytest_configure(config): print("hooked")
        class conftest: pass
        import sys
        sys.modules["conftest"] = sys.modules["pytest_plugins"] = conftest
        pytest_plugins = ["conftest"]
        """,
        body="return np.zeros((len(x), len(bias))), None",
        fault="wrong",
    ),
    Attack(
        "a handler of signals",
        "to go on where the grader ends it",
        body="""
        import signal
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        signal.signal(signal.SIGALRM, lambda *a: print("alive"))
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
    ),
    Attack(
        "a trace of every call",
        "to change what the worker does",
        body="""
        import sys
        def trace(frame, event, arg): raise SystemExit(0)
        sys.settrace(trace); sys.setprofile(trace)
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong|exception|crash|protocol",
        harms_itself=True,
    ),
    Attack(
        "all modules gone",
        "to break the worker in the middle",
        body="import sys; sys.modules.clear(); return np.zeros((len(x), len(bias))), None",
        fault="wrong|exception|crash|protocol|type",
        harms_itself=True,
    ),
    Attack(
        "the answers of its own others taken away",
        "to have a function judged that is another one",
        load="import sys",
        body="""
        names = sys._getframe().f_globals
        names["relu_forward"] = names["relative_error"] = 0
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        harms_itself=True,
    ),
    Attack(
        "the answer of a law",
        "to give what passes every law: a constant",
        body="return np.ones((len(x), len(bias))), None",
        fault="wrong",
    ),
]  # fmt: skip
