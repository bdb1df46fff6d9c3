"""The report of a run: a public, versioned format (documented in report.md)."""

import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path

from autograder.errors import AutograderError

__all__ = [
    "SCHEMA",
    "FunctionScore",
    "Report",
    "SubmissionReport",
    "TestReport",
    "from_json",
    "hint_with_link",
    "points_of",
    "print_report",
    "schema",
    "split_hint",
    "split_message",
    "to_json",
]

#: The version of the format. It changes when a field changes its meaning or goes away.
SCHEMA = 1

_READ = " Read: "
_PARAGRAPH = "\n\n"


@dataclass(frozen=True)
class TestReport:
    """The outcome of one hidden test; the fields are documented in report.md."""

    __test__ = False  # pytest would take the name for a test class

    id: str
    function: str
    title: str
    points: float
    outcome: str
    fault: str | None = None
    message: str = ""
    hint: str = ""
    misconception: str | None = None
    # How long the grader took. Not in the JSON: the same run has to give the same bytes.
    seconds: float | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True)
class FunctionScore:
    """The points of one function."""

    score: float
    max_score: float


@dataclass(frozen=True)
class SubmissionReport:
    """The outcome of one submission; the fields are documented in report.md."""

    student: str
    assignment: str
    source: str
    status: str
    notes: tuple[str, ...] = ()
    score: float = 0
    max_score: float = 0
    functions: dict[str, FunctionScore] = field(default_factory=dict)
    tests: tuple[TestReport, ...] = ()
    seconds: float | None = field(default=None, compare=False, repr=False)

    @property
    def misconceptions(self):
        """The ids of the mistakes that were found, each once, in the tests' order."""
        return tuple(dict.fromkeys(t.misconception for t in self.tests if t.misconception))


@dataclass(frozen=True)
class Report:
    """The outcome of one run."""

    isolation: str
    seed: int
    submissions: tuple[SubmissionReport, ...] = ()


def hint_with_link(hint, link):
    """Put a hint and the address of the section to read into one text.

    Parameters
    ----------
    hint : str
        The sentence.
    link : str
        The address.

    Returns
    -------
    text : str
        As it stands in a report.
    """
    return f"{hint}{_READ}{link}"


def split_hint(text):
    """Take a report's hint apart.

    Parameters
    ----------
    text : str
        As `hint_with_link` gives it.

    Returns
    -------
    hint : str
        The sentence.
    link : str
        The address, empty if there is none.
    """
    hint, _, link = text.rpartition(_READ)
    return (hint, link) if hint else (text, "")


def split_message(text):
    """Take a report's message apart.

    Parameters
    ----------
    text : str
        What came and what was expected; after an empty line the named mistake, if there is one.

    Returns
    -------
    message : str
        What came and what was expected.
    mistake : str
        The sentences about the mistake, empty if none was named.
    """
    message, _, mistake = text.partition(_PARAGRAPH)
    return message, mistake


def _plain(number):
    """Write 4.0 as 4: one number has one form."""
    number = round(float(number), 6)
    return int(number) if number == int(number) else number


def points_of(tests: Iterable[TestReport]):
    """Add up the points of tests, by function.

    Parameters
    ----------
    tests : iterable of TestReport
        All tests of one submission.

    Returns
    -------
    functions : dict of str to FunctionScore
        In the order of the functions' first tests.
    """
    functions = {}
    for test in tests:
        before = functions.get(test.function, FunctionScore(0, 0))
        earned = test.points if test.outcome == "passed" else 0
        functions[test.function] = FunctionScore(
            _plain(before.score + earned), _plain(before.max_score + test.points)
        )
    return functions


@lru_cache(maxsize=1)
def schema():
    """Give the format as a JSON Schema.

    Returns
    -------
    schema : dict
        The content of report.schema.json.
    """
    return json.loads(Path(__file__).with_name("report.schema.json").read_text(encoding="utf-8"))


def _demand_valid(data):
    # Imported here: it takes longer to load than a program takes to grade.
    import jsonschema

    errors = jsonschema.Draft202012Validator(schema()).iter_errors(data)
    error = min(errors, key=lambda each: list(map(str, each.absolute_path)), default=None)
    if error:
        where = "/".join(map(str, error.absolute_path)) or "its top level"
        raise AutograderError(
            f"this is no report of version {SCHEMA}: {where}: {error.message}",
            remedy="make it anew with: autograder grade PATH --json FILE",
        )


def to_json(report):
    """Write a report.

    Parameters
    ----------
    report : Report
        What a run gave.

    Returns
    -------
    text : str
        JSON; the same report gives the same bytes.

    Raises
    ------
    AutograderError
        If the report does not keep to the format.
    """
    data = {"schema": SCHEMA, **asdict(report)}
    for submission in data["submissions"]:
        for timed in (submission, *submission["tests"]):
            del timed["seconds"]
        for holder in (submission, *submission["functions"].values()):
            holder.update(score=_plain(holder["score"]), max_score=_plain(holder["max_score"]))
        for test in submission["tests"]:
            test["points"] = _plain(test["points"])
    text = json.dumps(data, indent=1, ensure_ascii=False, allow_nan=False) + "\n"
    _demand_valid(json.loads(text))
    return text


def from_json(text):
    """Read a report.

    Parameters
    ----------
    text : str
        What `to_json` wrote.

    Returns
    -------
    report : Report
        The same report.

    Raises
    ------
    AutograderError
        If the text is no report of this version.
    """
    try:
        data = json.loads(text)
    except ValueError as error:
        raise AutograderError(
            f"this is no report: {error}",
            remedy="make it anew with: autograder grade PATH --json FILE",
        ) from error
    _demand_valid(data)
    submissions = tuple(
        SubmissionReport(
            **{key: each[key] for key in ("student", "assignment", "source", "status")},
            notes=tuple(each["notes"]),
            score=each["score"],
            max_score=each["max_score"],
            functions={name: FunctionScore(**value) for name, value in each["functions"].items()},
            tests=tuple(TestReport(**test) for test in each["tests"]),
        )
        for each in data["submissions"]
    )
    return Report(data["isolation"], data["seed"], submissions)


def print_report(report, file=None):
    """Print a report for people: one submission in detail, several as a table.

    Parameters
    ----------
    report : Report
        What a run gave.
    file : file, optional
        Where to; by default standard output.
    """
    # Imported here: whoever only reads and writes reports needs no terminal.
    from autograder.show import show_report

    show_report(report, file)
