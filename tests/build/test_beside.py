"""Files of the course that are copied beside a notebook: one source, and every way out of it."""

import pytest

from autograder.beside import HANDED_OUT, copies, write_beside
from autograder.bundle import bundle_files
from autograder.cli import main
from autograder.course import find_course
from autograder.errors import CourseError, DriftError
from autograder.release import build_exercise, check_exercise

_DATA = bytes(range(256))


@pytest.fixture
def course(small_course, edit):
    """Give a course whose chapter means has a loop and data beside its notebook."""
    (small_course.root / "data").mkdir()
    (small_course.root / "data" / "numbers.npz").write_bytes(_DATA)
    (small_course.root / "solutions" / "training.py").write_text("x = 1\n", encoding="utf-8")
    _list(edit, small_course, "solutions/training.py, data/numbers.npz")
    return small_course


def _list(edit, course, entries):
    head = "given: [sums.total_forward]\n"
    edit(course.exercise_path("means"), head, f"{head}beside: [{entries}]\n")


def test_the_build_copies_them_and_notes_an_edit(course):
    assert build_exercise(course, "means").state == "made"
    folder = course.release_dir("means")
    assert (folder / "numbers.npz").read_bytes() == _DATA
    assert (folder / "training.py").read_text("utf-8") == "x = 1\n"
    assert (course.build_dir / "nbgrader" / "source" / "means" / "numbers.npz").is_file()
    assert build_exercise(course, "means").state == "unchanged"
    (course.root / "data" / "numbers.npz").write_bytes(_DATA[::-1])
    assert build_exercise(course, "means").state == "made"
    assert (folder / "numbers.npz").read_bytes() == _DATA[::-1]
    (folder / "numbers.npz").unlink()
    assert build_exercise(course, "means").state == "made"
    assert (folder / "numbers.npz").is_file()


def test_what_is_not_listed_anymore_is_taken_away(course, edit):
    build_exercise(course, "means")
    edit(course.exercise_path("means"), "solutions/training.py, ", "")
    build_exercise(course, "means")
    names = {path.name for path in course.release_dir("means").iterdir()}
    assert names == {"given.py", "means.ipynb", "numbers.npz"}


def test_a_copy_that_was_changed_or_a_missing_module_is_drift_and_missing_data_is_not(course):
    build_exercise(course, "means")
    folder = course.release_dir("means")
    check_exercise(course, "means")
    # Data is not committed there: in a fresh clone it is missing until the build.
    (folder / "numbers.npz").unlink()
    check_exercise(course, "means")
    (folder / "numbers.npz").write_bytes(b"other")
    with pytest.raises(DriftError, match=r"means/numbers\.npz: it is not the file"):
        check_exercise(course, "means")
    (folder / "numbers.npz").unlink()
    (folder / "training.py").unlink()
    with pytest.raises(DriftError, match=r"means/training\.py: it is missing"):
        check_exercise(course, "means")


def test_bundles_carry_them(course):
    for self_study in (False, True):
        files = bundle_files(course, ["means"], self_study=self_study)
        assert files["exercises/means/numbers.npz"] == _DATA
        assert files["exercises/means/training.py"] == b"x = 1\n"
        assert ("data/numbers.npz" in files) == self_study
        assert ("solutions/training.py" in files) == self_study


def test_whoever_runs_a_notebook_can_have_them_beside_it(course, tmp_path):
    names = write_beside(course, "means", tmp_path)
    assert sorted(names) == ["given.py", "numbers.npz", "training.py"]
    assert (tmp_path / "numbers.npz").read_bytes() == _DATA
    assert write_beside(course, "sums", tmp_path) == []


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ("data/nothing.npz", "beside: data/nothing.npz is missing"),
        ("../secret.py", "'../secret.py' is no path in the course"),
        ("/etc/hostname", "'/etc/hostname' is no path in the course"),
        ("solutions/sums.py", "sums.py would be taken for a learner's answer"),
    ],
)
def test_what_cannot_be_copied_is_named(small_course, edit, entries, said):
    _list(edit, small_course, entries)
    with pytest.raises(CourseError, match=said):
        copies(small_course, "means")


def test_the_command_names_a_file_that_is_missing(course, monkeypatch, capsys):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(course.root))
    (course.root / "data" / "numbers.npz").unlink()
    assert main(["build", "means"]) == 2
    said = capsys.readouterr().err
    assert "beside: data/numbers.npz is missing" in said
    assert "git checkout data/numbers.npz" in said


def test_only_files_that_are_handed_out_are_no_answers():
    course = find_course(__file__)
    names = {name for slug in course.slugs() for name in copies(course, slug)}
    python = {name for name in names if name.endswith(".py")}
    assert python | {"given.py"} == HANDED_OUT
    assert python.isdisjoint(f"{slug}.py" for slug in course.slugs())
