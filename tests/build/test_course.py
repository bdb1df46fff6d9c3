import pytest

import solutions.convolution
from autograder.course import Course, find_course
from autograder.errors import CourseError


def test_chapters_come_in_the_order_of_the_table_of_contents(small_course):
    assert small_course.slugs() == ("sums", "means")


def test_a_chapter_without_an_exercise_is_left_out(small_course):
    small_course.exercise_path("sums").unlink()
    assert small_course.slugs() == ("means",)


def test_a_missing_table_of_contents_is_named(small_course):
    (small_course.root / "_toc.yml").unlink()
    with pytest.raises(CourseError, match=r"_toc\.yml is missing") as caught:
        small_course.slugs()
    assert caught.value.remedy


def test_the_course_is_found_upward_from_a_folder_inside_it(small_course, monkeypatch):
    monkeypatch.delenv("CNN_COURSE_ROOT", raising=False)
    assert find_course(small_course.root / "exercises") == small_course


def test_the_environment_comes_before_the_working_folder(small_course, monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(small_course.root))
    assert find_course(tmp_path) == small_course


def test_an_environment_variable_that_names_no_course_is_an_error(monkeypatch, tmp_path):
    monkeypatch.setenv("CNN_COURSE_ROOT", str(tmp_path))
    with pytest.raises(CourseError, match="holds no course"):
        find_course()


def test_outside_of_any_course_the_installed_one_is_found(monkeypatch, tmp_path):
    monkeypatch.delenv("CNN_COURSE_ROOT", raising=False)
    assert find_course(tmp_path).reference_path("convolution").is_file()


def test_the_reference_of_the_installed_course_is_the_installed_module():
    assert find_course().reference("convolution") is solutions.convolution


def test_the_reference_of_another_course_is_its_own(small_course):
    reference = small_course.reference("sums")
    assert reference.__file__ == str(small_course.reference_path("sums"))
    assert small_course.reference("sums") is reference


def test_a_file_that_was_edited_is_loaded_anew(small_course, edit):
    before = small_course.reference("sums")
    edit(small_course.reference_path("sums"), "math.sqrt(4.0)", "math.sqrt(16.0)")
    assert small_course.reference("sums") is not before


def test_a_file_that_does_not_load_is_named_with_its_reason(small_course, edit):
    edit(small_course.reference_path("sums"), "import math\n", "import nonsense_module\n")
    with pytest.raises(CourseError, match=r"solutions/sums\.py does not load.*nonsense_module"):
        small_course.reference("sums")


def test_a_missing_file_is_named(small_course):
    with pytest.raises(CourseError, match=r"solutions/products\.py is missing"):
        small_course.reference("products")


def test_loading_leaves_nothing_beside_the_files(small_course):
    small_course.reference("sums")
    assert not list(small_course.root.rglob("__pycache__"))


def test_alternatives_are_sorted(small_course):
    folder = small_course.root / "autograder" / "alternatives" / "sums"
    folder.mkdir(parents=True)
    for name in ("loops.py", "einsum.py", "notes.txt"):
        (folder / name).touch()
    assert [path.name for path in small_course.alternatives("sums")] == ["einsum.py", "loops.py"]
    assert Course(small_course.root).alternatives("means") == []
