"""What the directives read from the course: its exercises."""

from pathlib import Path

from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercise import load_exercise

__all__ = ["course_of", "exercise_of"]


def course_of(directive):
    """Return the course that this book belongs to."""
    return Course(Path(directive.env.app.confdir))


def exercise_of(directive, slug):
    """Return the exercise of a chapter, and have the page built again when it changes.

    Parameters
    ----------
    directive : SphinxDirective
        Who asks.
    slug : str
        The chapter.

    Returns
    -------
    Exercise
        As `autograder.exercise.load_exercise` gives it.
    """
    course = course_of(directive)
    for path in (
        course.exercise_path(slug),
        course.reference_path(slug),
        course.hidden_tests_path(slug),
        course.root / "exercises" / "helpers.py",
    ):
        directive.env.note_dependency(str(path))
    try:
        return load_exercise(course, slug)
    except CourseError as error:
        raise directive.error(f"{directive.name}: {error} ({error.remedy})") from error
