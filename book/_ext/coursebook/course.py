"""What the directives read from the course: its exercises."""

import ast
from pathlib import Path

from autograder.course import Course
from autograder.errors import CourseError
from autograder.exercise import load_exercise

__all__ = ["course_of", "exercise_of", "function_of", "helpers_of"]


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
    ):
        directive.env.note_dependency(str(path))
    try:
        return load_exercise(course, slug)
    except CourseError as error:
        raise directive.error(f"{directive.name}: {error} ({error.remedy})") from error


def function_of(exercise, stage):
    """Return the function that a stage works on: the last one asked for before its check.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    stage : str
        Name of a stage.

    Returns
    -------
    str or None
        None where nothing was asked for yet.
    """
    function = None
    for block in exercise.blocks:
        if block.kind == "answer":
            function = block.name
        if block.kind == "check" and block.name == stage:
            break
    return function


def helpers_of(exercise, stage):
    """Return what an exercise's notebook has defined before a stage's check, as source.

    Parameters
    ----------
    exercise : Exercise
        The exercise.
    stage : str
        Name of a stage.

    Returns
    -------
    str
        The imports, functions and classes of the cells that the author gives. Pictures and
        examples stay out: they call functions that the learner has yet to write.
    """
    kept = []
    for block in exercise.blocks:
        if block.kind == "code":
            kept += [node for node in ast.parse(block.source).body if _defines(node)]
        if block.kind == "check" and block.name == stage:
            break
    return "\n\n".join(ast.unparse(node) for node in kept)


def _defines(node):
    if isinstance(node, ast.Try):  # an import that may fail
        return any(_defines(inner) for inner in node.body)
    return isinstance(node, (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef))
