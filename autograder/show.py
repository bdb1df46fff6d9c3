"""Reports as people read them, in a terminal."""

import os
import sys
import textwrap

from rich import box
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from autograder.report import split_hint, split_message

__all__ = ["NAMED_STATUS", "console_for", "number_text", "show_report"]

_WIDEST = 100
_ABSENT = ("missing", "load")
#: What stands in the place of a score where there is none.
NAMED_STATUS = {
    "missing": "nothing handed in",
    "unreadable": "unreadable",
    "ambiguous": "not told apart",
    "grader_error": "grader error",
}


def console_for(file=None):
    """Make a console: in color on a terminal only, and never wider than is good to read.

    Parameters
    ----------
    file : file, optional
        Where it writes; by default standard output.

    Returns
    -------
    console : rich.console.Console
        80 columns wide where the width is not known.
    """
    file = file or sys.stdout
    terminal = hasattr(file, "isatty") and file.isatty()
    width = Console(file=file).width if terminal or "COLUMNS" in os.environ else 80
    return Console(file=file, width=min(width, _WIDEST), highlight=False, emoji=False)


def number_text(number):
    """Write points: 3 rather than 3.0, and no digits beyond the second.

    Parameters
    ----------
    number : int or float
        Points.

    Returns
    -------
    text : str
        For instance "3" or "2.5".
    """
    return f"{round(number, 2):g}"


def _points(score):
    return f"{number_text(score.score)} / {number_text(score.max_score)}"


def _score(submission):
    """Write a score; where it is not a learner's, the status stands in its place."""
    if submission.status == "graded":
        return _points(submission)
    return NAMED_STATUS[submission.status]


def show_report(report, file=None):
    """Print a report: one submission in detail, several as a table.

    Parameters
    ----------
    report : Report
        What a run gave.
    file : file, optional
        Where to; by default standard output.
    """
    console = console_for(file)
    if len(report.submissions) == 1:
        _print_detail(console, report.submissions[0])
    else:
        _print_table(console, report.submissions)
    console.print(f"Seed {report.seed}, isolation {report.isolation}.", style="dim")


def _print_table(console, submissions):
    several = len({each.assignment for each in submissions}) > 1
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Student", overflow="fold")
    if several:
        table.add_column("Assignment", overflow="fold")
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("Status", no_wrap=True)
    table.add_column("Mistakes found", overflow="fold")
    for each in submissions:
        graded = each.status == "graded"
        table.add_row(
            escape(each.student),
            *([escape(each.assignment)] if several else []),
            _points(each) if graded else "-",
            NAMED_STATUS.get(each.status, each.status),
            escape(", ".join(each.misconceptions)),
            style=None if graded else "yellow",
        )
    console.print(table)


def _print_detail(console, submission):
    console.print(f"[bold]{escape(submission.source or submission.student)}[/]", soft_wrap=True)
    console.print(f"{escape(submission.assignment)}: [bold]{_score(submission)}[/]\n")
    if submission.status == "grader_error":
        _wrapped(
            console,
            "The grader failed, not you: what could not be judged is not counted against you. "
            "Tell whoever runs the course.",
        )
    for note in submission.notes:
        _wrapped(console, f"Note: {note}")
    if submission.functions:
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        table.add_column("Function", overflow="fold")
        table.add_column("Points", justify="right", no_wrap=True)
        for name, score in submission.functions.items():
            table.add_row(escape(name), _points(score))
        console.print(table)
    explained = set()
    for alike in _alike(submission.tests):
        _print_failed(console, alike, explained)
    if submission.tests and all(test.outcome == "passed" for test in submission.tests):
        console.print(f"All {len(submission.tests)} tests passed.\n")


def _alike(tests):
    """Gather the tests of a function that is not there: it need not be named ten times."""
    groups = {}
    for number, test in enumerate(tests):
        if test.outcome != "passed":
            absent = test.fault in _ABSENT
            key = (test.function, test.message) if absent else number
            groups.setdefault(key, []).append(test)
    return groups.values()


def _print_failed(console, alike, explained):
    first = alike[0]
    word, style = ("failed", "red") if first.outcome == "failed" else ("grader error", "yellow")
    points = sum(test.points for test in alike)
    worth = f"{number_text(points)} points" if points != 1 else "1 point"
    if len(alike) > 1:
        worth = f"{len(alike)} tests, {worth}"
    console.print(f"[{style}]{word}[/] [bold]{escape(first.function)}[/] ({worth})")
    message, mistake = split_message(first.message)
    hint, link = split_hint(first.hint)
    if len(alike) == 1:
        _wrapped(console, first.title, "  ")
    _wrapped(console, message, "  ")
    if first.misconception:
        if first.misconception in explained:
            mistake = "It is explained above."
        explained.add(first.misconception)
        _wrapped(console, f"Found: {first.misconception}. {mistake}", "  ")
    if hint and len(alike) == 1:
        _wrapped(console, f"Hint: {hint}", "  ")
    if link:
        console.print(f"  Read: {escape(link)}", soft_wrap=True)
    console.print()


def _wrapped(console, text, indent=""):
    # By hand: rich would break inside of "(2, 3)" and drop the indent of a second line.
    text = textwrap.fill(
        text,
        console.width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    console.print(escape(text), soft_wrap=True)
