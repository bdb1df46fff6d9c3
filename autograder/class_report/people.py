"""Who the learners are to Canvas and to Moodle: from the class's roster, or from their exports."""

import csv
from dataclasses import dataclass, field
from pathlib import Path

from autograder.errors import AutograderError

__all__ = ["People", "Person", "read_people"]

# What each field is called in roster.csv, in Canvas's export of its gradebook, in Moodle's.
_COLUMNS = {
    "id": ("id", "student_id"),
    "first_name": ("first_name", "first name", "firstname"),
    "last_name": ("last_name", "last name", "surname", "lastname"),
    "name": ("student", "full name"),
    "email": ("email", "email address"),
    "canvas_id": ("canvas_id",),
    "sis_user_id": ("sis_user_id", "sis user id"),
    "sis_login_id": ("sis_login_id", "sis login id"),
    "section": ("section",),
    "id_number": ("id_number", "idnumber", "id number"),
    "institution": ("institution",),
    "department": ("department",),
}
_KEYS = ("id", "sis_login_id", "sis_user_id", "canvas_id", "email", "id_number")


@dataclass(frozen=True)
class Person:
    """A learner as the gradebooks know them; what is not known is empty."""

    id: str = ""
    first_name: str = ""
    last_name: str = ""
    name: str = ""
    email: str = ""
    canvas_id: str = ""
    sis_user_id: str = ""
    sis_login_id: str = ""
    section: str = ""
    id_number: str = ""
    institution: str = ""
    department: str = ""
    cells: dict = field(default_factory=dict, repr=False)

    @property
    def full_name(self):
        """Last name first, as Canvas sorts and prints it."""
        parts = [part for part in (self.last_name, self.first_name) if part]
        return self.name or ", ".join(parts)


class People:
    """The learners of a class, found by whatever their submissions are called.

    Parameters
    ----------
    persons : list of Person
        In the order of the file.
    columns : tuple of str
        The file's columns.
    points : dict of str to str
        The row of Canvas's export that holds the points, by column.
    """

    def __init__(self, persons, columns=(), points=None):
        self.persons = persons
        self.columns = tuple(columns)
        self.points = points or {}
        self._known = {}
        # A key of more weight is never shadowed: a login of one may be another one's number.
        for key in reversed(_KEYS):
            for person in persons:
                value = getattr(person, key).strip().lower()
                if value:
                    self._known[value] = person

    def find(self, student):
        """Find a learner by the id of the submission; None where there is none."""
        return self._known.get(student.strip().lower())


def read_people(path):
    """Read a roster: the class's roster.csv, or the CSV that Canvas or Moodle exports.

    Parameters
    ----------
    path : Path
        The file.

    Returns
    -------
    People
        Its learners.

    Raises
    ------
    AutograderError
        If it cannot be read, or has no column that tells who is who.
    """
    remedy = "let its first line be: id,first_name,last_name,email; or take Canvas's own export"
    try:
        with open(Path(path), encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            rows = list(reader)
            columns = [name for name in reader.fieldnames or () if name]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise AutograderError(f"the roster {path} cannot be read: {error}", remedy=remedy) from None
    plain = {name.strip().lower(): name for name in columns}
    names = {
        key: next((plain[each] for each in known if each in plain), None)
        for key, known in _COLUMNS.items()
    }
    if "student" in plain and "section" in plain:
        # In Canvas's own file the column ID is Canvas's number, not ours.
        names["canvas_id"], names["id"] = plain.get("id"), None
    if not any(names[key] for key in _KEYS):
        raise AutograderError(f"{path} has no column that names a learner", remedy=remedy)
    persons, points = [], {}
    for row in rows:
        cells = {name: (row.get(name) or "").strip() for name in columns}
        if names["name"] and "Points Possible" in cells[names["name"]]:
            points = cells
            continue
        person = Person(**{key: cells[name] for key, name in names.items() if name}, cells=cells)
        if any(getattr(person, key) for key in _KEYS):
            persons.append(person)
    return People(persons, columns, points)
