"""The roll is called, and nobody is left out."""

from pathlib import Path

import pytest

from autograder.errors import IntakeError
from autograder.intake import Roster, Submission, call_roll
from autograder.intake.layouts import Learner
from autograder.intake.rosters import Entry

ROSTER = Roster(
    [
        Entry("sean", "Sean O'Brien"),
        Entry("ada", "Ada Lovelace"),
        Entry("zoe1", "Zoë Smith"),
        Entry("zoe2", "Zoë Smith"),
    ]
)


def handed_in(name, assignment="boxes", status=None):
    return Submission(name, assignment, Path(name), status, learner=Learner(name, name, ("9",)))


def called(submissions, course, **kwargs):
    found, strangers = call_roll(submissions, ROSTER, course, **kwargs)
    return [(one.student, one.status) for one in found], strangers, found


def test_every_entry_has_a_status_in_the_rosters_order(course):
    students, strangers, _ = called([handed_in("Ada Lovelace")], course)
    assert students == [
        ("sean", "missing"),
        ("ada", None),
        ("zoe1", "missing"),
        ("zoe2", "missing"),
    ]
    assert strangers == []


def test_who_is_not_on_the_roster_is_listed_and_kept(course):
    students, strangers, found = called([handed_in("Grace Hopper"), handed_in("Emmy")], course)
    assert ("Grace Hopper", None) in students
    assert strangers == ["Grace Hopper", "Emmy"]
    assert found[-2].notes == ("Not on the roster: no entry of the roster fits it.",)


def test_two_that_fit_one_entry_are_named_and_none_is_taken(course):
    students, strangers, found = called(
        [handed_in("Ada Lovelace"), handed_in("lovelaceada")], course
    )
    assert ("ada", "ambiguous") in students
    assert strangers == ["Ada Lovelace", "lovelaceada"]
    (note,) = found[1].notes
    assert note == "2 submissions fit this entry: 'Ada Lovelace', 'lovelaceada'."
    assert "fits the same entry of the roster, 'Ada Lovelace' (ada)" in found[-1].notes[0]


def test_one_that_fits_two_entries_makes_neither_missing(course):
    students, strangers, found = called([handed_in("Zoë Smith")], course)
    assert students[2:] == [("zoe1", "ambiguous"), ("zoe2", "ambiguous"), ("Zoë Smith", None)]
    assert strangers == ["Zoë Smith"]
    assert "'Zoë Smith' (zoe1), 'Zoë Smith' (zoe2)" in found[-1].notes[0]


def test_a_stranger_never_bears_an_id_of_the_roster(course):
    one = Submission("ada", "boxes", Path(), learner=Learner("ada", "Grace Hopper", ("ada",)))
    students, strangers, _ = called([one], course)
    assert ("ada", "ambiguous") in students
    assert strangers == ["ada (?)"]


def test_what_tells_no_assignment_is_of_the_only_one(course):
    students, _, found = called(
        [handed_in("Ada Lovelace", "", "unreadable"), handed_in("Sean O'Brien")], course
    )
    assert students[:2] == [("sean", None), ("ada", "unreadable")]
    assert found[1].assignment == "boxes"


def test_without_any_assignment_one_has_to_be_named(course):
    submissions = [handed_in("Ada Lovelace", "", "unreadable")]
    with pytest.raises(IntakeError, match="which assignment") as raised:
        call_roll(submissions, ROSTER, course)
    assert raised.value.remedy == "name it: --assignment boxes"
    students, _, _ = called(submissions, course, assignment="boxes")
    assert ("ada", "unreadable") in students
