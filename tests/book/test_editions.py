"""Two editions: what instructors see, and students do not."""

import html
import re

import pytest

from autograder.course import find_course
from autograder.exercise import load_exercise
from autograder.testing import graded_tests

pytestmark = pytest.mark.book

COURSE = find_course(__file__)


def words(page):
    """Return the words of a page, without tags and with single spaces."""
    text = re.sub(r"<(script|style|template)\b.*?</\1>", " ", page, flags=re.DOTALL)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", "", text)))


def squeezed(text):
    return re.sub(r"[\s`*$]+", "", text).translate(str.maketrans("’‘“”", "''\"\""))


@pytest.mark.parametrize("slug", COURSE.slugs())
def test_the_instructors_page_has_every_test_and_every_answer(instructors_book, slug):
    page = words((instructors_book / f"book/{slug}.html").read_text(encoding="utf-8"))
    tests = graded_tests(COURSE.module(COURSE.hidden_tests_path(slug)))
    shown = squeezed(page)
    for test in tests:
        assert squeezed(test.title).rstrip(".") in shown, test.id
    exercise = load_exercise(COURSE, slug)
    for name in exercise.answers:
        last_line = exercise.functions[name].source.rstrip().splitlines()[-1]
        assert squeezed(last_line) in shown, name
    assert "Model answer" in page


@pytest.mark.parametrize("slug", COURSE.slugs())
def test_the_students_page_has_no_test_and_says_nothing_to_instructors(built_book, slug):
    page = (built_book / f"book/{slug}.html").read_text(encoding="utf-8")
    assert "cnn-instructor" not in page
    shown = squeezed(words(page))
    for test in graded_tests(COURSE.module(COURSE.hidden_tests_path(slug))):
        assert squeezed(test.title) not in shown, test.id


def test_each_edition_says_which_it_is(built_book, instructors_book):
    warning = "it holds the answers"
    assert warning in (instructors_book / "book/index.html").read_text(encoding="utf-8")
    assert warning not in (built_book / "book/index.html").read_text(encoding="utf-8")


def test_both_editions_have_the_same_pages(built_book, instructors_book):
    names = {path.relative_to(built_book) for path in built_book.rglob("*.html")}
    assert names == {
        path.relative_to(instructors_book) for path in instructors_book.rglob("*.html")
    }
