"""Grade a notebook, a .py file, a folder or a platform's zip, or a class's gradebook.

Exit status: 0 if all were graded, whatever the scores; 1 if some could not be (they are named);
2 if the command could not do its work.
"""

import json
import os
import sys
from pathlib import Path

from autograder.class_report.stored import keep_reports, times_of
from autograder.course import find_course
from autograder.errors import AutograderError, IntakeError
from autograder.intake import LAYOUTS, call_roll, read_download, read_roster
from autograder.intake.files import quote
from autograder.progress import progress_bar
from autograder.report import Report, print_report, to_json
from autograder.results import ResultFolder, ResultStore, draw_seed, grade_submissions
from autograder.sandbox import best_backend

__all__ = ["add_arguments", "run"]

_UNSAFE = """\
--unsafe-no-sandbox: the code runs as you, with all your rights. Do this with your own code only."""


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "paths",
        nargs="*",
        type=Path,
        metavar="PATH",
        help="a notebook, a .py file, a folder, a zip as Canvas, Moodle, Blackboard, Brightspace "
        "or GitHub Classroom give it; by default the class's gradebook/submitted",
    )
    parser.add_argument(
        "--roster",
        type=Path,
        metavar="CSV",
        help="the class's list, as the platform exports it: whoever is missing is named",
    )
    parser.add_argument(
        "--layout", choices=LAYOUTS, help="how files are named; by default told from the names"
    )
    parser.add_argument("--assignment", metavar="SLUG", help="by default told from the file")
    parser.add_argument("--json", metavar="FILE", help="write the report there; - for stdout")
    parser.add_argument(
        "--times", metavar="FILE", help="write how long the grader took for each submission it ran"
    )
    parser.add_argument("--seed", type=int, metavar="N", help="replay a run; by default drawn")
    parser.add_argument("--workers", type=int, metavar="N", help="by default one for each core")
    parser.add_argument(
        "--gradebook",
        "--db",
        action="store_true",
        help="enter the scores into nbgrader's database (always so for gradebook/submitted)",
    )
    parser.add_argument(
        "--feedback", action="store_true", help="make the class's feedback pages as well"
    )
    parser.add_argument(
        "--unsafe-no-sandbox",
        action="store_true",
        help="run the code without isolation: your own code only",
    )


def run(arguments):
    """Run the command and return its exit status."""
    _check(arguments)
    course = find_course()
    if arguments.unsafe_no_sandbox:
        print(_UNSAFE, file=sys.stderr)
    if _is_class(arguments, course):
        report, failed = _grade_class(arguments, course)
    else:
        report, failed = _grade_files(arguments, course), {}
    _write(report, arguments)
    return _status(report, failed)


def _check(arguments):
    for name, least in (("seed", 0), ("workers", 1)):
        value = getattr(arguments, name)
        if value is not None and value < least:
            raise IntakeError(
                f"--{name} has to be {least} or more, got {value}", remedy=f"--{name} {least}"
            )
    for name in (arguments.json, arguments.times):
        if name and name != "-":
            folder = Path(name).absolute().parent
            if not folder.is_dir():
                raise IntakeError(f"no folder {folder} for the report", remedy=f"mkdir -p {folder}")


def _is_class(arguments, course):
    folder = _class_folder(course)
    if not arguments.paths:
        if not folder.submitted.is_dir():
            raise IntakeError(
                f"no path given, and no class in {folder.submitted}",
                remedy="name a file or a folder: autograder grade PATH",
            )
        _refuse_roster(arguments, folder)
        return True
    if any(path.resolve() == folder.submitted for path in arguments.paths):
        _refuse_roster(arguments, folder)
        return len(arguments.paths) == 1
    if arguments.gradebook or arguments.feedback:
        raise IntakeError(
            f"only the class in {folder.submitted} is entered into the gradebook",
            remedy="put the work there as <student>/<assignment>/, or set CNN_GRADEBOOK to the "
            "folder that holds submitted/",
        )
    return False


def _refuse_roster(arguments, folder):
    if arguments.roster:
        raise IntakeError(
            "the gradebook has a roster of its own",
            remedy=f"put it at {folder.roster}: id,first_name,last_name,email",
        )


def _class_folder(course):
    # nbgrader is slow to import, and grading one file does without it.
    from autograder.gradebook import class_folder

    return class_folder(course)


def _grade_files(arguments, course):
    roster = read_roster(arguments.roster) if arguments.roster else None
    submissions, strangers = [], []
    for path in arguments.paths:
        intake = read_download(path, course, arguments.assignment, arguments.layout)
        submissions += intake.submissions
        for note in intake.notes:
            print(f"{quote(path.name)}: {note}", file=sys.stderr)
    if submissions and roster:
        submissions, strangers = call_roll(submissions, roster, course, arguments.assignment)
    if not submissions:
        raise IntakeError(
            f"no submission in {', '.join(map(str, arguments.paths))}",
            remedy="name a notebook, a .py file, or a folder that holds some",
        )
    backend = best_backend(unsafe=arguments.unsafe_no_sandbox)
    store = _store(arguments, course) if len(submissions) > 1 else None
    seed = arguments.seed
    if seed is None:
        seed = store.seed() if store else draw_seed()
    with progress_bar("Grading", shown=len(submissions) > 1) as progress:
        reports = grade_submissions(
            course,
            submissions,
            backend=backend,
            seed=seed,
            workers=_workers(arguments, len(submissions)),
            store=store,
            progress=progress,
        )
    if strangers:
        print(f"On no line of the roster: {', '.join(strangers)}", file=sys.stderr)
    return Report(backend.isolation, seed, tuple(reports))


def _store(arguments, course):
    """Keep results beside the report: a run that was stopped goes on, and nothing runs twice."""
    if not arguments.json or arguments.json == "-":
        return None
    path = Path(arguments.json)
    if path.exists() and not path.is_file():
        return None
    return ResultStore(ResultFolder(course, path.with_name(f"{path.name}.results")))


def _grade_class(arguments, course):
    from autograder.classwork import enter_grades, make_feedback, read_class

    folder = _class_folder(course)
    submissions = read_class(folder, arguments.assignment)
    if not submissions:
        raise IntakeError(
            f"nothing was handed in to {folder.submitted}",
            remedy="put the work there as <student>/<assignment>/<assignment>.ipynb",
        )
    backend = best_backend(unsafe=arguments.unsafe_no_sandbox)
    store = ResultStore(folder)
    seed = store.seed() if arguments.seed is None else store.keep_seed(arguments.seed)
    with progress_bar("Grading") as progress:
        reports = grade_submissions(
            course,
            submissions,
            backend=backend,
            seed=seed,
            workers=_workers(arguments, len(submissions)),
            store=store,
            progress=progress,
        )
    with progress_bar("Entering into the gradebook") as progress:
        logs = enter_grades(
            folder,
            submissions,
            reports,
            unsafe=arguments.unsafe_no_sandbox,
            progress=progress,
        )
    failed = {submissions[number].student: log for number, log in logs.items()}
    if arguments.feedback:
        with progress_bar("Writing feedback") as progress:
            failed |= make_feedback(folder, submissions, progress=progress)
    report = Report(backend.isolation, seed, tuple(reports))
    keep_reports(folder, report)
    return report, failed


def _workers(arguments, submissions):
    # What this process may use, not what the machine has.
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return arguments.workers or max(1, min(cores or 1, submissions))


def _write(report, arguments):
    if arguments.times:
        times = times_of(report.submissions)
        _write_file(arguments.times, json.dumps(times, indent=1) + "\n")
    if arguments.json == "-":
        sys.stdout.write(to_json(report))
        return
    if arguments.json:
        _write_file(arguments.json, to_json(report))
    print_report(report)


def _write_file(name, text):
    path = Path(name)
    try:
        if path.exists() and not path.is_file():  # a pipe, a device
            path.write_text(text, encoding="utf-8")
        else:
            _swap_in(path.resolve(), text)
    except OSError as error:
        raise AutograderError(
            f"the report cannot be written: {error}", remedy="name another file"
        ) from error


def _swap_in(path, text):
    # Swapped in whole: a report that is there is never half of one.
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        part.write_text(text, encoding="utf-8")
        os.replace(part, path)
    finally:
        part.unlink(missing_ok=True)


def _status(report, failed):
    named = {"missing": [], "unreadable": [], "ambiguous": [], "grader_error": []}
    for each in report.submissions:
        if each.status in named:
            named[each.status].append(each.student)
    words = {
        "missing": "Nothing handed in",
        "unreadable": "Cannot be read",
        "ambiguous": "Not told apart (no score was given)",
        "grader_error": "The grader failed (no score was given)",
    }
    for status, students in named.items():
        if students and len(report.submissions) > 1:
            print(f"{words[status]}: {', '.join(students)}", file=sys.stderr)
    for student, log in failed.items():
        print(f"nbgrader did not take {student}:\n{log}", file=sys.stderr)
    return 1 if failed or any(named.values()) else 0
