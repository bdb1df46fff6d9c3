"""What runs a learner's code in the page, tried without a page."""

import json
import runpy

import pytest

CHECK = "assert double(2) == 4, 'double(2) gave another number'\nprint('checked')\n"


@pytest.fixture(scope="module")
def run(root):
    module = runpy.run_path(str(root / "book" / "_static" / "cnn" / "py_runner.py"))
    return lambda *arguments, **options: json.loads(module["run"](*arguments, **options))


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
    assert run("", CHECK)["message"] == "NameError: name 'double' is not defined"


def test_earlier_stages_and_helpers_come_first_and_what_helpers_print_is_lost(run):
    report = run(
        "def double(x):\n    return half(4 * x)\n",
        "assert same(double(2), 4)",
        helpers="def same(a, b):\n    return a == b\nprint('hidden')\n",
        needed=[("half", "def half(x):\n    return x // 2\n")],
    )
    assert (report["outcome"], report["output"]) == ("passed", "")


def test_an_error_in_an_earlier_stage_is_told_by_its_name(run):
    report = run("", CHECK, needed=[("half", "1 / 0")])
    assert (report["place"], report["line"]) == ("your code for half", 1)
