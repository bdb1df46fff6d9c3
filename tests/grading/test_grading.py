"""Grading a program: in a worker, by seed, and with the grader's faults kept apart."""

import pytest

from autograder.errors import CourseError, SandboxError
from autograder.grading import grade_program, load_chapter, section_link, ungraded_report
from autograder.report import Report, to_json
from autograder.sandbox import Cell, Program, best_backend
from autograder.sandbox.backends import Backend

WRONG = ("return x * gain + shift, (x, gain)", "return x * gain, (x, gain)")


@pytest.fixture
def grade(course, plain):
    def run(program, *, seed=5, course=course, backend=plain):
        return grade_program(course, "affine", program, backend=backend, seed=seed)

    return run


def _json(graded, seed):
    report = graded.report(student="s", assignment="affine", source="s.py")
    return to_json(Report("none", seed, (report,)))


def test_the_reference_gets_all_points(grade, program):
    graded = grade(program())
    assert (graded.status, graded.score, graded.max_score) == ("graded", 15, 15)
    assert {name: each.max_score for name, each in graded.functions.items()} == {
        "mean_square": 1,
        "affine_forward": 7,
        "affine_backward": 7,
    }


@pytest.mark.sandbox
def test_it_works_in_the_real_sandbox(grade, program):
    try:
        backend = best_backend()
    except SandboxError as error:
        pytest.skip(str(error))
    graded = grade(program(WRONG), backend=backend)
    named = {test.id: test.misconception for test in graded.tests if test.outcome == "failed"}
    assert named == dict.fromkeys(("test_forward", "test_forward_of_zeros"), "shift_forgotten")


def test_each_test_gives_its_own_points(grade, program):
    graded = grade(program(WRONG))
    failed = [test.id for test in graded.tests if test.outcome == "failed"]
    assert (failed, graded.score) == (["test_forward", "test_forward_of_zeros"], 11)


def test_no_time_goes_into_tracebacks_of_failed_tests(grade, program, monkeypatch):
    def refuse(*_):
        pytest.fail("pytest looks up the source of a failed test")

    monkeypatch.setattr("_pytest._code.code.getstatementrange_ast", refuse)
    assert grade(program(WRONG)).score == 11


def test_a_function_that_is_not_there_costs_its_own_points_only(grade, program):
    assert grade(program(("def mean_square(", "def other("))).score == 14


def test_the_same_seed_gives_the_same_report_and_another_seed_other_numbers(grade, program):
    wrong = program(("return x * gain + shift", "return x * gain + (x > 7654) + shift"))
    first, again, other = grade(wrong), grade(wrong), grade(wrong, seed=6)
    assert _json(first, 5) == _json(again, 5)
    assert [test.message for test in first.tests] != [test.message for test in other.tests]


def test_a_seed_below_zero_is_refused(grade, program):
    with pytest.raises(CourseError, match="seed"):
        grade(program(), seed=-1)


def test_no_report_holds_a_hidden_value(grade, program):
    programs = [
        program(("x * gain + shift", "x")),
        program(("    return x * gain + shift", "    raise ValueError(str(x))\n    return x")),
        program(("    return x * gain + shift", "    raise KeyError(x[0, 0])\n    return x")),
        program(("return dout * gain,", "return {'x': x},")),
        program(("return dout * gain,", "return 1 / 0,")),
    ]
    for each in programs:
        graded = grade(each)
        assert graded.score < graded.max_score
        assert "7654" not in _json(graded, 5).replace("7653", "7654")
        assert "31.25" not in _json(graded, 5)


def _broken(course_maker, old, new):
    return course_maker({"autograder/hidden_tests/test_affine.py": [(old, new)]})


def test_an_exception_in_a_hidden_test_is_the_graders_error(grade, program, make_course):
    line = 'check.returns("mean_square", _layer(rng)[0])'
    course = _broken(make_course, line, "raise ZeroDivisionError(str(_layer(rng)[0]))")
    graded = grade(program(), course=course)
    assert graded.status == "grader_error"
    (test,) = (each for each in graded.tests if each.outcome != "passed")
    assert (test.id, test.outcome, test.fault) == ("test_mean_square", "error", None)
    assert "not your mistake" in test.message
    assert any("ZeroDivisionError in test_affine.py, line" in note for note in graded.notes)
    assert "7654" not in _json(graded, 5)
    assert graded.score == 14


def test_a_plain_assert_in_a_hidden_test_is_the_graders_error(grade, program, make_course):
    course = _broken(make_course, 'check.returns("mean_square", _layer(rng)[0])', "assert False")
    assert grade(program(), course=course).status == "grader_error"


def test_a_reference_that_raises_is_the_graders_error(grade, program, make_course):
    course = make_course({"solutions/affine.py": [("(x * x).mean()", "x.nothing")]})
    graded = grade(program(), course=course)
    assert graded.status == "grader_error"
    assert next(each.outcome for each in graded.tests) == "error"


def test_a_sandbox_that_does_not_start_is_the_graders_error(grade, program):
    class Dead(Backend):
        def launch(self, limits):
            raise SandboxError("no room")

    graded = grade(program(), backend=Dead())
    assert graded.status == "grader_error"
    assert {test.outcome for test in graded.tests} == {"error"}


def test_hidden_tests_take_nothing_from_the_surroundings(
    grade, program, monkeypatch, make_course, capfd
):
    course = make_course({})
    folder = course.hidden_tests_path("affine").parent
    (folder / "conftest.py").write_text("raise SystemExit('conftest was loaded')\n")
    (folder / "pytest.ini").write_text("[pytest]\naddopts = --nonsense\n")
    monkeypatch.setenv("PYTEST_ADDOPTS", "--nonsense")
    monkeypatch.setenv("PYTEST_PLUGINS", "nonsense")
    assert grade(program(), course=course).score == 15
    assert capfd.readouterr().out == ""
    assert not list(folder.rglob("__pycache__"))


def test_two_courses_with_equal_file_names_are_kept_apart(grade, program, make_course):
    other = _broken(make_course, "points=3", "points=30")
    assert grade(program()).max_score == 15
    assert grade(program(), course=other).max_score == 42
    assert grade(program()).max_score == 15


def test_a_hidden_test_of_an_unknown_function_is_refused(make_course):
    course = _broken(make_course, '@graded("mean_square"', '@graded("nonsense"')
    with pytest.raises(CourseError, match="nonsense"):
        load_chapter(course, "affine")


def test_the_address_of_the_book_is_one_setting(make_course):
    course = make_course({})
    assert section_link(course, "affine", "a-b") == "book/affine.html#a-b"
    (course.root / "_config.yml").write_text("html:\n  baseurl: https://example.org/cnn/\n")
    assert section_link(course, "affine", "a-b") == "https://example.org/cnn/book/affine.html#a-b"
    assert load_chapter(course, "affine").link("a-b").startswith("https://example.org/cnn/book/")


def test_what_was_not_graded_keeps_its_maximum_and_its_status(course):
    report = ungraded_report(course, "affine", status="missing", student="s", source="s")
    assert (report.score, report.max_score, report.tests) == (0, 15, ())
    assert report.functions["affine_forward"].max_score == 7


def test_a_load_failure_is_noted_and_costs_its_own_functions(grade, source):
    cells = (Cell("answer_all", source, "answer"), Cell("answer_more", "def f(:\n", "answer"))
    program = Program(cells, ("mean_square", "affine_forward", "affine_backward", "f"))
    graded = grade(program)
    assert graded.score == 15
    assert any("answer_more" in note for note in graded.notes)


def test_what_numpy_warns_of_in_a_learners_result_is_judged_like_any_other(grade, program):
    # A signalling NaN; warnings are errors here.
    nan = "np.full(x.shape, 0x7FF0000000000001, np.uint64).view(np.float64), (x, gain)"
    for result in (nan, "np.full(x.shape, 0x7F800001, np.uint32).view(np.float32), (x, gain)"):
        graded = grade(program(("return x * gain + shift, (x, gain)", f"return {result}")))
        assert graded.status == "graded", graded.notes
