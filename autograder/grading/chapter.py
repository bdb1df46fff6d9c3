"""All that grading one chapter needs of the course's trusted files."""

from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType

import yaml

from autograder.errors import CourseError
from autograder.testing import (
    GradedTest,
    Misconception,
    graded_tests,
    misconceptions,
    mistakes_of,
    reference_functions,
)

__all__ = ["Chapter", "load_chapter", "section_link"]


@dataclass(frozen=True)
class Chapter:
    """The hidden tests, the reference and the catalogue of one chapter.

    Attributes
    ----------
    slug : str
        The chapter.
    tests : tuple of GradedTest
        In their file's order.
    reference : module
        The reference.
    functions : dict of str to callable
        The reference's functions.
    entries : tuple of Misconception
        The catalogue, in its file's order.
    mistakes : tuple of Mistake
        One for each entry.
    book : str
        The address of the built book, with a slash at its end; empty for addresses relative to it.
    """

    slug: str
    tests: tuple[GradedTest, ...]
    tests_module: ModuleType
    reference: ModuleType
    functions: dict[str, Callable]
    entries: tuple[Misconception, ...]
    mistakes: tuple
    book: str

    def link(self, section):
        """Give the address of a section.

        Parameters
        ----------
        section : str
            Its label.

        Returns
        -------
        link : str
            The address in the built book.
        """
        return _address(self.book, self.slug, section)


_chapters = {}


def _book_address(course):
    """Read where the book is published, from Jupyter Book's own setting ``html: baseurl:``."""
    path = course.root / "_config.yml"
    if not path.is_file():
        return ""
    config = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
    address = str((config.get("html") or {}).get("baseurl") or "")
    return address.rstrip("/") + "/" if address else ""


def section_link(course, slug, section):
    """Give the address of a section of the book.

    The one setting is ``html: baseurl:`` in the course's ``_config.yml``; without it the address is
    relative to the built book.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    section : str
        The section's label.

    Returns
    -------
    link : str
        The address.
    """
    return _address(_book_address(course), slug, section)


def _address(book, slug, section):
    # Sphinx turns the label `batch_norm-eps` into the id `batch-norm-eps`.
    return f"{book}book/{slug}.html#{section.replace('_', '-').lower()}"


def load_chapter(course, slug):
    """Load what grading one chapter needs.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    chapter : Chapter
        The same object as long as no file has changed.

    Raises
    ------
    CourseError
        If a file is missing or wrong, or a test judges a function that the reference has not.
    """
    reference = course.reference(slug)
    tests_module = course.module(course.hidden_tests_path(slug))
    path = course.misconceptions_path(slug)
    catalogue = course.module(path) if path.is_file() else None
    book = _book_address(course)
    known = _chapters.get((course.root, slug))
    if known and known[0] == (reference, tests_module, catalogue, book):
        return known[1]
    tests = tuple(graded_tests(tests_module))
    functions = reference_functions(reference)
    for test in tests:
        if test.function not in functions:
            raise CourseError(
                f"hidden test {test.id} judges {test.function}, which solutions/{slug}.py lacks",
                remedy=f"use one of: {', '.join(functions)}",
            )
    entries = tuple(misconceptions(catalogue)) if catalogue else ()
    chapter = Chapter(
        slug=slug,
        tests=tests,
        tests_module=tests_module,
        reference=reference,
        functions=functions,
        entries=entries,
        mistakes=tuple(mistakes_of(reference, [entry]) for entry in entries),
        book=book,
    )
    _chapters[course.root, slug] = ((reference, tests_module, catalogue, book), chapter)
    return chapter
