"""A class's work as a learning platform gives it: a zip archive, or the folder it was unpacked to.

Every learner is read apart, in bounded memory: what is wrong with one costs no other anything.
"""

import os
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from autograder.errors import AutograderError, IntakeError
from autograder.intake.archives import MAX_ENTRIES, Archive, Budget, Member, is_archive
from autograder.intake.documents import Files, is_litter
from autograder.intake.files import is_candidate, is_zip, quote, read_regular
from autograder.intake.layouts import Learner, find_layout, place_all
from autograder.intake.submissions import (
    Submission,
    check_assignment,
    read_documents,
    read_submissions,
)

__all__ = ["Intake", "read_download"]

# Far beyond what a class hands in.
MAX_TOTAL_BYTES = 4_000_000_000
_MAX_DEPTH = 8


@dataclass(frozen=True)
class Intake:
    """What was found.

    Parameters
    ----------
    submissions : tuple of Submission
        Of all learners, those that cannot be read among them.
    notes : tuple of str
        What belongs to no learner.
    """

    submissions: tuple[Submission, ...] = ()
    notes: tuple[str, ...] = ()


def read_download(path, course, assignment=None, layout=None):
    """Read what a class handed in, however it comes.

    Parameters
    ----------
    path : path-like
        A zip archive or a folder as a platform gives it, or all that `read_submissions` reads.
    course : Course
        The course.
    assignment : str, optional
        The chapter; by default it is told from marks, functions and names.
    layout : str, optional
        One of `LAYOUTS`; by default it is told from the names.

    Returns
    -------
    Intake
        The submissions by learner, and notes on the rest. Nothing in the path is changed,
        followed or run, and nothing is written.

    Raises
    ------
    IntakeError
        If the path does not exist or is a damaged archive, or the assignment is unknown.
    """
    path = Path(path)
    check_assignment(course, assignment)
    if not _is_box(path):
        return Intake(tuple(read_submissions(path, course, assignment)))
    if path.is_dir():
        box = _Folder(path)
        # Whatever is too large for a look at all of it is none of a platform's downloads.
        layout = layout or ("folders" if box.is_cut else _layout(box, course))
        if layout == "folders":
            return Intake(tuple(read_submissions(path, course, assignment)))
        return _Reader(path, box, course, assignment, layout).run()
    try:
        with open(path, "rb") as file, Archive(file) as box:
            layout = layout or _layout(box, course)
            return _Reader(path, box, course, assignment, layout).run()
    except (IntakeError, OSError) as error:
        raise IntakeError(
            f"{quote(path)} cannot be read: {error}", remedy="download it again, or unpack it"
        ) from None


def _layout(box, course):
    paths = [m.path for m in box.members if m.is_path and not is_litter(m.path)]
    return find_layout(paths, course.slugs())


def _is_box(path):
    """Say whether a path is a folder or a zip archive; a link is followed only to a folder."""
    if path.is_dir():
        return not path.is_symlink()
    if path.is_symlink() or not path.is_file():
        return False
    try:
        with open(path, "rb") as file:
            return is_archive(file.read(4)) or path.suffix.lower() == ".zip"
    except OSError:
        return False


class _Folder:
    """A folder, read as an archive is."""

    def __init__(self, path):
        self._path = path
        self.members, self.is_cut = [], False
        self._walk(path, "", _MAX_DEPTH)

    def _walk(self, folder, above, depth):
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            self._add(above.rstrip("/") or ".", f"it cannot be opened: {error.strerror}")
            return
        for entry in entries:
            if self.is_cut:
                return
            name = f"{above}{entry.name}"
            if entry.is_symlink():
                self._add(name, "it is a link, and links are not followed")
            elif entry.is_dir(follow_symlinks=False):
                if entry.name.startswith("."):
                    self._add(name)  # tells a repository, and is not looked into
                elif depth > 1:
                    self._walk(entry.path, f"{name}/", depth - 1)
                else:
                    self._add(name, "it lies too deep in folders")
            elif entry.is_file(follow_symlinks=False):
                self._add(name)
            else:
                self._add(name, "it is not a regular file")

    def _add(self, name, reason=""):
        if len(self.members) < MAX_ENTRIES:
            self.members.append(Member(len(self.members), name, reason=reason))
        else:
            self.is_cut = True

    def read(self, member, budget):
        if member.reason:
            raise IntakeError(member.reason)
        data = read_regular(self._path / member.path)
        budget.allow(len(data))
        budget.spend(len(data))
        return data


class _Reader:
    """One download: its files given to their learners, and each learner's read."""

    def __init__(self, path, box, course, assignment, layout):
        self.path, self.box = path, box
        self.course, self.assignment, self.layout = course, assignment, layout
        self.budget = Budget(MAX_TOTAL_BYTES)
        self.notes = []

    def run(self):
        found = []
        learners = {}
        members = [member for member in self.box.members if not is_litter(member.path)]
        paths = list(dict.fromkeys(member.path for member in members if member.is_path))
        stem = self.path.name.removesuffix(".zip")
        places = place_all(paths, self.layout, self.course.slugs(), stem)
        for member in members:
            place = places.get(member.path) if member.is_path else None
            if place and place.learner.label:
                items = learners.setdefault(place.learner, [])
                # A cover sheet tells that there is a learner, and is read by nobody.
                items += [] if place.cover else [(member, place)]
            elif place:
                continue
            elif not member.is_path or member.reason:
                found.append(self._kept_out(member))
            elif is_candidate(member.path) or is_zip(member.path):
                learners.update(self._stray(member))
            else:
                self.notes.append(f"{quote(member.path)} belongs to no learner; it was not read.")
        labels = {learner: quote(learner.label)[1:-1] for learner in learners}  # printable
        times = Counter(labels.values())
        for position, (learner, items) in enumerate(learners.items(), 1):
            student = labels[learner]
            if times[student] > 1:
                known = "".join(learner.ids[:1])
                number = known if known.isascii() and known.isalnum() else f"#{position}"
                student = f"{student} ({number})"
            found += self._read_safely(student, learner, items)
        slugs = {one.assignment for one in found} - {""}
        if len(slugs) == 1:
            # A download is of one assignment, also that part of it which tells none.
            (slug,) = slugs
            found = [replace(one, assignment=slug) for one in found]
        found.sort(key=lambda one: (one.student, one.assignment))
        return Intake(tuple(found), tuple(self.notes))

    def _kept_out(self, member):
        note = f"{quote(member.path)} was kept out: {member.reason}."
        return Submission(
            quote(member.path), self.assignment or "", self.path, "unreadable", (note,)
        )

    def _stray(self, member):
        """Keep a file that the layout does not explain, as a learner's of its own name."""
        stem = PurePosixPath(member.path).stem
        place = place_all([PurePosixPath(member.path).name], "folders", stem=stem)
        (place,) = place.values()
        return {Learner(member.path, "", (stem,)): [(member, place)]}

    def _read_safely(self, student, learner, items):
        try:
            found = self._read_learner(student, items)
        except AutograderError as error:
            if not isinstance(error, IntakeError):
                raise
            found = [self._unread(student, "unreadable", (f"It cannot be read: {error}.",))]
        except Exception as error:  # noqa: BLE001 - a fault of ours is this learner's alone
            note = f"The grader failed while it read this submission: {type(error).__name__}."
            found = [self._unread(student, "grader_error", (note,))]
        return [replace(one, learner=learner) for one in found]

    def _unread(self, student, status, notes):
        return Submission(student, self.assignment or "", self.path, status, tuple(notes))

    def _read_learner(self, student, items):
        items, notes = _latest(items)
        if any(place.late for _, place in items):
            notes.append("The platform marks it as late.")
        base = self.path / student
        files = Files(base, self.budget)
        for member, place in items:
            files.add(self.box, member, place.inner, str(self.path / member.path))
        notes += files.notes()
        if not files.documents:
            if not notes:
                return [self._unread(student, "missing", ("Nothing was handed in.",))]
            note = "There is no notebook and no Python file in it."
            return [self._unread(student, "unreadable", (*notes, note))]
        found = self._read_documents(student, base, files.documents)
        return [
            replace(
                one,
                notes=(*notes, *one.notes),
                source=Path(files.origins.get(one.source, self.path)),
            )
            for one in found
        ]

    def _read_documents(self, student, base, documents):
        slugs = self.course.slugs()
        groups = {}
        for document in documents:
            # nbgrader's tree: the folder says which assignment it is.
            first = document.path.relative_to(base).parts[0]
            own = self.layout == "folders" and first in slugs
            groups.setdefault(first if own else "", []).append(document)
        if self.assignment:
            # Another assignment's folder is not asked for; all the rest may hold this one.
            groups = {key: group for key, group in groups.items() if key in ("", self.assignment)}
            groups = {self.assignment: [one for group in groups.values() for one in group]}
        found = []
        for slug, group in groups.items():
            below = slug and all(one.path.is_relative_to(base / slug) for one in group)
            source = base / slug if below else base
            found += read_documents(student, source, group, self.course, slug or None)
        return found


def _latest(items):
    """Keep the files of the last attempt; say so if there were others."""
    groups, notes, kept = {}, [], []
    for item in items:
        groups.setdefault(item[1].again, []).append(item)
    for group in groups.values():
        attempts = {place.attempt: place.when for _, place in group}
        if len(attempts) > 1 and () in attempts:
            notes.append("The time of an attempt cannot be read; the files of all were looked at.")
        elif len(attempts) > 1:
            last = max(attempts)
            notes.append(
                f"{len(attempts)} attempts were handed in; "
                f"the latest counts ({quote(attempts[last])})."
            )
            group = [item for item in group if item[1].attempt == last]
        kept += group
    return kept, notes
