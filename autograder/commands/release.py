"""Write what learners get to dist/: a class bundle, or the self-study edition with the grader."""

from pathlib import Path

from autograder.bundle import write_bundle
from autograder.course import find_course
from autograder.errors import CourseError

__all__ = ["add_arguments", "run"]


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="chapters; by default all")
    parser.add_argument(
        "--self-study",
        action="store_true",
        help="add the grader, the solutions and the hidden tests, for a learner alone",
    )
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="by default dist/")


def run(arguments):
    """Run the command and return its exit status."""
    course = find_course()
    known = course.slugs()
    for slug in arguments.slugs:
        if slug not in known:
            raise CourseError(
                f"no exercise {slug!r}", remedy=f"name one of: {', '.join(known) or 'none yet'}"
            )
    slugs = tuple(slug for slug in known if slug in arguments.slugs) or known
    if not slugs:
        raise CourseError("no chapter of _toc.yml has an exercise", remedy="write exercises/*.md")
    folder, archive = write_bundle(
        course, slugs, self_study=arguments.self_study, folder=arguments.output
    )
    print(f"wrote {folder}")
    print(f"wrote {archive}")
    return 0
