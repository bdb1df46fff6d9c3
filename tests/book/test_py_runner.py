"""What runs a learner's code in the page, tried without a page."""

import base64
import json
import runpy
import zlib

import pytest

CHECK = "assert double(2) == 4, 'double(2) gave another number'\nprint('checked')\n"


@pytest.fixture(scope="module")
def run_cells(root):
    module = runpy.run_path(str(root / "book" / "_static" / "cnn" / "py_runner.py"))
    return lambda *arguments: json.loads(module["run"](*arguments))


@pytest.fixture
def run(run_cells):
    """Run what comes before, a learner's code, and a check of it."""

    def run(code, check, *before):
        return run_cells([*before, ("yours", "double", code), ("check", "twice", check)])

    return run


def test_right_code_passes_and_its_output_is_kept(run):
    report = run("print('mine')\ndef double(x):\n    return 2 * x\n", CHECK)
    assert report["outcome"] == "passed"
    assert report["output"] == "mine\nchecked\n"


def test_a_failed_check_gives_its_own_message(run):
    report = run("def double(x):\n    return x\n", CHECK)
    assert (report["outcome"], report["message"]) == ("failed", "double(2) gave another number")
    assert report["place"] == "the check"


def test_an_assertion_of_the_learner_is_not_taken_for_the_check(run):
    report = run("def double(x):\n    assert x > 5, 'small'\n    return 2 * x\n", CHECK)
    assert report["outcome"] == "error"
    assert (report["place"], report["line"]) == ("your code", 2)
    assert report["message"] == "AssertionError: small"


def test_an_exception_points_at_the_innermost_line_of_the_learner(run):
    code = "def helper(x):\n    return x / 0\n\ndef double(x):\n    return helper(x)\n"
    report = run(code, CHECK)
    assert report["message"] == "ZeroDivisionError: division by zero"
    assert (report["line"], report["source"]) == (2, "return x / 0")


def test_an_exception_in_a_library_points_at_the_line_that_called_it(run):
    report = run("import json\ndef double(x):\n    return json.loads('{')\n", CHECK)
    assert (report["place"], report["line"]) == ("your code", 3)


@pytest.mark.parametrize("code", ["def double(x)\n    return x\n", "x = (1,\n", "if True:\n"])
def test_a_syntax_error_names_a_line_that_is_there(run, code):
    report = run(code, CHECK)
    assert report["outcome"] == "error"
    assert "Error: " in report["message"]
    assert report["place"] == "your code"
    assert 1 <= report["line"] <= len(code.splitlines())


def test_an_untouched_stub_is_unwritten_and_not_wrong(run):
    report = run("def double(x):\n    raise NotImplementedError('Replace this line')\n", CHECK)
    assert (report["outcome"], report["line"]) == ("unwritten", 2)


@pytest.mark.parametrize("code", ["import sys\nsys.exit(3)\n", "raise KeyboardInterrupt\n"])
def test_leaving_python_does_not_end_the_worker(run, code):
    assert run(code, CHECK)["outcome"] == "error"


def test_output_is_cut_off_before_it_freezes_the_page(run):
    report = run("for _ in range(9000):\n    print('0123456789')\n", "")
    assert len(report["output"]) < 21_000
    assert report["output"].endswith("characters more")


def test_empty_code_and_an_empty_check_pass_nothing_on(run):
    assert run("", "")["outcome"] == "passed"
    missing = "NameError: name 'double' is not defined. Is it defined in your code"
    assert run("", CHECK)["message"].startswith(missing)


def test_earlier_cells_come_first_and_what_they_print_is_lost(run):
    report = run(
        "def double(x):\n    return half(4 * x)\n",
        "assert same(double(2), 4)",
        ("code", "", "def same(a, b):\n    return a == b\nprint('hidden')\n"),
        ("earlier", "half", "def half(x):\n    return x // 2\n"),
    )
    assert (report["outcome"], report["output"]) == ("passed", "")
    assert (report["passed"], report["stage"]) == (["twice"], "")


def test_an_earlier_check_that_fails_still_makes_what_later_ones_use(run):
    report = run(
        "def double(x):\n    return 2 * x\n",
        "assert double(two) == 4",
        ("earlier", "half", "def half(x):\n    raise NotImplementedError\n"),
        ("code", "halves", "assert half(4) == 2, 'no'\ntwo = 2\n"),
    )
    assert report["outcome"] == "passed"


def test_a_call_of_an_earlier_answer_that_is_missing_says_what_to_write(run):
    report = run(
        "def double(x):\n    return half(4 * x)\n",
        CHECK,
        ("earlier", "half", "def half(x):\n    raise NotImplementedError('Replace')\n"),
    )
    assert (report["outcome"], report["line"]) == ("needs", None)
    assert report["message"] == "This stage calls your half, which is not written yet."


def test_an_error_in_an_earlier_answer_is_told_by_its_name(run):
    report = run(
        "def double(x):\n    return half(x)\n",
        CHECK,
        ("earlier", "half", "def half(x):\n    return x / 0\n"),
    )
    assert (report["place"], report["line"]) == ("your code for half", 2)


def test_a_name_that_an_earlier_stage_has_not_made_is_explained(run):
    report = run("", "assert gradient == 2")
    assert report["message"].startswith("NameError: name 'gradient' is not defined. An earlier")


def test_every_stage_of_an_answer_is_told_apart(run_cells):
    cells = [
        ("yours", "double", "def double(x):\n    return x + 2\n"),
        ("check", "two", "assert double(2) == 4"),
        ("code", "", "three = 3"),
        ("check", "three", "assert double(three) == 6, 'wrong'"),
        ("check", "four", "assert double(4) == 8"),
    ]
    report = run_cells(cells)
    assert (report["outcome"], report["passed"], report["stage"]) == ("failed", ["two"], "three")


def test_given_layers_can_be_imported_and_are_gone_without_them(run_cells):
    packed = base64.b64encode(zlib.compress(b"def twice(x):\n    return 2 * x\n")).decode()
    cells = [("yours", "double", "import given\nassert given.twice(3) == 6\n")]
    assert run_cells(cells, packed)["outcome"] == "passed"
    assert "No module named 'given'" in run_cells(cells)["message"]
