import gc

import numpy as np
import pytest

from autograder.errors import GraderError, LearnerFault
from autograder.sandbox import Cell, Handle, Limits, Probe, Seed
from autograder.sandbox.probes import PROBES

STUB = '''
def attack(x):
    """Say what it does."""
    # 1. Begin.
    raise NotImplementedError
'''


def fault_of(session, function="attack", args=(), **more):
    with pytest.raises(LearnerFault) as caught:
        session.call(function, args, **more)
    return caught.value


def added(source):
    return [
        Cell("helpers", source, "added"),
        Cell("answer", "def attack():\n    return helper()\n", "answer"),
    ]


# Values


def test_a_call_gives_the_value_the_changes_and_the_computing_time(run):
    session = run("def attack(x, scale):\n    return x * scale, [x.dtype.name]\n")
    x = np.arange(6.0, dtype="f4").reshape(2, 3)
    reply = session.call("attack", (x,), {"scale": 2})
    value, (name,) = reply.value
    assert name == "float32"
    assert value.dtype == np.float32
    np.testing.assert_array_equal(value, 2 * x)
    assert reply.mutated == ()
    assert 0 < reply.cpu < 1


def test_a_cache_stays_in_the_worker_and_comes_back_as_it_was(run):
    source = (
        "class Cache:\n    pass\n"
        "def attack(x):\n    c = Cache(); c.x = x; return x + 1, c\n"
        "def good(dout, cache):\n    return dout * cache.x\n"
    )
    session = run(source)
    (out, cache), _, _ = session.call("attack", (np.array([1.0, 2.0]),), keep=(1,))
    assert out.tolist() == [2.0, 3.0]
    assert isinstance(cache, Handle)
    assert session.call("good", (10.0, cache)).value.tolist() == [10.0, 20.0]


def test_a_handle_may_lie_inside_lists_tuples_and_dicts(run):
    session = run(
        "def attack(x):\n    return x, {'kept': x}\n"
        "def good(a):\n    return a[0][1]['c']['kept'] + 1\n"
    )
    (_, cache), _, _ = session.call("attack", (3,), keep=(1,))
    assert session.call("good", ([(0, {"c": cache})],)).value == 4


def test_values_that_are_no_longer_held_are_freed_in_the_worker(run):
    session = run(
        "import sys\n"
        "class Big:\n    alive = 0\n"
        "    def __init__(self): Big.alive += 1\n"
        "    def __del__(self): Big.alive -= 1\n"
        "def attack():\n    return Big.alive, Big()\n"
    )
    for _ in range(5):
        value = session.call("attack", keep=(1,)).value
        alive = value[0]
        del value
        gc.collect()
    assert alive <= 1


def test_a_seed_becomes_the_generator_with_that_seed(run):
    session = run("def attack(rng):\n    return rng.normal(size=3)\n")
    expected = np.random.default_rng(11).normal(size=3)
    np.testing.assert_array_equal(session.call("attack", (Seed(11),)).value, expected)


@pytest.mark.parametrize("name", sorted(PROBES))
def test_a_probe_is_the_function_of_that_name(run, name):
    session = run("def attack(f, x):\n    return f(x)\n")
    x = np.array([[0.3, -1.2, 2.0]])
    np.testing.assert_array_equal(session.call("attack", (Probe(name), x)).value, PROBES[name](x))


def test_an_argument_that_cannot_be_sent_is_the_graders_fault(run):
    with pytest.raises(GraderError):
        run("def attack(f):\n    return 1\n").call("attack", (object(),))


@pytest.mark.parametrize(
    ("body", "paths"),
    [
        ("x[0] = 5", ("args[0]",)),
        ("x *= 1", ()),
        ("x.shape = (2, 1)", ("args[0]",)),
        ("more[1]['w'] += 1", ("args[1][1]['w']",)),
        ("more.append(3)", ("args[1]",)),
        ("more[1]['w'] = 0", ("args[1][1]",)),
        ("k['deep'][0][...] = np.nan", ("kwargs['k']['deep'][0]",)),
        ("x[:] = np.nan; x[:] = [7, 8]", ()),
    ],
)
def test_the_arguments_that_a_call_changed_are_named(run, body, paths):
    session = run(f"def attack(x, more, *, k):\n    {body}\n    return 0\n")
    args = (np.array([7.0, 8.0]), [1, {"w": np.ones(2)}])
    reply = session.call("attack", args, {"k": {"deep": (np.zeros(3),)}})
    assert reply.mutated == paths
    assert args[0].tolist() == [7.0, 8.0]


@pytest.mark.parametrize(
    ("result", "said"),
    [
        ("x", "`attack` returned an array; a tuple (out, cache) is expected."),
        (
            "None",
            "`attack` returned None (is there a `return`?); a tuple (out, cache) is expected.",
        ),
        ("[x, x]", "`attack` returned a list; a tuple (out, cache) is expected."),
        ("(x,)", "`attack` returned a tuple of 1; a tuple (out, cache) is expected."),
    ],
)
def test_where_a_cache_is_kept_a_tuple_is_asked_for(run, result, said):
    fault = fault_of(run(f"def attack(x):\n    return {result}\n"), args=(np.ones(2),), keep=(1,))
    assert fault.fault == "type"
    assert fault.public == said


# Loading


def test_of_an_added_cell_only_definitions_count(run, tmp_path):
    mark = tmp_path / "ran"
    session = run(
        cells=added(
            f"open({str(mark)!r}, 'w')\n"
            "import math, numpy as n\n"
            "from __future__ import annotations\n"
            "SCALE = 3\n"
            f"BAD = open({str(mark)!r}, 'w')\n"
            "def helper(a: Undefined = 1):\n    return n.sqrt(4) * SCALE * math.floor(1.5)\n"
            "helper()\n"
        ),
        functions=("attack",),
    )
    assert session.call("attack").value == 6.0
    assert not mark.exists()
    assert session.notes == ("Not run, since only definitions count in helpers: line 1, 5, 8",)


def test_a_helper_that_does_not_load_is_named_where_it_is_missed(run):
    session = run(cells=added("import torch\ndef helper(a=torch.x):\n    return 1\n"),
                  functions=("attack",))  # fmt: skip
    fault = fault_of(session)
    assert fault.fault == "exception"
    assert fault.exception == "NameError"
    assert fault.public == (
        "`attack` stopped with NameError in line 2 of answer: name 'helper' is not defined "
        "(`helper` could not be loaded: NameError in line 2 of helpers: "
        "name 'torch' is not defined)"
    )
    assert "No module named 'torch'" in session.notes[0]


def test_a_syntax_error_costs_the_functions_of_its_own_cell(run):
    session = run(
        "def attack(x):\n    if x\n        return 1\n\ndef other(): return 1",
        "def good():\n    return 1\n",
        functions=("attack", "other", "good"),
    )
    assert session.call("good").value == 1
    for name in ("attack", "other"):
        fault = fault_of(session, name)
        assert fault.fault == "load"
        assert fault.public == "SyntaxError in line 2 of cell_0: expected ':'"


def test_in_a_file_one_statement_that_fails_costs_only_what_it_defines(run):
    session = run(
        "def good():\n    return 1\n"
        "def attack(x=1 / 0):\n    return 2\n"
        "print(undefined)\n"
        "def third():\n    return 3\n"
    )
    assert session.call("good").value == 1
    assert session.call("third").value == 3
    fault = fault_of(session)
    assert fault.fault == "load"
    assert fault.public == "ZeroDivisionError in line 3 of cell_0: division by zero"
    assert len(session.notes) == 2


def test_a_cell_that_never_ends_costs_its_own_functions(run):
    session = run(
        "def attack():\n    return 1\nwhile True:\n    pass\n",
        "def good():\n    return 1\n",
        limits=Limits(load_seconds=0.3),
    )
    assert session.call("good").value == 1
    fault = fault_of(session)
    assert fault.fault == "cpu"
    assert "Cell cell_0 used more than 0.3 s" in fault.public


def test_lines_for_ipython_are_left_out(run):
    session = run(
        "%matplotlib inline\n!pip install x\nimport numpy as np\nnp?\n"
        "def attack(a):\n    %time\n    return a \\\n        % 7\n"
    )
    assert session.call("attack", (10,)).value == 3


def test_a_percent_sign_that_begins_a_line_of_python_stays(run):
    session = run("def attack(a):\n    return (a\n% 7)\n")
    assert session.call("attack", (10,)).value == 3


def test_given_layers_and_a_reference_of_the_course_are_importable(run):
    session = run(
        "from solutions import given_for\nimport given as g\nlayers = given_for(__file__)\n"
        "def attack(x):\n    return layers.twice(x) + given.twice(x) + g.twice(x)\n",
        given="def twice(x):\n    return _two * x\n_two = 2\n",
    )
    assert session.call("attack", (5,)).value == 30


def test_a_given_module_that_does_not_load_is_the_graders_fault(run):
    with pytest.raises(GraderError, match="given"):
        run("def good():\n    return 1\n", given="1 / 0").call("good")


def test_plots_do_nothing_and_other_packages_are_not_there(run):
    session = run(
        "import matplotlib.pyplot as plt\nfrom matplotlib import cm\n"
        "fig, axes = plt.subplots(2, figsize=(3, 3))\naxes[0].plot([1]); plt.show()\n"
        "def good():\n    plt.figure().savefig('x')\n    return 1\n"
        "def attack():\n    import scipy\n"
    )
    assert session.call("good").value == 1
    assert session.notes == ()
    assert fault_of(session).public.endswith("No module named 'scipy'")


def test_what_a_file_does_as_a_program_is_not_done(run):
    assert run("def good():\n    return __name__\nif __name__ == '__main__':\n    1 / 0\n").call(
        "good"
    ).value == "submission"  # fmt: skip


# Faults


def test_a_stub_is_missing_and_says_which_function(run):
    fault = fault_of(run(STUB), args=(1,))
    assert (fault.fault, fault.public) == ("missing", "`attack` is not filled in yet.")


def test_a_stub_that_another_function_calls_is_named(run):
    session = run(STUB + "def good(x):\n    return attack(x) + 1\n")
    fault = fault_of(session, "good", (1,))
    assert (fault.fault, fault.public) == ("missing", "`attack` is not filled in yet.")


def test_a_stub_line_that_still_stands_below_an_answer_is_named(run):
    fault = fault_of(run(STUB.replace("# 1. Begin.", "y = x")), args=(1,))
    assert fault.fault == "missing"
    assert "`attack` is not finished: `raise NotImplementedError` in line 5 of cell_0" in (
        fault.public
    )


def test_a_deliberate_not_implemented_error_is_an_exception(run):
    session = run("def attack(x):\n    if x:\n        raise NotImplementedError('even kernels')\n")
    fault = fault_of(session, args=(1,))
    assert (fault.fault, fault.exception) == ("exception", "NotImplementedError")
    assert fault.private == "even kernels"


def test_a_function_that_is_not_there_is_missing(run):
    fault = fault_of(run("good = 3\n"), "good")
    assert fault.fault == "missing"
    assert fault.public == "`good` is not defined in this submission."


def test_an_exception_names_the_line_and_shows_only_what_holds_no_values(run):
    session = run(
        "def attack(x):\n    y = x\n    return helper(y)\n",
        "def helper(y):\n    return y @ y[:, :2]\n",
        "def good(x):\n    raise ValueError(f'secret {x[0]}')\n",
    )
    fault = fault_of(session, args=(np.ones((4, 3)),))
    assert fault.public == (
        "`attack` stopped with ValueError in line 2 of cell_1: matmul: Input operand 1 has a "
        "mismatch in its core dimension 0, with gufunc signature (n?,k),(k,m?)->(n?,m?) "
        "(size 4 is different from 3)"
    )
    fault = fault_of(session, "good", (np.array([0.8125]),))
    assert fault.public == "`good` stopped with ValueError in line 2 of cell_2."
    assert fault.private == "secret 0.8125"


def test_an_exception_of_the_learners_own_is_known_by_its_built_in_class(run):
    session = run("class Shape(ValueError):\n    pass\ndef attack():\n    raise Shape('3 and 4')\n")
    fault = fault_of(session)
    assert fault.exception == "ValueError"
    assert "stopped with Shape in line 4" in fault.public
    assert fault.private == "3 and 4"


def test_a_function_that_had_to_be_stopped_twice_is_not_run_again(run, tmp_path):
    runs = tmp_path / "runs"
    session = run(
        f"def attack():\n    open({str(runs)!r}, 'a').write('.')\n    import os; os._exit(3)\n"
        "def good():\n    return 1\n"
    )
    first, second, third = (fault_of(session) for _ in range(3))
    assert [first.fault, second.fault, third.fault] == ["crash"] * 3
    assert "not run again" not in second.public
    assert third.public.startswith("`attack` was not run again")
    assert runs.read_text() == ".."
    assert session.call("good").value == 1


def test_a_cache_of_a_worker_that_is_gone_is_refused(run):
    session = run(
        "def good(x):\n    return x, x\ndef attack():\n    import os; os._exit(0)\n"
        "def use(c):\n    return c\n"
    )
    cache = session.call("good", (1,), keep=(1,)).value[1]
    assert session.call("use", (cache,)).value == 1
    fault_of(session)
    fault = fault_of(session, "use", ([cache],))
    assert fault.fault == "crash"
    assert "is gone" in fault.public


def test_a_submission_that_has_used_up_its_time_is_not_run(run):
    session = run(
        "def attack():\n    s = 0\n    for i in range(10**6):\n        s += i\n    return s\n",
        limits=Limits(total_cpu_seconds=0.2),
    )
    faults = []
    for _ in range(40):
        try:
            session.call("attack")
        except LearnerFault as fault:
            faults.append(fault)
    assert faults
    assert {f.fault for f in faults} == {"cpu"}
    assert "the whole submission is used up" in faults[-1].public


def test_what_a_program_prints_is_kept_for_the_grader_and_does_not_disturb(run):
    session = run("print('loaded')\ndef good():\n    print('caf\\xe9\\x1b[31m')\n    return 1\n")
    assert session.call("good").value == 1
    assert session.output == "loaded\ncaf\xe9\ufffd[31m\n"


def test_closing_ends_the_worker_and_leaves_nothing_open(run):
    import os

    before = len(os.listdir("/proc/self/fd"))
    session = run("import os\ndef good():\n    return os.getpid()\n")
    pid = session.call("good").value
    os.kill(pid, 0)
    session.close()
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_submission_that_ends_its_worker_all_the_time_is_not_started_for_ever(run):
    ends = "import os\nclass A:\n    os._exit(0)\n"
    session = run(*[ends] * 9, "def attack():\n    return 1\n", limits=Limits(starts=4))
    fault = fault_of(session)
    assert (fault.fault, "too often" in fault.public) == ("crash", True)
    assert fault_of(session, "good").fault == "crash"


def test_all_replies_together_are_bounded(run):
    session = run(
        "import numpy as np\ndef attack():\n    return np.ones(1000)\ndef good():\n    return 1\n",
        limits=Limits(total_reply_bytes=20_000),
    )
    assert session.call("attack").value.size == session.call("attack").value.size == 1000
    assert fault_of(session).fault == "type"
    assert session.call("good").value == 1
