import subprocess
import sys

import numpy as np
import pytest

from autograder.errors import CourseError
from autograder.given import given_source, modules_behind
from autograder.release import build_exercise


def _run(source):
    namespace = {}
    exec(compile(source, "given.py", "exec"), namespace)
    return namespace


def _add_chapter(course, slug, given, solution):
    """Add a chapter that only gives and is given."""
    course.reference_path(slug).write_text(solution, encoding="utf-8")
    course.exercise_path(slug).write_text(
        f"---\ntitle: {slug}\nminutes: 1\ngiven: [{given}]\n---\n\nText.\n", encoding="utf-8"
    )


def test_a_chapter_that_is_given_nothing_has_no_source(small_course):
    assert given_source(small_course, "sums") == ""


def test_the_given_function_comes_with_what_it_needs_and_no_more(small_course):
    source = given_source(small_course, "means")
    given = _run(source)
    assert given["total_forward"](np.ones(3)) == (6.0, (3,))
    assert given["__all__"] == ["total_forward"]
    assert {"_doubled", "_FACTOR", "np", "math"} <= set(given)
    assert "total_backward" not in source
    assert "given_for" not in source


def test_the_reference_sees_what_the_learner_is_given(small_course):
    given = small_course.reference("means").given
    assert given.total_forward(np.ones(3)) == _run(given_source(small_course, "means"))[
        "total_forward"
    ](np.ones(3))
    assert not hasattr(given, "total_backward")
    assert small_course.reference("means").mean_forward(np.ones(4)) == 2.0


def test_given_is_released_beside_the_notebook_and_imports_there(small_course):
    build_exercise(small_course, "means")
    folder = small_course.release_dir("means")
    assert sorted(path.name for path in folder.iterdir()) == ["given.py", "means.ipynb"]
    program = "import given, numpy; print(given.total_forward(numpy.ones(3))[0])"
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "6.0\n"


def test_given_leaves_with_the_last_entry(small_course, edit):
    build_exercise(small_course, "means")
    edit(small_course.exercise_path("means"), "given: [sums.total_forward]", "given: []")
    build_exercise(small_course, "means")
    assert [path.name for path in small_course.release_dir("means").iterdir()] == ["means.ipynb"]


def test_layers_given_in_turn_come_along_privately(small_course):
    _add_chapter(small_course, "spreads", "means.mean_forward", "import numpy as np\n")
    source = given_source(small_course, "spreads")
    given = _run(source)
    assert given["mean_forward"](np.ones(4)) == 2.0
    assert given["__all__"] == ["mean_forward"]
    assert "total_forward" not in given
    assert "given." not in source.partition('"""\n')[2]


def test_a_long_list_of_names_is_written_as_a_formatter_leaves_it(small_course):
    names = [f"layer_{i}_of_a_name_that_is_rather_long" for i in range(3)]
    text = "\n\n\n".join(f'def {name}(x):\n    """Nothing."""\n    return x\n' for name in names)
    _add_chapter(small_course, "long", "", text)
    _add_chapter(small_course, "user", ", ".join(f"long.{name}" for name in names), "\n")
    source = given_source(small_course, "user")
    assert _run(source)["__all__"] == names
    assert max(map(len, source.splitlines())) <= 100
    assert f'__all__ = [\n    "{names[0]}",\n' in source


def test_two_helpers_of_one_name_do_not_meet(small_course):
    _add_chapter(
        small_course,
        "tens",
        "",
        '_FACTOR = 10\n\n\ndef tens_forward(x):\n    """Times ten."""\n    return _FACTOR * x\n',
    )
    _add_chapter(small_course, "both", "sums.total_forward, tens.tens_forward", "\n")
    given = _run(given_source(small_course, "both"))
    assert given["tens_forward"](3) == 30
    assert given["total_forward"](np.ones(3))[0] == 6.0


def test_only_a_name_is_renamed_and_not_what_looks_like_it(small_course):
    _add_chapter(
        small_course,
        "tens",
        "",
        '_FACTOR = 10  # ü\n\n\ndef tens_forward(x):\n    """Uses _FACTOR."""\n'
        '    name = {"ü": "_FACTOR", "x": _FACTOR}\n    return x * name["x"], name["ü"]\n',
    )
    _add_chapter(small_course, "both", "sums.total_forward, tens.tens_forward", "\n")
    assert _run(given_source(small_course, "both"))["tens_forward"](3) == (30, "_FACTOR")


WRONG = {
    "means.median": "given lists means.median, but solutions/means.py does not hold it",
    "sums.total_forward, means.total_forward": "lists total_forward twice",
    "products.product_forward": r"solutions/products\.py is missing",
}


@pytest.mark.parametrize("entries", WRONG)
def test_a_wrong_entry_is_named_with_a_remedy(small_course, entries):
    _add_chapter(small_course, "wrong", entries, "\n")
    with pytest.raises(CourseError, match=WRONG[entries]) as caught:
        given_source(small_course, "wrong")
    assert caught.value.remedy


def test_chapters_given_each_other_in_a_circle_are_refused(small_course, edit):
    edit(small_course.exercise_path("sums"), "given: []", "given: [means.mean_forward]")
    edit(
        small_course.reference_path("sums"),
        "doubled = _doubled(x)",
        "doubled = given.mean_forward(x)",
    )
    with pytest.raises(CourseError, match="in a circle: means -> sums -> means"):
        given_source(small_course, "means")


def test_a_call_of_what_a_chapter_was_not_given_is_refused(small_course, edit):
    _add_chapter(small_course, "spreads", "means.mean_forward", "\n")
    edit(small_course.reference_path("means"), "given.total_forward", "given.total_backward")
    with pytest.raises(
        CourseError, match=r"calls given\.total_backward, which exercises/means\.md"
    ):
        given_source(small_course, "spreads")


def test_a_name_that_cannot_be_copied_is_refused(small_course, edit):
    edit(small_course.reference_path("sums"), "_FACTOR = math", "_FACTOR, _OTHER = 1, math")
    with pytest.raises(CourseError, match="_doubled needs _FACTOR"):
        given_source(small_course, "means")


def _add_faster_sum(course):
    """Add a module that is no chapter, and a chapter that is given its layer."""
    course.reference_path("faster").write_text(
        "import math\n\nfrom solutions.sums import _FACTOR\n"
        "from solutions.sums import total_forward as slow_total\n\n"
        "def total_forward(x):\n"
        '    """Add up."""\n'
        "    return slow_total(x) if x.ndim > 1 else (_FACTOR * math.fsum(x), x.shape)\n",
        encoding="utf-8",
    )
    _add_chapter(course, "last", "faster.total_forward", "")


def test_a_layer_of_a_module_that_is_no_chapter_comes_with_what_it_imports(small_course):
    _add_faster_sum(small_course)
    source = given_source(small_course, "last")
    given = _run(source)
    assert given["total_forward"](np.ones(3)) == (6.0, (3,))
    assert given["total_forward"](np.ones((1, 4))) == (8.0, (1, 4))
    assert given["__all__"] == ["total_forward"]
    assert "_sums_total_forward(x) if" in source
    assert "solutions" not in source


def test_what_a_chapter_is_made_from_is_found_through_heads_and_imports(small_course):
    _add_faster_sum(small_course)
    assert modules_behind(small_course, ["last"]) == ["faster", "last", "sums"]
    assert modules_behind(small_course, ["means"]) == ["means", "sums"]
    assert modules_behind(small_course, ["sums", "means"]) == ["means", "sums"]


def test_an_edit_in_a_module_that_is_no_chapter_makes_the_notebook_anew(small_course, edit):
    _add_faster_sum(small_course)
    edit(small_course.exercise_path("means"), "[sums.total_forward]", "[faster.total_forward]")
    assert build_exercise(small_course, "means").state == "made"
    assert build_exercise(small_course, "means").state == "unchanged"
    edit(small_course.reference_path("faster"), "x.ndim > 1", "x.ndim > 2")
    assert build_exercise(small_course, "means").state == "made"
    assert "x.ndim > 2" in (small_course.release_dir("means") / "given.py").read_text("utf-8")
