"""What a zip archive may hold, and what of it is read."""

import io
import resource
import stat
import struct
import subprocess
import sys
import unicodedata
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.errors import IntakeError
from autograder.intake import archives
from autograder.intake.archives import MAX_ENTRIES, Archive, Budget
from autograder.intake.files import MAX_FILE_BYTES


def packed(*files, method=zipfile.ZIP_DEFLATED):
    """Return the bytes of an archive of (name or ZipInfo, content) pairs."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return file.getvalue()


def info(name, *, mode=0, system=3):
    made = zipfile.ZipInfo(name)
    made.external_attr = mode << 16
    made.create_system = system
    return made


def opened(data):
    return Archive(io.BytesIO(data))


def only(data):
    (member,) = opened(data).members
    return member


def contents(data, budget=None):
    """Read all that can be read."""
    archive = opened(data)
    budget = budget or Budget(10**9)
    return {m.path: archive.read(m, budget) for m in archive.members if not m.reason}


def test_files_are_read_and_folders_are_not_listed():
    data = packed(("a/", ""), ("a/b.py", "x = 1"), ("./c.py", "y"), ("a//d.py", ""))
    assert contents(data) == {"a/b.py": b"x = 1", "c.py": b"y", "a/d.py": b""}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("../evil.py", "leads out"),
        ("a/../../evil.py", "leads out"),
        ("a/..", "leads out"),
        ("/etc/evil.py", "absolute"),
        ("//host/evil.py", "absolute"),
        ("C:/evil.py", "absolute"),
        ("c:evil.py", "absolute"),
        ("..\\evil.py", "backslash"),
        ("a\\b.py", "backslash"),
        ("./", "no name"),
        ("x" * 1001, "too long"),
    ],
)
def test_a_name_that_leads_elsewhere_is_kept_out(name, reason):
    data = packed((name, "import os"), ("good.py", "x"))
    bad, good = opened(data).members
    assert reason in bad.reason
    assert (bad.path, bad.is_path) == (name, False)
    assert not good.reason
    with pytest.raises(IntakeError, match=reason):
        opened(data).read(bad, Budget(100))


def test_a_name_with_a_nul_is_kept_out():
    data = packed(("aXb.py", "x")).replace(b"aXb.py", b"a\0b.py")
    assert "NUL" in only(data).reason


@pytest.mark.parametrize(
    ("mode", "reason"),
    [
        (stat.S_IFLNK | 0o777, "link"),
        (stat.S_IFCHR | 0o600, "not a regular file"),
        (stat.S_IFBLK | 0o600, "not a regular file"),
        (stat.S_IFIFO | 0o600, "not a regular file"),
        (stat.S_IFSOCK | 0o600, "not a regular file"),
        (stat.S_IFDIR | 0o700, "not a regular file"),
    ],
)
@pytest.mark.parametrize("system", [0, 3, 19])
def test_a_link_or_a_device_is_kept_out_whatever_system_it_claims(mode, system, reason):
    data = packed((info("stride.ipynb", mode=mode, system=system), "/etc/passwd"))
    assert reason in only(data).reason


def test_a_link_that_poses_as_a_folder_is_kept_out():
    data = packed((info("a/", mode=stat.S_IFLNK | 0o777), "/etc"))
    assert (only(data).path, "link" in only(data).reason) == ("a", True)


def test_an_encrypted_member_is_kept_out():
    data = bytearray(packed(("a.py", "x")))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(header) + flags] |= 1
    assert "encrypted" in only(bytes(data)).reason


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_method_that_unpacks_without_bound_is_not_used(method):
    assert "method" in only(packed(("a.py", "x" * 100), method=method)).reason


def test_a_method_that_nobody_knows_is_not_used():
    data = bytearray(packed(("a.py", "x")))
    data[data.index(b"PK\x01\x02") + 10] = 77
    assert "method" in only(bytes(data)).reason


def test_a_bomb_is_kept_out_by_its_ratio_and_by_its_size():
    assert "zip bomb" in only(packed(("a.ipynb", bytes(5_000_000)))).reason
    assert "too large" in only(packed(("a.ipynb", bytes(MAX_FILE_BYTES + 1)))).reason


def test_a_small_file_may_shrink_as_it_likes():
    assert not only(packed(("a.ipynb", bytes(900_000)))).reason


def test_a_budget_is_spent_and_the_larger_one_with_it():
    data = packed(("a.py", "x" * 60), ("b.py", "y" * 60))
    whole = Budget(1000)
    with pytest.raises(IntakeError, match="more than"):
        contents(data, Budget(100, whole))
    assert whole.left == 940
    with pytest.raises(IntakeError, match="more than"):
        contents(data, Budget(1000, Budget(100)))


def _with_size(data, size):
    at = data.index(b"PK\x01\x02") + 24
    return data[:at] + struct.pack("<I", size) + data[at + 4 :]


@pytest.mark.parametrize("size", [0, 3, 500, 5_000])
@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_a_size_that_lies_gives_an_error_and_no_more_bytes_than_it_says(size, method):
    data = _with_size(packed(("a.py", "abc" * 100), method=method), size)
    with pytest.raises(IntakeError, match="damaged"):
        contents(data)


def test_a_member_that_inflates_far_beyond_its_size_is_not_inflated_to_the_end(monkeypatch):
    monkeypatch.setattr(archives, "MAX_FILE_BYTES", 1000)
    data = _with_size(packed(("a.py", bytes(50_000_000))), 900)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(IntakeError, match="damaged"):
        contents(data)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 20_000  # kilobytes


def test_a_bad_checksum_costs_one_member_only():
    data = packed(("a.py", "abc"), ("b.py", "xyz"), method=zipfile.ZIP_STORED)
    archive = opened(data.replace(b"abc", b"abd"))
    a, b = archive.members
    with pytest.raises(IntakeError, match="damaged"):
        archive.read(a, Budget(100))
    assert archive.read(b, Budget(100)) == b"xyz"


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_of_two_members_of_one_name_the_last_is_read():
    composed, decomposed = (unicodedata.normalize(form, "Jürgen.py") for form in ("NFC", "NFD"))
    data = packed((composed, "1"), ("a.py", "2"), ("a.py", "3"), (decomposed, "4"))
    assert contents(data) == {"a.py": b"3", composed: b"4"}
    assert sum("more than once" in m.reason for m in opened(data).members) == 2


def test_a_name_is_utf8_whether_it_claims_so_or_not():
    data = packed(("Zoë O’Brien/ü.py", "x"))
    assert contents(data) == {"Zoë O’Brien/ü.py": b"x"}
    unclaimed = bytearray(data)
    for header, flags in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        unclaimed[unclaimed.index(header) + flags] = 0
    assert contents(bytes(unclaimed)) == {"Zoë O’Brien/ü.py": b"x"}


def test_a_name_that_is_not_utf8_stops_no_other_and_is_noted():
    data = packed(("J\N{LATIN SMALL LETTER U WITH DIAERESIS}.py", "x"), ("b.py", "y"))
    data = data.replace("ü".encode(), b"\x81\xff")  # flagged as UTF-8 all the same
    odd, plain = opened(data).members
    assert odd.path.startswith("Jü")
    assert "UTF-8" in odd.note
    assert not plain.note
    assert set(contents(data).values()) == {b"x", b"y"}


def test_an_archive_of_many_members_is_refused(monkeypatch):
    data = packed(*((f"{number}", "") for number in range(30)))
    monkeypatch.setattr(archives, "MAX_ENTRIES", 20)
    with pytest.raises(IntakeError, match="30 files"):
        opened(data)
    assert MAX_ENTRIES == 20_000


def test_a_long_list_of_members_is_not_even_read(monkeypatch):
    monkeypatch.setattr(archives, "MAX_DIRECTORY_BYTES", 500)
    with pytest.raises(IntakeError, match="list of files is too long"):
        opened(packed(*((f"{number}", "") for number in range(30))))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04", b"{}", b"PK\x05\x06" + bytes(17)])
def test_what_is_no_archive_is_said_to_be_none(data):
    with pytest.raises(IntakeError, match="not a whole zip archive"):
        opened(data)


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9, 0.99])
def test_an_archive_that_was_cut_off_is_said_to_be(keep):
    data = packed(("a.py", "x" * 500), ("b.py", "y" * 500))
    with pytest.raises(IntakeError, match="not a whole zip archive"):
        opened(data[: int(len(data) * keep)])


def test_members_that_share_their_bytes_are_not_read_twice_for_free():
    # The bomb that stacks its members' data: each claims the same bytes.
    data = bytearray(packed(("a.py", "x" * 100), ("b.py", "x" * 100)))
    second = data.rindex(b"PK\x01\x02")
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    with pytest.raises(IntakeError, match="damaged"):
        contents(bytes(data))


_SAMPLE = packed(
    ("lovelaceada_12345_678901_stride-1.ipynb", '{"cells": []}'),
    ("Jürgen/ü.py", "x = 1\n" * 50),
    (info("link", mode=stat.S_IFLNK | 0o777), "/etc/passwd"),
    ("inner.zip", packed(("a.py", "x"))),
)


def _read_everything(data):
    """Open and read as intake does; only IntakeError may come out."""
    try:
        archive = opened(data)
    except IntakeError:
        return
    budget = Budget(1_000_000)
    for member in archive.members:
        assert member.reason or (
            not member.path.startswith("/") and ".." not in member.path.split("/")
        )
        try:
            content = archive.read(member, budget)
        except IntakeError:
            continue
        assert len(content) <= MAX_FILE_BYTES


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06"]))
def test_random_bytes_never_raise_anything_but_an_intake_error(data, start):
    _read_everything(start + data)


@settings(max_examples=1000, deadline=None)
@given(st.data())
def test_a_mutated_archive_never_raises_anything_but_an_intake_error(data):
    sample = bytearray(_SAMPLE)
    # Most bytes of interest are in the list of members, at the end.
    places = st.integers(0, len(sample) - 1) | st.integers(
        bytes(sample).index(b"PK\x01\x02"), len(sample) - 1
    )
    for _ in range(data.draw(st.integers(1, 8))):
        sample[data.draw(places)] = data.draw(st.integers(0, 255) | st.sampled_from([0, 1, 255]))
    cut = data.draw(st.none() | st.integers(0, len(sample)))
    _read_everything(bytes(sample[:cut]))


_WRITABLE = st.characters(exclude_characters="\0", exclude_categories=["Cs"])


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(_WRITABLE, max_size=20), min_size=1, max_size=4))
def test_no_name_raises_anything_and_a_read_name_is_relative(names):
    _read_everything(packed(*((f"{name}{number}", "x") for number, name in enumerate(names))))


def test_reading_writes_nothing(tmp_path):
    (tmp_path / "a.zip").write_bytes(packed(("../evil.py", "x"), ("ok.py", "x")))
    code = (
        "import sys; sys.addaudithook(lambda name, a: name == 'open' and 'w' in str(a[1]) and "
        "print('opened for writing', a))\n"
        "from autograder.intake.archives import Archive, Budget\n"
        "archive = Archive(open('a.zip', 'rb'))\n"
        "print([archive.read(m, Budget(99)) for m in archive.members if not m.reason])"
    )
    done = subprocess.run(
        [sys.executable, "-B", "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout == "[b'x']\n"
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
