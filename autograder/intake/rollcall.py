"""The roll is called: every learner of the class ends with a status, and nobody's work is lost."""

from dataclasses import replace

from autograder.errors import IntakeError
from autograder.intake.files import quote
from autograder.intake.layouts import Learner
from autograder.intake.submissions import Submission

__all__ = ["call_roll"]


def call_roll(submissions, roster, course, assignment=None):
    """Give submissions the ids of a roster, and name those of the roster who have none.

    Parameters
    ----------
    submissions : list of Submission
        What was handed in.
    roster : Roster
        The class.
    course : Course
        The course.
    assignment : str, optional
        The chapter; by default those of the submissions.

    Returns
    -------
    submissions : list of Submission
        Those of the roster in its order, then the others, which keep their own names. An entry
        with nothing is ``missing``; one that is not told apart from others, ``ambiguous``.
    strangers : list of str
        Who is in no entry for sure.

    Raises
    ------
    IntakeError
        If nothing says which assignment it is.
    """
    slugs = _assignments(submissions, course, assignment)
    if len(slugs) == 1:
        submissions = [replace(one, assignment=one.assignment or slugs[0]) for one in submissions]
    matches = [roster.match(_learner(one)) for one in submissions]
    owned = {}  # (entry's id, assignment) -> the submissions that fit it
    doubts = {}  # entry's id -> those that may fit it
    for one, match in zip(submissions, matches, strict=True):
        if match.entry:
            owned.setdefault((match.entry.id, one.assignment), []).append(one)
        for entry in match.entries if match.problem else ():
            doubts.setdefault(entry.id, []).append(one)
    sure, strange = [], []
    for one, match in zip(submissions, matches, strict=True):
        if not match.entry:
            strange.append(_with_note(one, f"Not on the roster: {match.problem}."))
        elif len(owned[match.entry.id, one.assignment]) > 1:
            note = f"Another submission fits the same entry of the roster, {match.entry}."
            strange.append(_with_note(one, note))
        else:
            sure.append(replace(one, student=match.entry.id))
    called = []
    for entry in roster.entries:
        for slug in slugs:
            there = owned.get((entry.id, slug), [])
            if len(there) > 1:
                note = f"{len(there)} submissions fit this entry: {_names(there)}."
                called.append(_absent(entry, slug, "ambiguous", note))
            elif not there and entry.id in doubts:
                note = f"It may be that of this entry: {_names(doubts[entry.id])}."
                called.append(_absent(entry, slug, "ambiguous", note))
            elif not there and not owned.get((entry.id, "")):
                called.append(_absent(entry, slug, "missing", "Nothing was handed in."))
    order = {entry.id: number for number, entry in enumerate(roster.entries)}
    called = sorted([*sure, *called], key=lambda one: (order[one.student], one.assignment))
    taken = {entry.id for entry in roster.entries}
    strange = [
        replace(one, student=f"{one.student} (?)") if one.student in taken else one
        for one in strange
    ]
    return [*called, *strange], [one.student for one in strange]


def _assignments(submissions, course, assignment):
    if assignment:
        return [assignment]
    there = {one.assignment for one in submissions}
    slugs = [slug for slug in course.slugs() if slug in there]
    if not slugs:
        raise IntakeError(
            "no submission tells which assignment it is",
            remedy=f"name it: --assignment {'|'.join(course.slugs())}",
        )
    return slugs


def _learner(submission):
    return submission.learner or Learner(submission.student, "", (submission.student,))


def _with_note(submission, note):
    return replace(submission, notes=(note, *submission.notes))


def _absent(entry, slug, status, note):
    return Submission(entry.id, slug, "", status, (note,))


def _names(submissions):
    return ", ".join(quote(one.student) for one in submissions)
