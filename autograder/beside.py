"""What lies beside a notebook: its given layers, and copies of files of the course."""

from pathlib import Path, PurePosixPath

from autograder.blocks import fail, read_front_matter
from autograder.given import given_source

__all__ = ["HANDED_OUT", "copies", "is_committed", "sources_of_copies", "write_beside"]

#: Python files that lie in a learner's folder and hold no answers.
HANDED_OUT = frozenset({"given.py", "next_door.py", "training.py"})


def sources_of_copies(course, slug):
    """Return the files that the head of an exercise lists under ``beside``.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    list of Path
        In the order of the head.

    Raises
    ------
    CourseError
        If one is not there, lies outside the course, or would be taken for an answer.
    """
    where = f"{course.relative(course.exercise_path(slug))}, line 1"
    paths = []
    for entry in read_front_matter(course, slug)["beside"]:
        path = course.root / entry
        if PurePosixPath(entry).is_absolute() or ".." in PurePosixPath(entry).parts:
            fail(where, f"beside: {entry!r} is no path in the course", "name it from the root")
        if not path.is_file():
            fail(where, f"beside: {entry} is missing", f"restore it: git checkout {entry}")
        if path.suffix == ".py" and path.name not in HANDED_OUT:
            fail(
                where,
                f"beside: {path.name} would be taken for a learner's answer",
                "add its name to HANDED_OUT in autograder/beside.py",
            )
        paths.append(path)
    return paths


def copies(course, slug):
    """Read the files that are copied beside a notebook.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    dict of str to bytes
        Name and content.

    Raises
    ------
    CourseError
        As `sources_of_copies` does.
    """
    return {path.name: path.read_bytes() for path in sources_of_copies(course, slug)}


def is_committed(name):
    """Tell whether a file beside a notebook is committed there; data has one place, its own."""
    return name.endswith((".py", ".ipynb"))


def write_beside(course, slug, folder):
    """Write what a notebook needs into the folder where it is to be run.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    folder : path-like
        The folder; it has to be there.

    Returns
    -------
    list of str
        The names of the files.
    """
    files = copies(course, slug)
    given = given_source(course, slug)
    if given:
        files["given.py"] = given.encode()
    for name, content in files.items():
        Path(folder, name).write_bytes(content)
    return list(files)
