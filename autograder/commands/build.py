"""Make the student notebooks in exercises/ from the authors' files and the reference."""

import sys

from autograder.course import find_course
from autograder.errors import CourseError, DriftError
from autograder.release import build_exercise, check_exercise

__all__ = ["add_arguments", "run"]


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="chapters; by default all")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; exit 1 if a committed file is stale"
    )
    parser.add_argument(
        "--replace",
        action="store_true",
        help="make a notebook anew even where it holds answers (it is kept in _build/kept/)",
    )


def run(arguments):
    """Run the command and return its exit status."""
    course = find_course()
    slugs = arguments.slugs or course.slugs()
    if not slugs:
        raise CourseError("no chapter of _toc.yml has an exercise", remedy="write exercises/*.md")
    if arguments.check:
        return _check(course, slugs)
    counts = {"made": 0, "unchanged": 0, "kept": 0}
    for slug in _watched(slugs):
        built = build_exercise(course, slug, replace=arguments.replace)
        counts[built.state] += 1
        path = course.relative(course.notebook_path(slug))
        if built.state == "made":
            print(f"made {path}")
        elif built.state == "kept":
            print(
                f"{path} holds answers and was left as it is; a fresh one:\n"
                f"  autograder build --replace {slug} (the old one is kept in _build/kept/)"
            )
    if counts["unchanged"]:
        print(f"{counts['unchanged']} of {len(slugs)} exercises up to date")
    return 0


def _check(course, slugs):
    status = 0
    for slug in _watched(slugs):
        try:
            check_exercise(course, slug)
        except DriftError as error:
            status = 1
            print(f"autograder build --check: {error}", file=sys.stderr)
            print(f"  To mend it: {error.remedy}", file=sys.stderr)
    if not status:
        many = f"{len(slugs)} exercises are" if len(slugs) != 1 else f"{slugs[0]} is"
        print(f"{many} what the sources give")
    return status


def _watched(slugs):
    """Yield the chapters, with a progress bar where somebody watches and it takes long."""
    if len(slugs) < 2 or not sys.stderr.isatty():
        yield from slugs
        return
    from rich.console import Console
    from rich.progress import track

    yield from track(slugs, "exercises", console=Console(stderr=True), transient=True)
