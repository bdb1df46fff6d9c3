"""Looking for the expected values, the tests, or anything else of the grader."""

from attacks import Attack

ATTACKS = [
    Attack(
        "gc",
        "to find an array of the right shape among all objects",
        body="""
        import gc
        shape = len(x), len(bias)
        for each in gc.get_objects():
            if type(each) is dict:
                for value in list(each.values()):
                    if type(value) is np.ndarray and value.shape == shape: return value, None
        return np.zeros(shape), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "the frames above",
        "to read a variable of its caller's",
        body="""
        import sys
        shape = len(x), len(bias)
        frame = sys._getframe()
        while frame := frame.f_back:
            for value in [*frame.f_locals.values(), *frame.f_globals.values()]:
                if type(value) is np.ndarray and value.shape == shape: return value, None
        return np.zeros(shape), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "the frames of an exception",
        "to come to its caller by a traceback",
        body="""
        shape = len(x), len(bias)
        try: 1 / 0
        except ZeroDivisionError as error: frame = error.__traceback__.tb_frame
        while frame := frame.f_back:
            for value in frame.f_globals.values():
                if type(value) is np.ndarray and value.shape == shape: return value, None
        return np.zeros(shape), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "__main__",
        "to read the grader's module",
        body="""
        import sys
        for value in vars(sys.modules["__main__"]).values():
            if type(value) is np.ndarray and value.shape == (len(x), len(bias)): return value, None
        return np.zeros((len(x), len(bias))), None
        """,
        fault="wrong",
        control="naive allclose",
    ),
    Attack(
        "the reference among the modules",
        "to call the reference",
        attempt="""
        import sys
        assert any("reference" in name or "hidden" in name or "autograder" in name
                   for name in sys.modules)
        """,
    ),
    Attack(
        "import the reference",
        "to answer with the course's own answer",
        attempt="from solutions import gradients; gradients.linear_forward",
        control="naive import",
    ),
    Attack(
        "import the grader",
        "to read or change the grader",
        attempt="import autograder.grading",
        control="naive import",
    ),
    Attack(
        "import the hidden tests",
        "to read what is asked",
        attempt="""
        import importlib.util
        path = "@COURSE@/autograder/hidden_tests/test_gradients.py"
        spec = importlib.util.spec_from_file_location("hidden", path)
        assert spec.loader.get_data(path)
        """,
        control="sandbox",
    ),
    Attack(
        "import pytest",
        "to hook into the run of the tests",
        attempt="import pytest",
        control="naive import",
    ),
    Attack(
        "a wider path of imports",
        "to import from the course's folder",
        attempt="""
        import sys
        sys.path.insert(0, "@COURSE@")
        sys.meta_path[:] = [f for f in sys.meta_path if isinstance(f, type)]
        sys.modules.pop("solutions", None)
        import solutions.gradients
        """,
        control="sandbox",
    ),
    Attack(
        "the environment",
        "to read the grader's environment",
        attempt="import os; assert '@SECRET@' in ' '.join(os.environ.values())",
    ),
    Attack(
        "/proc of itself",
        "to read how it was started",
        attempt="assert open('/proc/self/environ', 'rb').read()",
        control="sandbox",
    ),
    Attack(
        "/proc of the grader",
        "to read the grader's environment",
        attempt="assert open('/proc/@GRADER@/environ', 'rb').read()",
        control="sandbox",
    ),
    Attack(
        "the grader's memory",
        "to read the expected values where they are",
        attempt="open('/proc/@GRADER@/mem', 'rb').close()",
        control="sandbox",
    ),
    Attack(
        "open files of the grader",
        "to read a file that the grader has left open",
        attempt="""
        import os
        found = b""
        for descriptor in range(3, 64):
            try:
                os.lseek(descriptor, 0, 0)
                found += os.read(descriptor, 4096)
            except OSError: pass
        assert b"@SECRET@" in found
        """,
    ),
    Attack(
        "the arguments of the command",
        "to learn how the worker is set up",
        attempt="""
        import sys
        assert len(sys.argv) > 1 or "limits" in " ".join(sys.argv)
        """,
    ),
    Attack(
        "the answers of others",
        "to find another learner's worker",
        attempt="""
        import os
        assert [n for n in os.listdir("/proc") if n.isdigit() and n != str(os.getpid())]
        """,
        control="sandbox",
    ),
    Attack(
        "what an earlier program left",
        "to find a message in any place that can be written",
        attempt="""
        import os
        places = ["/tmp", "/dev/shm", "/var/tmp"]
        assert any(os.listdir(place) for place in places if os.path.isdir(place))
        """,
    ),
]
