"""A class's list of learners, as platforms export it, and which of them a name is."""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import IntakeError
from autograder.intake.files import decode, quote, read_regular

__all__ = ["Entry", "Match", "Roster", "read_roster"]

# What columns are called by nbgrader, Canvas, Moodle, Blackboard, Brightspace and GitHub Classroom;
# for the learner's id the best first.
_IDS = (
    "id",
    "student id",
    "id number",
    "orgdefinedid",
    "identifier",
    "sis user id",
    "username",
    "user name",
    "sis login id",
    "login id",
    "login",
    "github username",
)
_EMAILS = ("email", "email address", "e-mail", "e-mail address", "mail")
_NAMES = ("name", "full name", "student", "student name", "display name")
_FIRST = ("first name", "firstname", "given name", "forename")
_LAST = ("last name", "lastname", "surname", "family name")
_KNOWN = {*_IDS, *_EMAILS, *_NAMES, *_FIRST, *_LAST}
_HEADER = "id,name,email"
_NO_LEARNERS = ("points possible", "student, test", "test student")
_MOST_PROBLEMS = 5
_LONGEST_NAME = 200
_APOSTROPHES = dict.fromkeys(map(ord, "’‘ʼ`´′"), "'")


@dataclass(frozen=True)
class Entry:
    """One learner of the class.

    Parameters
    ----------
    id : str
        What reports and the gradebook call the learner.
    name : str
        First name first.
    email : str
        The address, if it is known.
    aliases : tuple of str
        All that platforms know the learner by.
    line : int
        Where in the file.
    """

    id: str
    name: str = ""
    email: str = ""
    aliases: tuple[str, ...] = ()
    line: int = 0

    def __str__(self):
        return f"{quote(self.name)} ({self.id})" if self.name else quote(self.id)


@dataclass(frozen=True)
class Match:
    """Whom of the roster a learner is.

    Parameters
    ----------
    entries : tuple of Entry
        One where it is sure; else all that it may be.
    problem : str
        Why it is not sure; empty where it is.
    """

    entries: tuple[Entry, ...] = ()
    problem: str = ""

    @property
    def entry(self):
        """The one that it is, or None."""
        return self.entries[0] if not self.problem else None


class Roster:
    """The class.

    Parameters
    ----------
    entries : sequence of Entry
        The learners, each with an id of its own.
    """

    def __init__(self, entries):
        self.entries = tuple(entries)
        self._by_id, self._by_mailbox = defaultdict(list), defaultdict(list)
        for entry in self.entries:
            for alias in dict.fromkeys(map(_folded, (entry.id, entry.email, *entry.aliases))):
                if alias:
                    self._by_id[alias].append(entry)
            if mailbox := _folded(entry.email.partition("@")[0]):
                self._by_mailbox[mailbox].append(entry)
        self._by_name = []
        for forms in _FORMS:
            names = defaultdict(list)
            for entry in self.entries:
                for form in forms(entry.name):
                    names[form].append(entry)
            self._by_name.append(names)

    def match(self, learner):
        """Find out whom a learner is: by ids, then by the name in ever looser readings.

        Nothing is guessed: where two entries fit, or the name contradicts the id, none is taken.

        Parameters
        ----------
        learner : Learner
            As a layout gives it.

        Returns
        -------
        Match
            The entry, or what is unclear.
        """
        named = self._named(learner.name or learner.label)
        known = self._known(learner.ids)
        if known and learner.name:
            # A number of the platform may by chance be somebody's id on the roster.
            fitting = [e for e in known if not e.name or _is_about(learner.name, e.name)]
            if not fitting:
                others = (*known, *named)
                shown = ", ".join(map(str, dict.fromkeys(others)))
                return Match(others, f"its id and its name fit different entries ({shown})")
            known = fitting
        found = known or named
        if len(found) == 1:
            return Match(tuple(found))
        if found:
            shown = ", ".join(map(str, found))
            return Match(tuple(found), f"{len(found)} entries of the roster fit it ({shown})")
        return Match((), "no entry of the roster fits it")

    def _known(self, ids):
        for index in (self._by_id, self._by_mailbox):
            for one in map(_folded, ids):
                if one in index:
                    return index[one]
        return []

    def _named(self, name):
        for forms, names in zip(_FORMS, self._by_name, strict=True):
            found = {entry.id: entry for form in forms(name) for entry in names.get(form, ())}
            if found:
                return list(found.values())
        # Moodle may put a group's name before the learner's: "Group A-Ada Lovelace".
        _, hyphen, rest = name.partition("-")
        return self._named(rest) if hyphen and len(rest) < _LONGEST_NAME else []


def read_roster(path):
    """Read a class's list of learners.

    Parameters
    ----------
    path : path-like
        A CSV file with a header: separated by commas, semicolons or tabs, in any encoding. A
        column of ids is needed; names and addresses help to tell whose a submission is.

    Returns
    -------
    Roster
        The learners in their order.

    Raises
    ------
    IntakeError
        If it cannot be read, has no such column, or lines in it are wrong; each is named.
    """
    path = Path(path)
    if not path.exists():
        raise IntakeError(f"no roster {quote(path)}", remedy="check the path")
    try:
        text, _ = decode(read_regular(path.resolve()))
    except IntakeError as error:
        raise IntakeError(
            f"the roster {quote(path)} cannot be read: {error}", remedy="export it as CSV"
        ) from None
    rows = _rows(text, path)
    header, columns = _columns(rows[0][1], path)
    entries, problems = _entries(rows[1:], header, columns)
    if problems:
        more = len(problems) - _MOST_PROBLEMS
        shown = "; ".join(problems[:_MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
        raise IntakeError(
            f"the roster {quote(path)}: {shown}", remedy="mend these lines; nothing was graded"
        )
    if not entries:
        raise IntakeError(
            f"the roster {quote(path)} lists nobody", remedy="export it with its learners"
        )
    return Roster(entries)


def _rows(text, path):
    """Split the file into (line number, values), by the delimiter that its header speaks for."""
    offset = 0
    if re.match(r"sep=.\n", text):  # a note to Excel
        text, offset = text.partition("\n")[2], 1
    first = text.lstrip("\n").partition("\n")[0]
    delimiter = max(",;\t", key=lambda mark: (_known_columns(first, mark), first.count(mark)))
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((line + offset, [value.strip() for value in row]))
            line = reader.line_num + 1
    except csv.Error as error:
        raise IntakeError(
            f"the roster {quote(path)}, line {line + offset}: {error}",
            remedy="mend its quotation marks, or export it again",
        ) from None
    return rows


def _known_columns(line, delimiter):
    return sum(_heading(part.strip('"')) in _KNOWN for part in line.split(delimiter))


def _heading(text):
    return " ".join(text.casefold().replace("_", " ").split())


def _columns(header, path):
    """Find the columns by their names: (names, those of ids, of first names, ...)."""
    names = [_heading(name) for name in header]

    def places(wanted):
        return [names.index(name) for name in wanted if name in names]

    columns = {
        "id": places(_IDS + _EMAILS),
        "email": places(_EMAILS),
        "name": places(_NAMES),
        "first": places(_FIRST),
        "last": places(_LAST),
    }
    if not columns["id"]:
        shown = ", ".join(quote(name) for name in header[:8])
        raise IntakeError(
            f"the roster {quote(path)}, line 1: no column of ids among {shown}",
            remedy=f"let its first line be: {_HEADER}",
        )
    return header, columns


def _entries(rows, header, columns):
    """Make the entries, and say of each line that gives none what is wrong with it."""
    lines, problems = [], []
    for line, row in rows:
        if len(row) > len(header) and any(row[len(header) :]):
            problems.append(f"line {line} has {len(row)} values, the first line {len(header)}")
            continue
        values = row + [""] * (len(header) - len(row))
        cells = {
            kind: [values[place].removeprefix("#").strip() for place in places]
            for kind, places in columns.items()
        }
        name = _full_name(cells)
        # The rows that Canvas puts below the header are no learners.
        if _heading(name) in _NO_LEARNERS or not any(map(any, cells.values())):
            continue
        if any(_heading(value) in _NO_LEARNERS for value in cells["name"]):
            continue
        lines.append((line, cells, name))
    # The first column that has an id for everybody: Moodle's "ID number" may be for a few only.
    ids = [cells["id"] for _, cells, _ in lines]
    full = [i for i in range(len(columns["id"])) if all(one[i] for one in ids)]
    key = full[0] if full else 0
    entries, there = [], {}
    for line, cells, name in lines:
        own = cells["id"][key]
        if not own:
            column = header[columns["id"][key]]
            problems.append(f"line {line} has no id (column {quote(column)})")
        elif _folded(own) in there:
            problems.append(
                f"line {line} repeats the id {quote(own)} of line {there[_folded(own)]}"
            )
        else:
            there[_folded(own)] = line
            email = next(filter(None, cells["email"]), "")
            entries.append(Entry(own, name, email, tuple(_aliases(cells["id"])), line))
    return entries, problems


def _full_name(cells):
    first, last = (" ".join(filter(None, cells[kind][:1])) for kind in ("first", "last"))
    if first or last:
        return f"{first} {last}".strip()
    return _first_name_first(next(filter(None, cells["name"]), ""))


def _aliases(ids):
    for one in filter(None, ids):
        yield one
        # "Participant 1234567" in Moodle's grading worksheet, in the site's language
        if match := re.fullmatch(r"\D+ (\d+)", one):
            yield match[1]


def _folded(text):
    return unicodedata.normalize("NFC", text).casefold().strip().removeprefix("#")


def _first_name_first(name):
    last, comma, first = name.partition(",")
    return f"{first.strip()} {last.strip()}" if comma and first.strip() else name


def _words(name):
    """Split a name into words, however its characters are composed and its spaces are wide."""
    name = unicodedata.normalize("NFC", _first_name_first(name)).casefold()
    return name.translate(_APOSTROPHES).split()


def _turned(words):
    """Let a name begin with each of its words: "Ada Lovelace" and "Lovelace Ada"."""
    return [words[i:] + words[:i] for i in range(min(len(words), 8))]


def _letters(name):
    """Keep what Canvas leaves of a name, in all orders."""
    return {"".join(filter(str.isalnum, "".join(words))) for words in _turned(_words(name))} - {""}


def _bare(text):
    """Take the accents off."""
    parts = unicodedata.normalize("NFKD", text)
    return "".join(c for c in parts if not unicodedata.combining(c))


#: Readings of a name, from the strict to the loose.
_FORMS = (
    lambda name: {" ".join(_words(name))} - {""},
    lambda name: {" ".join(words) for words in _turned(_words(name))} - {""},
    _letters,
    lambda name: {_bare(form) for form in _letters(name)} - {""},
)


def _is_about(name, other):
    """Say whether two names may be the same person's."""
    loosest = _FORMS[-1]
    if loosest(name) & loosest(other):
        return True
    # With a group's name before it, see above.
    return " ".join(_words(name)).endswith("-" + " ".join(_words(other)))
