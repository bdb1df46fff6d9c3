"""A class's download: every learner ends with a submission, whatever the others handed in."""

import io
import stat
import unicodedata
import zipfile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.errors import IntakeError
from autograder.intake import (
    documents,
    downloads,
    read_download,
    read_submission_folder,
    read_submissions,
)
from autograder.intake.archives import MAX_ENTRIES

CANVAS = "{}_{}_{}_boxes.ipynb"


def packed(*files):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def download(course, tmp_path):
    """Write an archive and read it: the submissions by student, and what belongs to nobody."""

    def read(*files, **kwargs):
        path = tmp_path / "boxes.zip"
        path.write_bytes(packed(*files))
        found = read_download(path, course, **kwargs)
        students = [one.student for one in found.submissions]
        assert len(students) == len(set(students))
        assert [p.name for p in tmp_path.iterdir() if p.name != "course"] == ["boxes.zip"]
        return {one.student: one for one in found.submissions}, found.notes

    return read


def said(submission):
    return " ".join(submission.notes)


def body(submission):
    (cell, *_) = [c for c in submission.program.cells if c.id == "answer_area"]
    return cell.source


def test_a_canvas_download_gives_each_learner_a_submission(download, answered):
    text = answered.text()
    found, notes = download(
        ("lovelaceada_LATE_12345_678901_boxes-1.ipynb", text),
        ("obriensean_12346_678902_boxes.ipynb", text),
        ("obriensean_12346_678903_plot.png", "x"),
        ("hoppergrace_12347_678904_boxes.ipynb", text[:500]),
        ("müllerjürgen_12348_678905_essay.pdf", "x"),
        ("noether_12349_text.html", "x"),
    )
    assert notes == ()
    assert {student: one.status for student, one in found.items()} == {
        "lovelaceada": None,
        "obriensean": None,
        "hoppergrace": "unreadable",
        "müllerjürgen": "unreadable",
        "noether": "unreadable",
    }
    assert {one.assignment for one in found.values()} == {"boxes"}
    ada = found["lovelaceada"]
    assert "The platform marks it as late." in ada.notes
    assert ada.source.parts[-2:] == ("boxes.zip", "lovelaceada_LATE_12345_678901_boxes-1.ipynb")
    assert ada.learner.ids == ("12345",)
    assert "Not looked at: 'plot.png'." in found["obriensean"].notes
    assert "cut off" in said(found["hoppergrace"])
    assert "Not looked at: 'essay.pdf'." in found["müllerjürgen"].notes


def test_the_latest_attempt_counts_and_a_note_says_so(download, answered, untouched):
    found, _ = download(
        ("ada_1_10_boxes.ipynb", untouched.text()),
        ("ada_1_12_boxes-2.ipynb", answered.text()),
        ("ada_1_11_boxes-1.ipynb", untouched.text()),
    )
    assert "return x * x" in body(found["ada"])
    assert "3 attempts were handed in; the latest counts ('boxes-2.ipynb')." in found["ada"].notes


def test_the_latest_time_counts_on_blackboard_and_brightspace(download, answered, untouched):
    new, old = answered.text(), untouched.text()
    found, _ = download(
        ("boxes_ada_attempt_2026-11-20-10-30-00_z.ipynb", new),
        ("boxes_ada_attempt_2026-11-20-10-30-00.txt", "Name: ..."),
        ("boxes_ada_attempt_2026-11-20-09-30-00_boxes.ipynb", old),
        ("boxes_sean_attempt_2026-11-20-09-30-00.txt", "Name: ..."),
    )
    assert "return x * x" in body(found["ada"])
    assert "2 attempts were handed in; the latest counts ('2026-11-20 10:30:00')." in (
        found["ada"].notes
    )
    assert found["sean"].status == "missing"
    found, notes = download(
        ("1-2 - Ada L - Nov 20, 2026 100 PM/boxes.ipynb", new),
        ("1-2 - Ada L - Nov 20, 2026 1100 AM/boxes.ipynb", old),
        ("index.html", "x"),
    )
    assert "return x * x" in body(found["Ada L"])
    assert notes == ()


def test_attempts_without_a_time_are_all_looked_at(download, answered, untouched):
    found, _ = download(
        ("1-2 - Ada L - 20 listopada 2026 1030/boxes.ipynb", untouched.text()),
        ("1-2 - Ada L - Nov 20, 2026 1100 AM/boxes.ipynb", answered.text()),
    )
    assert "return x * x" in body(found["Ada L"])
    assert "time of an attempt cannot be read" in said(found["Ada L"])


def test_moodle_names_keep_their_apostrophes_and_umlauts(download, answered):
    names = ["Sean O'Brien", "Zoë van der Ä", unicodedata.normalize("NFD", "Jürgen Größe")]
    found, _ = download(
        *(
            (f"{name}_{number}_assignsubmission_file_/a b.ipynb", answered.text())
            for number, name in enumerate(names)
        )
    )
    assert set(found) == {unicodedata.normalize("NFC", name) for name in names}
    assert {one.status for one in found.values()} == {None}


def test_two_learners_of_one_name_are_two(download, answered, untouched):
    found, _ = download(
        ("Zoë Smith_1_assignsubmission_file_/boxes.ipynb", answered.text()),
        ("Zoë Smith_2_assignsubmission_file_/boxes.ipynb", untouched.text()),
    )
    assert set(found) == {"Zoë Smith (1)", "Zoë Smith (2)"}


def test_a_repository_is_read_without_its_history(download, answered):
    found, notes = download(
        ("boxes-submissions/boxes-ada-gh/boxes.ipynb", answered.text()),
        ("boxes-submissions/boxes-ada-gh/.git/objects/a.py", "x"),
        ("boxes-submissions/boxes-sean/README.md", "x"),
    )
    assert (found["ada-gh"].status, notes) == (None, ())
    assert "README.md" in said(found["sean"])


def test_nbgraders_tree_may_come_zipped(download, answered):
    found, _ = download(
        ("submitted/ada/boxes/boxes.ipynb", answered.text()),
        ("submitted/sean/boxes/my boxes.ipynb", answered.text()),
    )
    assert {student: one.status for student, one in found.items()} == {"ada": None, "sean": None}
    assert found["ada"].notes == ()


def test_an_archive_of_a_single_learner_has_the_archives_name(download, answered):
    found, _ = download(("boxes.ipynb", answered.text()), ("helper.py", "x = 1"))
    assert list(found) == ["boxes"]


def test_a_learners_own_archive_is_looked_into(download, answered):
    inner = packed(
        ("work/boxes.ipynb", answered.text()), ("__MACOSX/work/._boxes.ipynb", "x"), ("a.csv", "1")
    )
    found, _ = download((CANVAS.format("ada", 1, 2).replace(".ipynb", ".zip"), inner))
    assert found["ada"].status is None
    assert "The file was named 'boxes.zip/work/boxes.ipynb'" in said(found["ada"])
    assert "Not looked at: 'boxes.zip/a.csv'." in found["ada"].notes


def test_archives_in_archives_are_followed_only_so_far(download, answered):
    inner = packed(("boxes.ipynb", answered.text()))
    found, _ = download(("ada_1_2_a.zip", packed(("b.zip", inner))), ("sean_2_3_a.py", "area = 1"))
    assert found["ada"].status is None
    deep = packed(("b.zip", packed(("c.zip", inner))))
    found, _ = download(("ada_1_2_a.zip", deep), ("sean_2_3_boxes.ipynb", answered.text()))
    assert found["ada"].status == "unreadable"
    assert "too deep in archives" in said(found["ada"])
    assert found["sean"].status is None


def link(name):
    made = zipfile.ZipInfo(name)
    made.external_attr = (stat.S_IFLNK | 0o777) << 16
    return made


def hostile():
    encrypted = bytearray(packed(("boxes.ipynb", "x")))
    encrypted[encrypted.index(b"PK\x01\x02") + 8] |= 1
    return {
        "slips": packed(("../../../boxes.ipynb", "x"), ("/etc/boxes.ipynb", "x")),
        "backslashes": packed(("..\\boxes.ipynb", "x")),
        "links": packed((link("boxes.ipynb"), "/etc/passwd")),
        "bomb": packed(("boxes.ipynb", bytes(19_000_000))),
        "bombs": packed(*((f"{n}.ipynb", bytes(900_000)) for n in range(60))),
        "encrypted": bytes(encrypted),
        "cut": packed(("boxes.ipynb", "x" * 1000))[:-30],
        "garbage": b"PK\x03\x04" + bytes(range(256)),
        "empty": b"",
        "void": packed(),
        "rar": b"Rar!",
    }


@pytest.mark.parametrize("kind", hostile())
def test_a_hostile_archive_costs_its_own_learner_only(kind, download, answered):
    name = "eve_1_2_boxes." + ("rar" if kind == "rar" else "zip")
    found, _ = download((name, hostile()[kind]), (CANVAS.format("ada", 3, 4), answered.text()))
    assert found["ada"].status is None
    assert found["eve"].status in ("unreadable", "missing")
    if kind not in ("void", "bombs"):
        assert "'boxes" in said(found["eve"])  # quoted


def test_what_a_learner_unpacks_is_counted_together(download, monkeypatch, answered):
    monkeypatch.setattr(documents, "MAX_LEARNER_BYTES", 100_000)
    many = packed(*((f"{n}.py", f"x = {n}" + " " * 30_000) for n in range(9)))
    found, _ = download(
        ("eve_1_2_a.zip", many), *((CANVAS.format(n, i, i), answered.text()) for i, n in [(9, "a")])
    )
    assert found["eve"].status == "unreadable"
    assert found["a"].status is None


def test_a_name_that_leads_out_is_listed_and_kept_out(download, answered):
    found, _ = download(
        ("../ada_1_2_boxes.ipynb", answered.text()), ("sean_3_4_boxes.ipynb", answered.text())
    )
    assert found["sean"].status is None
    evil = found["'../ada_1_2_boxes.ipynb'"]
    assert (evil.status, evil.assignment) == ("unreadable", "boxes")
    assert "leads out of the archive" in said(evil)


def test_what_the_layout_does_not_explain_is_kept(download, answered):
    found, notes = download(
        ("ada_1_2_boxes.ipynb", answered.text()),
        ("sean_3_4_boxes.ipynb", answered.text()),
        ("grace.ipynb", answered.text()),
        ("notes.txt", "x"),
    )
    assert found["grace.ipynb"].status is None
    assert notes == ("'notes.txt' belongs to no learner; it was not read.",)


def test_a_label_is_printable(download, answered):
    found, _ = download(("a\x1b[31mda_1_2_boxes.ipynb", answered.text()))
    assert list(found) == ["a?[31mda"]


def test_a_fault_of_the_reader_is_one_learners_alone_and_no_zero(download, answered, monkeypatch):
    real = downloads.read_documents

    def failing(student, *arguments):
        if student == "eve":
            raise ZeroDivisionError
        return real(student, *arguments)

    monkeypatch.setattr(downloads, "read_documents", failing)
    found, _ = download(
        ("eve_1_2_boxes.ipynb", answered.text()), ("ada_3_4_boxes.ipynb", answered.text())
    )
    assert found["eve"].status == "grader_error"
    assert "ZeroDivisionError" in said(found["eve"])
    assert found["ada"].status is None


def test_a_layout_can_be_forced(download, answered):
    found, _ = download(("ada_1_2_boxes.ipynb", answered.text()), layout="folders")
    assert list(found) == ["boxes"]
    found, _ = download(
        ("ada_1_2_boxes.ipynb", answered.text()), ("x.ipynb", "{}"), layout="canvas"
    )
    assert set(found) == {"ada", "x.ipynb"}


def test_an_unpacked_download_is_read_like_the_archive(course, answered, tmp_path):
    folder = tmp_path / "submissions"
    answered.save(folder / "Ada Lovelace_12_assignsubmission_file_" / "boxes.ipynb")
    answered.save(folder / "Sean O'Brien_13_assignsubmission_file_" / "boxes.ipynb")
    (folder / "Sean O'Brien_13_assignsubmission_file_" / "more.ipynb").symlink_to("/etc/passwd")
    found = read_download(folder, course).submissions
    assert [one.student for one in found] == ["Ada Lovelace", "Sean O'Brien"]
    assert "'more.ipynb' was kept out: it is a link" in said(found[1])
    assert found[0].source.is_file()


def test_a_folder_of_learners_archives_is_read(course, answered, tmp_path):
    folder = tmp_path / "submissions"
    (folder / "sean").mkdir(parents=True)
    inner = packed(("hw/boxes.ipynb", answered.text()))
    (folder / "ada.zip").write_bytes(inner)
    (folder / "sean" / "work.zip").write_bytes(inner)
    (folder / "eve.zip").write_bytes(inner[:-9])
    found = {one.student: one for one in read_download(folder, course).submissions}
    assert {student: one.status for student, one in found.items()} == {
        "ada": None,
        "sean": None,
        "eve": "unreadable",
    }
    assert read_submissions(folder, course)[0].status is None


def test_a_plain_folder_is_read_as_ever(course, answered, tmp_path):
    answered.save(tmp_path / "s" / "ada" / "boxes.ipynb")
    found = read_download(tmp_path / "s", course).submissions
    assert found == tuple(read_submissions(tmp_path / "s", course))


def test_a_folder_too_large_to_look_at_is_read_as_ever(course, answered, tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MAX_ENTRIES", 1)
    answered.save(tmp_path / "s" / "ada" / "boxes.ipynb")
    answered.save(tmp_path / "s" / "sean" / "boxes.ipynb")
    assert len(read_download(tmp_path / "s", course).submissions) == 2
    assert MAX_ENTRIES == 20_000


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", packed(("a", "b"))[:-5]])
def test_a_damaged_download_is_an_error_with_a_remedy(data, course, tmp_path):
    path = tmp_path / "boxes.zip"
    path.write_bytes(data)
    with pytest.raises(IntakeError, match=r"boxes\.zip' cannot be read") as raised:
        read_download(path, course)
    assert "download it again" in raised.value.remedy


def _class_zip(text):
    return packed(
        ("Ada Lovelace_1_assignsubmission_file_/boxes.ipynb", text),
        ("Sean O'Brien_2_assignsubmission_file_/work.zip", packed(("boxes.ipynb", text))),
        ("Jürgen Müller_3_assignsubmission_file/boxes.py", "def area(x):\n    return x"),
    )


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_a_mutated_download_raises_nothing_but_an_intake_error(data, course, answered, tmp_path):
    sample = bytearray(_class_zip(answered.text()))
    directory = bytes(sample).rindex(b"Ada Lovelace") - 46
    places = st.integers(0, len(sample) - 1) | st.integers(directory, len(sample) - 1)
    for _ in range(data.draw(st.integers(1, 6))):
        sample[data.draw(places)] = data.draw(st.integers(0, 255))
    path = tmp_path / "mutated.zip"
    path.write_bytes(sample)
    try:
        found = read_download(path, course)
    except IntakeError:
        return
    assert "grader_error" not in {one.status for one in found.submissions}


_NAMES = st.text(
    st.characters(exclude_characters="\0\\/", exclude_categories=["Cs", "Cc"]), min_size=1
).filter(lambda name: name.strip(". ") and "_" not in name and not name.startswith("."))


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(names=st.lists(_NAMES, min_size=1, max_size=5, unique=True))
def test_whatever_learners_are_called_each_has_one_submission(names, course, tmp_path):
    path = tmp_path / "names.zip"
    files = [
        (f"{name}_{number}_assignsubmission_file_/boxes.py", "def area(x):\n    return x")
        for number, name in enumerate(names)
    ]
    path.write_bytes(packed(*files))
    found = read_download(path, course, layout="moodle").submissions
    assert sorted(one.learner.ids for one in found) == sorted((str(n),) for n in range(len(names)))
    assert {one.status for one in found} == {None}
    assert len({one.student for one in found}) == len(names)


def test_nbgraders_tree_is_read_with_an_archive_in_it(course, answered, tmp_path):
    place = tmp_path / "submitted" / "ada" / "boxes"
    place.mkdir(parents=True)
    (place / "hand in.zip").write_bytes(packed(("boxes.ipynb", answered.text()), ("../x.py", "")))
    found = read_submission_folder(place, course, "boxes")
    assert (found.student, found.status) == ("ada", None)
    assert "'hand in.zip/../x.py' was kept out: its name leads out of the archive." in found.notes
