"""Prove the course's own tests: the reference passes, each mistake is caught and named."""

import os
import secrets
import sys

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from autograder.course import find_course
from autograder.errors import CourseError
from autograder.sandbox import best_backend
from autograder.show import console_for, number_text
from autograder.verify import verify_chapter, verify_places

__all__ = ["add_arguments", "run"]


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument("slugs", nargs="*", metavar="SLUG", help="chapters; by default all")
    parser.add_argument("--seed", type=int, help="of the random inputs; by default drawn anew")
    parser.add_argument(
        "--workers",
        type=int,
        default=os.cpu_count() or 1,
        metavar="N",
        help="processes that grade; by default one for each core",
    )


def run(arguments):
    """Run the command and return its exit status."""
    course = find_course()
    known = course.slugs()
    slugs = arguments.slugs or known
    unknown = [slug for slug in slugs if slug not in known]
    if unknown or not slugs:
        raise CourseError(
            f"no exercise {', '.join(unknown)}" if unknown else "the course has no exercise",
            remedy=f"use one of: {', '.join(known)}" if known else "write exercises/<slug>.md",
        )
    seed = secrets.randbelow(2**31) if arguments.seed is None else arguments.seed
    if seed < 0 or arguments.workers < 1:
        raise CourseError("--seed is 0 or more, --workers 1 or more", remedy="autograder verify -h")
    backend = best_backend()
    problems = [] if arguments.slugs else verify_places(course)
    verdicts = []
    with _progress() as bar:
        for slug in slugs:
            task = bar.add_task(slug, total=None)

            def progress(done, total, task=task):
                bar.update(task, completed=done, total=total)

            verdicts.append(
                verify_chapter(
                    course,
                    slug,
                    backend=backend,
                    seed=seed,
                    workers=arguments.workers,
                    progress=progress,
                )
            )
    _print(verdicts, problems, seed, backend)
    return 1 if problems or any(verdict.problems for verdict in verdicts) else 0


def _progress():
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    watched = sys.stderr.isatty()
    return Progress(*columns, console=Console(stderr=True), transient=True, disable=not watched)


def _print(verdicts, problems, seed, backend):
    console = console_for()
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("Chapter", no_wrap=True)
    for name in ("Tests", "Points", "Caught", "Named", "Alternatives", "Stub", "Time"):
        table.add_column(name, justify="right", no_wrap=True)
    for verdict in verdicts:
        table.add_row(
            verdict.slug,
            str(verdict.tests),
            number_text(verdict.points),
            str(verdict.caught),
            str(verdict.named),
            str(verdict.accepted),
            "-" if verdict.stub is None else number_text(verdict.stub),
            f"{verdict.seconds:.0f} s",
            style="red" if verdict.problems else None,
        )
    console.print(table)
    for verdict in verdicts:
        _print_problems(console, f"{verdict.slug}: ", verdict.problems)
    _print_problems(console, "", problems)
    found = len(problems) + sum(len(verdict.problems) for verdict in verdicts)
    if found:
        console.print(f"{found} problem{'s' if found > 1 else ''}.", style="red")
    else:
        console.print("Every misconception is caught and named, every alternative accepted.")
    console.print(f"Seed {seed}, isolation {backend.isolation}.", style="dim")


def _print_problems(console, prefix, problems):
    for problem in problems:
        console.print(escape(f"{prefix}{problem.what}"), soft_wrap=True)
        console.print(escape(f"  To mend it: {problem.remedy}"), soft_wrap=True)
