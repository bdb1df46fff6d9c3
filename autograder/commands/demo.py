"""Grade the demo class as a real one is graded, and print its grade table."""

import os
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.table import Table

from autograder.class_report.stored import keep_reports
from autograder.classwork import enter_grades, make_feedback, read_class
from autograder.course import find_course
from autograder.errors import CourseError
from autograder.gradebook import ClassFolder, read_scores
from autograder.progress import progress_bar
from autograder.release import pristine_notebook
from autograder.report import Report
from autograder.results import ResultStore, grade_submissions
from autograder.sandbox import best_backend
from autograder.show import NAMED_STATUS, console_for, number_text

__all__ = ["add_arguments", "run"]


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "--folder", type=Path, metavar="FOLDER", help="where it lies; by default _build/demo"
    )


def run(arguments):
    """Run the command and return its exit status."""
    course = find_course()
    source = course.root / "demo" / "class.py"
    if not source.is_file():
        raise CourseError("the demo class, demo/, is not here", remedy="work in the repository")
    demo = course.module(source)
    # A folder of its own: a real class's gradebook/ is never touched.
    folder = ClassFolder(course, (arguments.folder or course.build_dir / "demo").resolve())
    demo.build_class(pristine_notebook(course, demo.ASSIGNMENT), folder.submitted)
    order = {student: number for number, student in enumerate(demo.STUDENTS)}
    submissions = [one for one in read_class(folder, demo.ASSIGNMENT) if one.student in order]
    submissions.sort(key=lambda one: order[one.student])
    store = ResultStore(folder)
    backend = best_backend()
    with progress_bar("Grading the demo class") as progress:
        reports = grade_submissions(
            course,
            submissions,
            backend=backend,
            seed=store.seed(),
            workers=os.cpu_count() or 1,
            store=store,
            progress=progress,
        )
    keep_reports(folder, Report(backend.isolation, store.seed(), tuple(reports)))
    with progress_bar("Entering into the gradebook") as progress:
        failed = enter_grades(folder, submissions, reports, progress=progress)
    with progress_bar("Writing feedback") as progress:
        pages_failed = make_feedback(folder, submissions, progress=progress)
    console = console_for()
    _print_table(console, folder, demo.ASSIGNMENT, reports)
    for log in [*failed.values(), *pages_failed.values()]:
        console.print(escape(log), soft_wrap=True)
    wrong = any(report.status == "grader_error" for report in reports)
    return 1 if wrong or failed or pages_failed else 0


def _print_table(console, folder, assignment, reports):
    scores = read_scores(folder, assignment)
    table = Table(title="The demo class", title_style="bold", box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("Student", no_wrap=True)
    table.add_column("Score", justify="right", no_wrap=True)
    table.add_column("What was found", overflow="fold")
    for report in reports:
        entered = scores.get(report.student)
        if report.status != "graded":
            score = NAMED_STATUS[report.status]
        elif entered is None or entered.auto_score is None:
            score = "not entered"
        else:
            # From nbgrader's database, not from our report: what an instructor will see.
            score = f"{number_text(entered.auto_score)} / {number_text(report.max_score)}"
        notes = [note for note in report.notes if not note.endswith("kept.")]
        found = [escape(_found(report)), *(f"[dim]{escape(note)}[/]" for note in notes)]
        table.add_row(report.student, score, "\n".join(filter(None, found)))
    console.print(table)
    console.print("Written answers wait for a person: 3 more points each.", style="dim")
    pages = folder.feedback
    example = pages / "dx_overwritten" / assignment / f"{assignment}.html"
    console.print(f"Feedback pages: {escape(str(pages))}/*/{assignment}/", soft_wrap=True)
    console.print(f"One to open:    {escape(str(example))}", soft_wrap=True)


def _found(report):
    if report.status != "graded":
        return ""
    parts = list(report.misconceptions)
    for fault, words in _FAULTS.items():
        functions = dict.fromkeys(
            test.function for test in report.tests if test.fault == fault and not test.misconception
        )
        if functions:
            parts.append(f"{words}: {', '.join(functions)}")
    return "\n".join(parts) or ("nothing wrong" if report.score == report.max_score else "")


_FAULTS = {
    "wrong": "wrong values",
    "type": "results of the wrong kind",
    "exception": "an exception",
    "load": "does not load",
    "missing": "not written yet",
    "cpu": "takes too long",
    "wall": "takes too long",
    "memory": "too much memory",
    "output": "too much output",
    "crash": "ended its process",
    "protocol": "meddled with the worker",
}
