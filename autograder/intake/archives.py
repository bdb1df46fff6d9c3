"""Zip archives that strangers made: looked into, and read member by member in bounded memory.

Nothing is ever extracted: a member is read into memory, or kept out with the reason why.
"""

import io
import re
import stat
import unicodedata
import zipfile
from dataclasses import dataclass, replace

from autograder.errors import IntakeError
from autograder.intake.files import MAX_FILE_BYTES

__all__ = ["MAX_ENTRIES", "Archive", "Budget", "Member", "is_archive"]

MAX_ENTRIES = 20_000
# The list of members is read whole, and each costs some 700 bytes: this bounds it, whatever
# number of members the archive claims to hold.
MAX_DIRECTORY_BYTES = 4_000_000
MAX_NAME_BYTES = 1_000
# Notebooks shrink to a tenth, seldom to a fiftieth; a bomb of zeros to a thousandth.
MAX_RATIO = 200
_SMALL = 1_000_000  # where no ratio matters

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_DIRECTORY_HEADER = b"PK\x01\x02"
_DIRECTORY_HEADER_BYTES = 46
_MEMBER_HEADER_BYTES = 30
_UTF8 = 0x08  # in the second byte of a header's flags
_ENCRYPTED = 0x1 | 0x40 | 0x2000
# The others of zipfile's methods unpack without a bound on memory.
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_TWICE = "its name is in the archive more than once, and only the last is read"
_DRIVE = re.compile(r"^[A-Za-z]:")


def is_archive(data):
    """Say whether a file's first bytes are those of a zip archive."""
    return data[:4] in _MAGIC


@dataclass(frozen=True)
class Member:
    """One file in an archive.

    Parameters
    ----------
    number : int
        Its place in the archive's list.
    path : str
        Its name there, in NFC, with forward slashes. Where `reason` says that the name itself is
        bad, it is as it came: to be shown, and never to be opened.
    size : int
        What the archive says of its length.
    reason : str
        Why it is kept out; empty where it may be read.
    note : str
        What is odd about it, though it may be read.
    is_path : bool
        Whether `path` is a plain relative one, also of a member that is kept out.
    """

    number: int
    path: str
    size: int = 0
    reason: str = ""
    note: str = ""
    is_path: bool = True


class Budget:
    """How many bytes may still be unpacked.

    Parameters
    ----------
    total : int
        So many.
    above : Budget, optional
        A larger one that is spent as well.
    """

    def __init__(self, total, above=None):
        self.total = self.left = total
        self.above = above

    def allow(self, number):
        """Raise IntakeError unless so many bytes are left."""
        if number > self.left:
            raise IntakeError(
                f"the archives it came in hold more than {self.total / 1e6:.0f} MB together"
            )
        if self.above:
            self.above.allow(number)

    def spend(self, number):
        """Take so many bytes off."""
        self.left -= number
        if self.above:
            self.above.spend(number)


class Archive:
    """A zip archive, opened for reading: a context manager.

    Parameters
    ----------
    file : binary file
        Seekable. It is not closed.

    Attributes
    ----------
    members : tuple of Member
        The files in it in their order, those that are kept out among them; no folders.

    Raises
    ------
    IntakeError
        If it is no zip archive, is damaged, or lists too many members. Nothing else is raised,
        whatever the bytes are.
    """

    def __init__(self, file):
        self._window = _Window(file)
        try:
            self._zip = zipfile.ZipFile(self._window)
        except IntakeError:
            raise
        except Exception as error:  # noqa: BLE001 - struct, zlib, zipfile: as the bytes want it
            raise IntakeError(f"it is not a whole zip archive: {_said(error)}") from None
        self._window.opening = False
        infos = self._zip.infolist()
        if len(infos) > MAX_ENTRIES:
            self.close()
            raise IntakeError(f"it lists {len(infos)} files; {MAX_ENTRIES} at most are looked at")
        self._infos = infos
        found = [_member(number, info) for number, info in enumerate(infos)]
        last = {member.path: member.number for member in found}
        self.members = tuple(
            member if member.number == last[member.path] else replace(member, reason=_TWICE)
            for member in found
            if not (member.path.endswith("/") and member.is_path)
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Let go of the archive; the file stays open."""
        self._zip.close()

    def read(self, member, budget):
        """Read a member into memory.

        Parameters
        ----------
        member : Member
            Of this archive.
        budget : Budget
            What may be unpacked.

        Returns
        -------
        bytes
            All of it.

        Raises
        ------
        IntakeError
            If it is kept out, encrypted, damaged or longer than it says, or the budget is spent.
        """
        if member.reason:
            raise IntakeError(member.reason)
        info = self._infos[member.number]
        budget.allow(info.file_size)
        try:
            with self._zip.open(info) as file:
                data = file.read(MAX_FILE_BYTES + 1)
        except Exception as error:  # noqa: BLE001 - as above
            raise IntakeError(f"it is damaged in its archive: {_said(error)}") from None
        budget.spend(len(data))
        if len(data) != info.file_size:
            raise IntakeError("it is damaged in its archive: its length is not what that says")
        return data


class _Window(io.RawIOBase):
    """The archive's file, with a bound on what is read in one go while its list is opened.

    zipfile gives up on the whole archive for one name that claims to be UTF-8 and is not.
    Therefore it never sees that claim, in the list or in a member's header; `_name` decodes.
    """

    def __init__(self, file):
        self._file = file
        self.opening = True

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        return self._file.seek(offset, whence)

    def tell(self):
        return self._file.tell()

    def read(self, size=-1):
        if not self.opening:
            data = self._file.read(size)
            if size == _MEMBER_HEADER_BYTES and data.startswith(_MAGIC[0]):
                return data[:7] + bytes([data[7] & ~_UTF8]) + data[8:]
            return data
        if size is None or size < 0:
            size = MAX_DIRECTORY_BYTES + 1
        data = self._file.read(min(size, MAX_DIRECTORY_BYTES + 1))
        if len(data) > MAX_DIRECTORY_BYTES:
            raise IntakeError("its list of files is too long")
        if data.startswith(_DIRECTORY_HEADER) and len(data) >= _DIRECTORY_HEADER_BYTES:
            data = _without_claims(data)
        return data


def _without_claims(directory):
    """Clear the flag "this name is UTF-8" in the list of members."""
    directory = bytearray(directory)
    at = 0
    while directory[at : at + 4] == _DIRECTORY_HEADER and at + 46 <= len(directory):
        directory[at + 9] &= ~_UTF8
        sizes = [int.from_bytes(directory[at + i : at + i + 2], "little") for i in (28, 30, 32)]
        at += _DIRECTORY_HEADER_BYTES + sum(sizes)
    return bytes(directory)


def _member(number, info):
    name, note = _name(info)
    reason = _bad_name(name)
    if reason:
        return Member(number, name, info.file_size, reason, is_path=False)
    is_folder = name.endswith("/")
    path = "/".join(part for part in name.split("/") if part not in ("", "."))
    reason = _bad_content(info, is_folder)
    if is_folder and not reason:
        path += "/"
    return Member(number, path, info.file_size, reason, note)


def _name(info):
    """Decode a member's name, whatever it claims to be: UTF-8, else the code page of DOS."""
    raw = info.orig_filename.encode("cp437")
    try:
        return unicodedata.normalize("NFC", raw.decode("utf-8")), ""
    except UnicodeDecodeError:
        # zipfile's own reading knows an extra field with the name, but cuts a name at a NUL.
        name = info.orig_filename if "\0" in info.orig_filename else info.filename
        note = "its name is not in UTF-8; it may look odd"
        return unicodedata.normalize("NFC", name), note


def _bad_name(name):
    """Say what is wrong with a name; a right one is a relative path that leads nowhere else."""
    if "\0" in name:
        return "its name holds a NUL character"
    if len(name.encode("utf-8", "replace")) > MAX_NAME_BYTES:
        return "its name is too long"
    if "\\" in name:
        return "its name holds a backslash"
    if name.startswith("/") or _DRIVE.match(name):
        return "its name is an absolute path"
    if ".." in name.split("/"):
        return "its name leads out of the archive"
    if not name.strip("/."):
        return "it has no name"
    return ""


def _bad_content(info, is_folder):
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "it is a link, and links are not followed"
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR) or (kind == stat.S_IFDIR and not is_folder):
        return "it is not a regular file"
    if is_folder:
        return ""
    if info.flag_bits & _ENCRYPTED:
        return "it is encrypted"
    if info.compress_type not in _METHODS:
        return "it is packed with a method that is not read (only plain zip is)"
    if info.file_size > MAX_FILE_BYTES:
        size, most = info.file_size / 1e6, MAX_FILE_BYTES / 1e6
        return f"it is too large ({size:.0f} MB; {most:.0f} MB at most)"
    if info.file_size > _SMALL and info.file_size > MAX_RATIO * info.compress_size:
        return "it grows too much when it is unpacked (a zip bomb?)"
    return ""


def _said(error):
    """Quote an error's words as a note may: printable and short."""
    words = "".join(c if c.isprintable() else "?" for c in str(error)) or type(error).__name__
    return words if len(words) <= 120 else f"{words[:117]}..."
