"""One learner's files: which of them may hold answers, those in archives among them."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from autograder.errors import IntakeError
from autograder.intake.archives import Archive, Budget
from autograder.intake.files import MAX_FILES, is_candidate, is_zip, quote, read_regular

__all__ = ["Document", "Files", "is_hidden", "is_litter"]

# Far beyond what one learner hands in.
MAX_LEARNER_BYTES = 50_000_000
#: Archives in archives of one learner; one more is not looked into.
MAX_NESTED = 2
_MOST_NAMES = 5

# What systems leave behind, and nobody handed in.
_LITTER = ("__MACOSX", ".DS_Store", "Thumbs.db", "desktop.ini", "__pycache__")
_OTHER_ARCHIVES = (".rar", ".7z", ".tar", ".tgz", ".gz", ".bz2", ".xz")


@dataclass(frozen=True)
class Document:
    """A file that may hold answers, wherever it lies.

    Parameters
    ----------
    path : Path
        What it is called; of a member of an archive, below the archive's own path.
    read : callable
        Gives its bytes, or raises IntakeError.
    """

    path: Path
    read: Callable[[], bytes]


class Files:
    """One learner's files, sorted as they are added.

    Parameters
    ----------
    base : Path
        What their paths are below.
    budget : Budget, optional
        A larger one that unpacking spends as well.

    Attributes
    ----------
    documents : list of Document
        Those that may hold answers.
    origins : dict of Path to str
        By a document's path: where it really lies.
    kept_out : list of str
        A sentence for each that is not read though it was meant to be.
    """

    def __init__(self, base, budget=None):
        self.base = base
        self.documents, self.origins, self.kept_out = [], {}, []
        self._budget = Budget(MAX_LEARNER_BYTES, budget)
        self._extra, self._said = [], {}

    def add_path(self, path):
        """Sort in a file of a folder.

        Parameters
        ----------
        path : Path
            Below the base, or the base itself.
        """
        inner = path.relative_to(self.base).as_posix() if path != self.base else path.name
        if is_zip(path.name):
            self._open(partial(read_regular, path), inner, str(path), 0)
        else:
            self.documents.append(Document(path, partial(read_regular, path)))
            self.origins[path] = str(path)

    def add(self, box, member, inner, origin, depth=0):
        """Sort in a member of an archive.

        Parameters
        ----------
        box : Archive
            Or a folder that is read like one.
        member : Member
            Of it.
        inner : str
            Its path among the learner's files.
        origin : str
            Where it really lies.
        depth : int
            In how many archives of the learner's.
        """
        if member.is_path and is_hidden(inner):
            return
        if member.note:
            self._said[f"{quote(inner)}: {member.note}."] = None
        if member.reason:
            self.kept_out.append(f"{quote(inner)} was kept out: {member.reason}.")
        elif is_zip(inner):
            self._open(partial(box.read, member, self._budget), inner, origin, depth)
        elif inner.lower().endswith(_OTHER_ARCHIVES):
            self.kept_out.append(f"{quote(inner)} is an archive of a kind that is not read.")
        elif not is_candidate(inner) or PurePosixPath(inner).name == "given.py":
            self._extra.append(inner)
        elif len(self.documents) < MAX_FILES:
            path = self.base / inner
            self.documents.append(Document(path, partial(box.read, member, self._budget)))
            self.origins[path] = origin
        else:
            note = f"It holds more than {MAX_FILES} files; only so many were looked at."
            self._said[note] = None

    def notes(self):
        """Say what was left out and why.

        Returns
        -------
        list of str
            Sentences; of many alike the first few, and how many there are.
        """
        notes = [*list(self._said)[:_MOST_NAMES], *self.kept_out[:_MOST_NAMES]]
        if len(self.kept_out) > _MOST_NAMES:
            notes.append(f"{len(self.kept_out) - _MOST_NAMES} more files were kept out.")
        if self._extra:
            shown = ", ".join(map(quote, self._extra[:_MOST_NAMES]))
            more = len(self._extra) - _MOST_NAMES
            notes.append(f"Not looked at: {shown}{f' and {more} more' if more > 0 else ''}.")
        return notes

    def _open(self, read, inner, origin, depth):
        try:
            if depth >= MAX_NESTED:
                raise IntakeError("it lies too deep in archives")
            archive = Archive(io.BytesIO(read()))
        except IntakeError as error:
            self.kept_out.append(f"{quote(inner)} was kept out: {error}.")
            return
        for member in archive.members:
            # A name that is no path is only shown.
            below = f"/{member.path}"
            self.add(archive, member, inner + below, origin + below, depth + 1)


def is_litter(path):
    """Say whether a path's last part is what a system leaves behind."""
    parts = path.split("/")
    return parts[-1].startswith("._") or any(part in _LITTER for part in parts)


def is_hidden(path):
    """Say whether a learner does not see such a file, and so did not mean to hand it in."""
    return is_litter(path) or any(part.startswith(".") for part in path.split("/"))
