"""What learners were given: the released notebooks that their answers are put into."""

from functools import lru_cache

import nbformat

from autograder.errors import CourseError
from autograder.intake.rebuild import answer_functions
from autograder.release import pristine_notebook

__all__ = ["asked_functions", "release_of"]


def release_of(course, slug):
    """Read a chapter's notebook as it was released.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    NotebookNode
        Shared by all who ask: not to be changed.

    Raises
    ------
    CourseError
        If it cannot be read.
    """
    path = pristine_notebook(course, slug)
    try:
        return _read(path, path.stat().st_mtime_ns)
    except (OSError, ValueError, nbformat.reader.NotJSONError) as error:
        raise CourseError(
            f"the released notebook {course.relative(path)} cannot be read: {error}",
            remedy="autograder build",
        ) from error


def asked_functions(course, slug):
    """Return the functions that a chapter asks for.

    This is asked for each file of a class and each chapter: while the chapter's files have the
    same times, it is not looked up anew.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    tuple of str
        In the notebook's order.
    """
    sources = (course.exercise_path, course.reference_path, course.notebook_path)
    paths = [source(slug) for source in sources]
    times = tuple(path.stat().st_mtime_ns if path.is_file() else 0 for path in paths)
    return _asked(course, slug, times)


@lru_cache(maxsize=64)
def _asked(course, slug, _times):
    return answer_functions(release_of(course, slug))


@lru_cache(maxsize=32)
def _read(path, _modified):
    return nbformat.read(path, as_version=4)
