"""Make one page for the instructor from the reports of a class: scores, mistakes, tests, likeness.

Without REPORT the class's own reports are taken, which `autograder grade gradebook/submitted` left
in gradebook/reports. The page holds names and scores: it is for instructors only.

Exit status: 0 if all was written; 1 if an export had to leave somebody out (they are named); 2 if
the command could not do its work.
"""

import sys
from pathlib import Path

from autograder.class_report.exports import canvas_table, moodle_table, scores_table, to_csv
from autograder.class_report.page import render_page
from autograder.class_report.people import read_people
from autograder.class_report.similar import alike_groups, answers_of
from autograder.class_report.stored import class_times, read_reports, read_times, with_times
from autograder.class_report.summary import summarize
from autograder.course import find_course
from autograder.errors import AutograderError
from autograder.exercise import load_exercise
from autograder.feedback import book_root
from autograder.results import write_whole

__all__ = ["add_arguments", "run"]


def add_arguments(parser):
    """Add the command's arguments to its parser."""
    parser.add_argument(
        "reports",
        nargs="*",
        type=Path,
        metavar="REPORT",
        help="files of `autograder grade --json`; by default those of the class's gradebook",
    )
    parser.add_argument("--assignment", metavar="SLUG", help="only this exercise")
    parser.add_argument(
        "--output",
        type=Path,
        metavar="FILE",
        help="the page; by default class-report.html, in the gradebook if the reports are its own",
    )
    parser.add_argument(
        "--times", type=Path, metavar="FILE", help="what `autograder grade --times` measured"
    )
    alike = parser.add_argument_group("submissions that are alike")
    alike.add_argument(
        "--submissions",
        type=Path,
        metavar="FOLDER",
        help="compare these; by default gradebook/submitted if the reports are the gradebook's",
    )
    alike.add_argument(
        "--threshold",
        type=float,
        default=0.8,
        metavar="SHARE",
        help="name those that have this share of their code in common (default: 0.8)",
    )
    alike.add_argument("--no-compare", action="store_true", help="compare none")
    exports = parser.add_argument_group("scores for other programs")
    exports.add_argument("--csv", type=Path, metavar="FILE", help="a row for each submission")
    exports.add_argument(
        "--canvas", type=Path, metavar="FILE", help="for the import of Canvas's gradebook"
    )
    exports.add_argument(
        "--moodle", type=Path, metavar="FILE", help="for Moodle's import of grades"
    )
    exports.add_argument(
        "--roster",
        type=Path,
        metavar="FILE",
        help="who is who: roster.csv, or the CSV that Canvas or Moodle exports; by default the "
        "class's roster.csv",
    )
    exports.add_argument(
        "--written",
        action="store_true",
        help="for Canvas and Moodle: with the points given by hand, from the class's gradebook",
    )


def run(arguments):
    """Run the command and return its exit status."""
    if not 0 < arguments.threshold <= 1:
        raise AutograderError(
            f"--threshold has to lie above 0 and be at most 1, got {arguments.threshold:g}",
            remedy="--threshold 0.8",
        )
    course = find_course()
    folder = _class_folder(course)
    own = not arguments.reports
    output = arguments.output or (folder.path if own else Path.cwd()) / "class-report.html"
    paths = _own_reports(folder) if own else arguments.reports
    submissions, runs, repeated = read_reports(paths)
    submissions = with_times(submissions, _times(arguments, folder, own))
    if arguments.assignment:
        submissions = _only(submissions, arguments.assignment)
    if not submissions:
        raise AutograderError(
            "there is no submission in " + ", ".join(map(str, paths)),
            remedy="autograder grade PATH --json FILE",
        )
    exports = (arguments.csv, arguments.canvas, arguments.moodle)
    _demand_folders([output, *filter(None, exports)])
    titles = _titles(course, submissions)
    people = _people(arguments, folder, own)
    # Before anything is written: a wrong option must not leave half of the files.
    tables = _tables(arguments, submissions, titles, people, folder)
    page = render_page(
        summarize(submissions, titles=titles),
        runs=runs,
        similar=_similar(arguments, course, folder, own, titles),
        threshold=arguments.threshold,
        book=book_root(course, output.absolute().parent),
        remarks=_remarks(repeated),
    )
    status = 0
    _write(output, page)
    for path, rows, warnings in tables:
        _write(path, to_csv(rows))
        for warning in warnings:
            print(f"{path.name}: {warning}", file=sys.stderr)
            status = 1
    return status


def _class_folder(course):
    # nbgrader is slow to import; it is loaded with the gradebook only.
    from autograder.gradebook import class_folder

    return class_folder(course)


def _own_reports(folder):
    paths = sorted(folder.reports.glob("*.json"))
    if not paths:
        raise AutograderError(
            f"no report given, and none in {folder.reports}",
            remedy=f"autograder grade {folder.submitted}, or name a file of "
            "autograder grade PATH --json FILE",
        )
    return paths


def _times(arguments, folder, own):
    if arguments.times:
        return read_times(arguments.times)
    if not own:
        return {}
    return class_times(folder)


def _only(submissions, slug):
    found = [each for each in submissions if each.assignment == slug]
    if not found:
        there = sorted({each.assignment for each in submissions})
        raise AutograderError(
            f"no submission of {slug!r} in these reports",
            remedy=f"--assignment {'|'.join(there)}" if there else "autograder grade PATH",
        )
    return found


def _titles(course, submissions):
    found = {each.assignment for each in submissions}
    titles = {slug: load_exercise(course, slug).title for slug in course.slugs() if slug in found}
    return titles | {slug: slug for slug in sorted(found - set(titles))}


def _people(arguments, folder, own):
    if arguments.roster:
        return read_people(arguments.roster)
    return read_people(folder.roster) if own and folder.roster.is_file() else None


def _remarks(repeated):
    return [
        f"`{each.student}`, {each.assignment}: in several of the reports; the last one counts."
        for each in repeated
    ]


def _tables(arguments, submissions, titles, people, folder):
    tables = []
    if arguments.csv:
        tables.append((arguments.csv, scores_table(submissions, people), []))
    if arguments.canvas or arguments.moodle:
        scores, points = _scores(arguments, submissions, folder)
        if arguments.canvas:
            tables.append((arguments.canvas, *canvas_table(scores, points, titles, people)))
        if arguments.moodle:
            tables.append((arguments.moodle, *moodle_table(scores, titles, people)))
    return tables


def _scores(arguments, submissions, folder):
    if not arguments.written:
        points = {}
        for each in submissions:
            points[each.assignment] = max(points.get(each.assignment, 0), each.max_score)
        scores = {
            (each.student, each.assignment): each.score if each.status == "graded" else None
            for each in submissions
        }
        return scores, points
    from autograder.gradebook import read_full_scores

    return read_full_scores(folder, [(each.student, each.assignment) for each in submissions])


def _similar(arguments, course, folder, own, titles):
    place = arguments.submissions or (folder.submitted if own else None)
    if arguments.no_compare or place is None or not (arguments.submissions or place.is_dir()):
        return None
    # Loaded only where there is something to read.
    import nbformat

    from autograder.intake import read_submissions
    from autograder.intake.rebuild import program_of
    from autograder.release import pristine_notebook

    def released(slug):
        return program_of(nbformat.read(pristine_notebook(course, slug), as_version=4))

    found = {}
    for each in read_submissions(place, course, arguments.assignment):
        if each.program and each.assignment in titles:
            found.setdefault(each.assignment, {})[each.student] = answers_of(each.program)
    return {
        slug: alike_groups(answers, answers_of(released(slug)), threshold=arguments.threshold)
        for slug, answers in found.items()
    }


def _demand_folders(paths):
    for path in paths:
        parent = path.absolute().parent
        if not parent.is_dir():
            raise AutograderError(
                f"no folder {parent} for {path.name}", remedy=f"mkdir -p {parent}"
            )
        if path.is_dir():
            raise AutograderError(f"{path} is a folder", remedy=f"name a file: {path}/report.html")


def _write(path, text):
    try:
        write_whole(path, text)
    except OSError as error:
        raise AutograderError(
            f"{path} cannot be written: {error.strerror}", remedy="name another file"
        ) from error
    print(f"wrote {path}")
