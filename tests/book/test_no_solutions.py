"""The book that students read shows no graded function's body: no page, source, index, download."""

import html
import inspect
import io
import re
import tokenize

import pytest

from autograder.course import Course
from autograder.exercise import load_exercise

pytestmark = pytest.mark.book

_TEXT = {".html", ".md", ".txt", ".js", ".json", ".ipynb", ".py", ".svg", ".inv", ".css"}
_SHORTEST = 24  # a line of a body that is as long as this is nobody's by chance


def squeezed(text):
    return re.sub(r"\s+", "", text)


def body_lines(source, stub):
    """Return the lines of a function that its stub does not show, without comments."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    code = list(source.splitlines())
    for token in tokens:
        if token.type == tokenize.COMMENT:
            row, column = token.start
            code[row - 1] = code[row - 1][:column]
    shown = squeezed(stub)
    lines = {squeezed(line) for line in code}
    return {line for line in lines if len(line) >= _SHORTEST and line not in shown}


@pytest.fixture(scope="module")
def hidden_lines(root):
    course = Course(root)
    lines = {}
    for slug in course.slugs():
        exercise = load_exercise(course, slug)
        module = course.reference(slug)
        for function in exercise.answers:
            found = body_lines(
                inspect.getsource(getattr(module, function)), exercise.stub(function)
            )
            lines |= dict.fromkeys(found, f"{slug}.{function}")
    return lines


def leaks(text, hidden_lines):
    # As a reader sees it: highlighted code is one element a word; JSON has quotes in its strings.
    seen = squeezed(html.unescape(re.sub(r"<[^>]+>", "", text))).replace('\\"', '"')
    return sorted(f"{name}: {line}" for line, name in hidden_lines.items() if line in seen)


def test_no_file_of_the_book_holds_a_line_of_an_answer(built_book, hidden_lines):
    assert len(hidden_lines) >= 10
    found = {}
    files = [
        path
        for path in built_book.rglob("*")
        if path.suffix in _TEXT and "vendor" not in path.parts
    ]
    assert {".html", ".md", ".js", ".ipynb"} <= {path.suffix for path in files}
    for path in files:
        if leaked := leaks(path.read_text(encoding="utf-8", errors="replace"), hidden_lines):
            found[path.relative_to(built_book).as_posix()] = leaked
    assert found == {}


def test_the_search_for_answers_finds_one_in_highlighted_code(hidden_lines):
    page = "<pre><span>dbias</span> <span>=</span> <span>dout</span>.sum(axis=(0, 2, 3))</pre>"
    assert leaks(page, hidden_lines) == [
        "convolution.conv2d_backward: dbias=dout.sum(axis=(0,2,3))"
    ]
