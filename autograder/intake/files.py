"""Reading the files of a submission: regular files only, of a bounded size, in any encoding."""

import codecs
import errno
import os
import stat

from autograder.beside import HANDED_OUT
from autograder.errors import IntakeError

__all__ = ["decode", "find_files", "is_candidate", "is_zip", "quote", "read_regular"]

MAX_FILE_BYTES = 20_000_000
MAX_FILES = 500
MAX_DEPTH = 5

# What lies in a learner's folder and is not an answer.
_NOT_ANSWERS = {*HANDED_OUT, "__MACOSX", "__pycache__"}
_BOMS = [
    (codecs.BOM_UTF8, "utf-8-sig", ""),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
]
_FOREIGN = [
    (b"PK\x03\x04", "it is a zip archive: unpack it first"),
    (b"%PDF", "it is a PDF, not a notebook"),
    (b"<!DOCTYPE", "it is a web page (an export?), not a notebook"),
    (b"<html", "it is a web page (an export?), not a notebook"),
]


def quote(name):
    """Return a file's name as a note may show it: printable, short, in quotation marks."""
    text = "".join(c if c.isprintable() else "?" for c in os.fspath(name))
    text = text if len(text) <= 80 else f"{text[:60]}...{text[-15:]}"
    return f"'{text}'"


def read_regular(path):
    """Read a file that a learner handed in.

    Parameters
    ----------
    path : path-like
        The file. A link is not followed, and a device or a pipe is not opened for good.

    Returns
    -------
    bytes
        All of it.

    Raises
    ------
    IntakeError
        If it is no regular file, cannot be opened, or is too large.
    """
    flags = os.O_RDONLY
    for name in ("O_NOFOLLOW", "O_NONBLOCK", "O_CLOEXEC", "O_BINARY"):
        flags |= getattr(os, name, 0)
    try:
        # Windows has no O_NOFOLLOW; elsewhere this first look only gives the better message.
        if os.path.islink(path):
            raise IntakeError("it is a link, and links are not followed")
        descriptor = os.open(path, flags)
    except ValueError:
        raise IntakeError("its name holds a NUL character") from None
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise IntakeError("it is a link, and links are not followed") from None
        raise IntakeError(f"it cannot be opened: {error.strerror}") from None
    with os.fdopen(descriptor, "rb") as file:
        status = os.fstat(file.fileno())
        if not stat.S_ISREG(status.st_mode):
            raise IntakeError("it is not a regular file")
        if status.st_size > MAX_FILE_BYTES:
            raise IntakeError(_too_large(status.st_size))
        try:
            data = file.read(MAX_FILE_BYTES + 1)
        except OSError as error:
            raise IntakeError(f"it cannot be read: {error.strerror}") from None
    if len(data) > MAX_FILE_BYTES:
        raise IntakeError(_too_large(len(data)))
    return data


def decode(data):
    """Turn a file's bytes into text with plain line ends.

    Parameters
    ----------
    data : bytes
        The file.

    Returns
    -------
    text : str
        Encodable as UTF-8, lines ended by a newline alone.
    notes : list of str
        What was odd.

    Raises
    ------
    IntakeError
        If it is empty or no text.
    """
    if not data.strip():
        raise IntakeError("the file is empty")
    for magic, reason in _FOREIGN:
        if data.lstrip()[: len(magic)].lower() == magic.lower():
            raise IntakeError(reason)
    text, notes = _decode(data)
    return text.replace("\r\n", "\n").replace("\r", "\n"), notes


def find_files(folder):
    """Find what may be a submission in a learner's folder.

    Parameters
    ----------
    folder : Path
        The folder; folders in it are looked into, links are not followed.

    Returns
    -------
    paths : list of Path
        Notebooks, Python files and zip archives, sorted.
    notes : list of str
        What was left out and why.
    """
    found, notes = [], []
    _walk(folder, folder, found, notes, MAX_DEPTH)
    if len(found) > MAX_FILES:
        notes.append(f"It holds more than {MAX_FILES} files; only so many were looked at.")
    return sorted(found)[:MAX_FILES], notes


def is_candidate(name):
    """Say whether a file of this name may hold a learner's answers."""
    lower = name.lower()
    return ".ipynb" in lower or lower.endswith((".py", ".json"))


def is_zip(name):
    """Say whether a file of this name is to be opened as a zip archive."""
    return name.lower().endswith(".zip")


def _too_large(size):
    return f"it is too large ({size / 1e6:.0f} MB; {MAX_FILE_BYTES / 1e6:.0f} MB at most)"


def _decode(data):
    for bom, encoding, label in _BOMS:
        if data.startswith(bom):
            notes = [f"The file was saved as {label}; it was read all the same."] if label else []
            try:
                return data.decode(encoding), notes
            except UnicodeDecodeError:
                raise IntakeError("its text is damaged (a broken character)") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        text = data.decode("cp1252", errors="replace")
        return text, ["The file was not saved as UTF-8; some characters may look odd."]
    if "\0" in text:
        # UTF-16 without a byte order mark: plain ASCII has every second byte zero.
        encoding = "utf-16-be" if data[0] == 0 else "utf-16-le"
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            raise IntakeError("it holds NUL characters: not a text file") from None
        if "\0" in text:
            raise IntakeError("it holds NUL characters: not a text file")
        return text, ["The file was saved as UTF-16; it was read all the same."]
    return text, []


def _walk(top, folder, found, notes, depth):
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        notes.append(f"The folder {quote(folder.name)} cannot be read: {error.strerror}.")
        return
    for entry in entries:
        if entry.name.startswith(".") or entry.name in _NOT_ANSWERS:
            continue
        path = folder / entry.name
        shown = quote(path.relative_to(top))
        if entry.is_symlink():
            notes.append(f"{shown} is a link: it was not followed.")
        elif entry.is_dir(follow_symlinks=False):
            if depth > 1:
                _walk(top, path, found, notes, depth - 1)
            else:
                notes.append(f"The folder {shown} lies too deep: it was not looked into.")
        elif is_candidate(entry.name) or is_zip(entry.name):
            if entry.is_file(follow_symlinks=False):
                found.append(path)
            else:
                notes.append(f"{shown} is not a regular file: it was left out.")
        if len(found) > MAX_FILES:
            return
