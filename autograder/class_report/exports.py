"""The scores as CSV: a table to read, and the columns that Canvas and Moodle import.

An empty cell is never a zero, but Canvas and Moodle both take it for "no grade", and take away the
grade that stood there. So who has no score at all has no row, and every empty cell is told.
"""

import csv
import io
import re

__all__ = ["canvas_table", "moodle_table", "scores_table", "to_csv"]

_CANVAS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_MOODLE = (
    "First name",
    "Last name",
    "ID number",
    "Institution",
    "Department",
    "Email address",
)
_CANVAS_NUMBER = re.compile(r" \(\d+\)\Z")
# A spreadsheet runs a text that begins so as a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def to_csv(rows):
    """Write rows as CSV, with the line ends of RFC 4180.

    Parameters
    ----------
    rows : list of list
        The first one holds the names of the columns.

    Returns
    -------
    str
        The file's text.
    """
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def scores_table(submissions, people=None):
    """Lay out every submission in a row, to be read in a spreadsheet.

    Parameters
    ----------
    submissions : iterable of SubmissionReport
        Graded or not.
    people : People, optional
        Who they are.

    Returns
    -------
    list of list
        Names of columns, then rows. Who was not graded has an empty score, and no text can run as
        a formula.
    """
    columns = "assignment student_id last_name first_name email status score max_score percent"
    rows = [[*columns.split(), "mistakes", "grader_seconds", "notes"]]
    for each in submissions:
        person = people.find(each.student) if people else None
        graded = each.status == "graded"
        percent = 100 * each.score / each.max_score if graded and each.max_score else None
        texts = [each.assignment, each.student]
        texts += [getattr(person, key, "") for key in ("last_name", "first_name", "email")]
        rows.append(
            [
                *map(_harmless, [*texts, each.status]),
                _number(each.score) if graded else "",
                _number(each.max_score),
                "" if percent is None else _number(percent),
                _harmless(", ".join(each.misconceptions)),
                "" if each.seconds is None else _number(each.seconds),
                _harmless(" ".join(each.notes)),
            ]
        )
    return rows


def canvas_table(scores, points, titles, people=None):
    """Lay out scores as the import of Canvas's gradebook reads them.

    Parameters
    ----------
    scores : dict of (str, str) to float or None
        By student and slug; None where there is no score.
    points : dict of str to float
        What each exercise is worth, by slug.
    titles : dict of str to str
        The exercises in their order: the name of each column. If `people` is Canvas's own export
        and has a column of that name, its number is kept, and so are its cells where we have none.
    people : People, optional
        Who they are. Without it a student's id is the login.

    Returns
    -------
    rows : list of list
        The columns' names, the points, then a row for each learner.
    warnings : list of str
        Who was left out, and how many cells are empty.
    """
    own = (
        {_CANVAS_NUMBER.sub("", name).strip().lower(): name for name in people.columns}
        if (people)
        else {}
    )
    columns = {slug: own.get(title.strip().lower(), title) for slug, title in titles.items()}
    head = [*_CANVAS, *columns.values()]
    worth = ["    Points Possible", "", "", "", "", *(_number(points[slug]) for slug in columns)]

    def describe(student, person):
        if person is None:
            return [student, "", "", student, ""]
        login = person.sis_login_id or ("" if person.canvas_id or person.sis_user_id else student)
        name = person.full_name or student
        return [name, person.canvas_id, person.sis_user_id, login, person.section]

    rows, warnings = _rows(scores, columns, people, describe)
    return [head, worth, *rows], warnings


def moodle_table(scores, titles, people=None):
    """Lay out scores as Moodle exports grades, and imports them again.

    Parameters
    ----------
    scores : dict of (str, str) to float or None
        By student and slug; None where there is no score.
    titles : dict of str to str
        The exercises in their order.
    people : People, optional
        Who they are. Without it a student's id is the ID number, or the address if it is one.

    Returns
    -------
    rows : list of list
        The columns' names, then a row for each learner.
    warnings : list of str
        Who was left out, and how many cells are empty.
    """
    columns = {slug: f"Assignment: {title} (Real)" for slug, title in titles.items()}

    def describe(student, person):
        if person is None:
            return ["", "", "" if "@" in student else student, "", "", student * ("@" in student)]
        known = [person.first_name, person.last_name, person.id_number, person.institution]
        known += [person.department, person.email]
        if not person.id_number and not person.email:
            known[2] = person.id or student
        return known

    rows, warnings = _rows(scores, columns, people, describe)
    return [[*_MOODLE, *columns.values()], *rows], warnings


def _rows(scores, columns, people, describe):
    rows, warnings, empty = [], [], 0
    for student in sorted({student for student, _ in scores}):
        own = [scores.get((student, slug)) for slug in columns]
        if all(score is None for score in own):
            continue
        person = people.find(student) if people else None
        if people and person is None:
            warnings.append(f"{student!r} is not on the roster, and was left out")
            continue
        described = describe(student, person)
        if any(_harmless(text) != text for text in described):
            warnings.append(f"{student!r} would be run by a spreadsheet, and was left out")
            continue
        cells = []
        for score, column in zip(own, columns.values(), strict=True):
            there = person.cells.get(column, "") if person else ""
            cells.append(there if score is None else _number(score))
        empty += cells.count("")
        rows.append([*described, *cells])
    if empty:
        cells = "1 cell is empty" if empty == 1 else f"{empty} cells are empty"
        warnings.append(
            f"{cells}: an import would take away a grade that stands there; export one exercise "
            "at a time with --assignment SLUG"
        )
    return rows, warnings


def _number(value):
    return f"{round(value, 2):g}"


def _harmless(text):
    return f"'{text}" if text.startswith(_FORMULA) else text
