"""Reading a class's list, and telling whom a name in a download is."""

import contextlib
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import IntakeError
from autograder.intake.layouts import Learner
from autograder.intake.rosters import Entry, Roster, read_roster


def roster(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode(encoding) if isinstance(text, str) else text)
    return read_roster(path)


def people(found):
    return [(entry.id, entry.name, entry.email) for entry in found.entries]


ADA = ("ada", "Ada Lovelace", "ada@example.org")

EXPORTS = {
    "own": "id,name,email\nada,Ada Lovelace,ada@example.org\n",
    "nbgrader": "id,first_name,last_name,email\nada,Ada,Lovelace,ada@example.org\n",
    "Canvas": (
        "Student,ID,SIS User ID,SIS Login ID,Section,Stride (77)\n"
        ",,,,,Manual Posting\n"
        "    Points Possible,,,,,24\n"
        '"Lovelace, Ada",ada,S1,ada@example.org,Section 1,\n'
        '"Student, Test",999,,x,Section 1,\n'
    ),
    "Moodle": (
        "Identifier,Full name,ID number,Email address,Status,Grade\n"
        "Participant 1234567,Ada Lovelace,ada,ada@example.org,Submitted,\n"
    ),
    "Blackboard": (
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Email"\n'
        '"Lovelace"\t"Ada"\t"alovelace"\t"ada"\t"ada@example.org"\n'
    ),
    "Brightspace": (
        "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n"
        "#ada,#alovelace,Lovelace,Ada,ada@example.org,#\n"
    ),
}


@pytest.mark.parametrize("platform", EXPORTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_export_is_read_as_it_is(platform, encoding, tmp_path):
    (found,) = people(roster(tmp_path, EXPORTS[platform], encoding))
    assert found[:2] == ADA[:2]
    assert found[2] == (ADA[2] if platform != "Canvas" else "")


def test_github_classrooms_roster_has_users(tmp_path):
    text = '"identifier","github_username","github_id","name"\n"ada","alovelace-gh","99","Ada"\n'
    found = roster(tmp_path, text)
    assert found.match(Learner("ALovelace-GH", "", ("ALovelace-GH",))).entry.id == "ada"


@pytest.mark.parametrize("mark", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_separator_and_the_line_ends_do_not_matter(mark, end, tmp_path):
    lines = ["id,name,email", 'ada,"Lovelace, Ada",ada@example.org', "", '"x",X,']
    text = end.join(line.replace(",", mark).replace(f"{mark} ", ", ") for line in lines)
    assert people(roster(tmp_path, text)) == [ADA, ("x", "X", "")]


def test_a_note_to_excel_is_passed_over(tmp_path):
    assert people(roster(tmp_path, "sep=;\nid;name\nada;Ada\n")) == [("ada", "Ada", "")]


def test_an_id_that_only_some_have_gives_way_to_one_that_all_have(tmp_path):
    text = "Identifier,Full name,ID number\nParticipant 1,Ada,a1\nParticipant 2,Sean,\n"
    found = roster(tmp_path, text)
    assert [entry.id for entry in found.entries] == ["Participant 1", "Participant 2"]
    assert found.match(Learner("x", "", ("a1",))).entry.name == "Ada"
    assert found.match(Learner("Sean", "Sean", ("2",))).entry.name == "Sean"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name,points\nAda,3\n", "line 1: no column of ids among 'name', 'points'"),
        ("id,name\nada,Ada\n,Sean\n", "line 3 has no id"),
        ("id,name\nada,Ada\n\nADA,Sean\n", "line 4 repeats the id 'ADA' of line 2"),
        ("id,name\nada,Ada,x,y\n", "line 2 has 4 values, the first line 2"),
        ('id,name\nada,"A\nda"\nsean,"Sean\n', "line 4: unexpected end of data"),
        ('id,name\nada,"Ada"x\n', "line 2: ',' expected"),
        ('id,name\nada,"A\nd\na"\n,Sean\n', "line 5 has no id"),
        ("id,name\n", "lists nobody"),
        (b"", "the file is empty"),
        (b"PK\x03\x04", "zip archive"),
        ("id,name\n" + ",x\n" * 9, "and 4 more"),
    ],
)
def test_a_wrong_roster_is_an_error_that_names_the_line(text, message, tmp_path):
    with pytest.raises(IntakeError, match=message.replace("(", r"\(")) as raised:
        roster(tmp_path, text)
    assert raised.value.remedy


def test_a_roster_that_is_not_there_is_an_error(tmp_path):
    with pytest.raises(IntakeError, match="no roster"):
        read_roster(tmp_path / "none.csv")


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200))
def test_no_bytes_raise_anything_but_an_intake_error(tmp_path_factory, data):
    with contextlib.suppress(IntakeError):
        roster(tmp_path_factory.mktemp("r"), b"id,name\n" + data)


CLASS = Roster(
    [
        Entry("ada", "Ada Lovelace", "ada.l@example.org", ("12345", "alovelace")),
        Entry("sean", "Sean O'Brien", "sean@example.org", ("12346",)),
        Entry("jm", "Jürgen von der Müller", "", ("12347",)),
        Entry("zoe1", "Zoë Smith", "zoe@a.example.org", ("1",)),
        Entry("zoe2", "Zoë Smith", "zoe@b.example.org", ("2",)),
        Entry("noname", "", "noname@example.org"),
    ]
)


def who(label, name="", *ids):
    match = CLASS.match(Learner(label, name, ids))
    return match.entry.id if match.entry else match.problem


@pytest.mark.parametrize(
    ("name", "student"),
    [
        ("Ada Lovelace", "ada"),
        ("Lovelace, Ada", "ada"),
        ("Lovelace Ada", "ada"),
        ("ADA  LOVELACE", "ada"),
        ("lovelaceada", "ada"),
        ("ada-lovelace", "ada"),
        ("Sean O’Brien", "sean"),
        ("obriensean", "sean"),
        ("Jürgen von der Müller", "jm"),
        (unicodedata.normalize("NFD", "Jürgen von der Müller"), "jm"),
        ("vondermüllerjürgen", "jm"),
        ("Jurgen von der Muller", "jm"),
        ("Group A-Ada Lovelace", "ada"),
    ],
)
def test_a_name_is_recognized_in_each_platforms_way(name, student):
    assert who(name, name, "777") == student


def test_an_id_is_recognized_where_there_is_no_name():
    assert who("12345", "", "12345") == "ada"
    assert who("ALovelace", "", "stride_ALovelace", "ALovelace") == "ada"
    assert who("ada.l", "", "ada.l") == "ada"
    assert who("noname", "", "noname@example.org") == "noname"
    assert who("jm", "", "jm") == "jm"


def test_an_id_decides_between_equal_names():
    assert who("Zoë Smith", "Zoë Smith", "2") == "zoe2"
    assert "2 entries of the roster fit it" in who("Zoë Smith", "Zoë Smith", "777")
    assert "(zoe1), 'Zoë Smith' (zoe2)" in who("zoe", "", "zoe")


def test_an_id_that_the_name_contradicts_is_not_believed():
    problem = who("Grace Hopper", "Grace Hopper", "12345")
    assert "fit different entries ('Ada Lovelace' (ada))" in problem
    problem = who("Sean O'Brien", "Sean O'Brien", "12345")
    assert "'Ada Lovelace' (ada), \"Sean" not in problem
    assert "(ada)" in problem
    assert "(sean)" in problem


def test_who_is_on_no_line_is_nobody():
    assert who("Grace Hopper", "Grace Hopper", "777") == "no entry of the roster fits it"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=30), st.text(max_size=30), st.text(max_size=10))
def test_no_name_raises(label, name, one):
    CLASS.match(Learner(label, name, (one,)))
