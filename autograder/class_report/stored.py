"""The reports of a class where they lie, and how long the grader took for each submission."""

import json
from dataclasses import replace
from pathlib import Path

from autograder.errors import AutograderError
from autograder.report import Report, from_json, to_json
from autograder.results import write_whole

__all__ = ["class_times", "keep_reports", "read_reports", "read_times", "times_of", "with_times"]


def keep_reports(folder, report):
    """Keep a class's run: one report for each assignment, and the grader's times.

    Parameters
    ----------
    folder : ClassFolder
        The class.
    report : Report
        The run. A submission whose result was stored already has no time; the one of the run that
        graded it stays.

    Returns
    -------
    list of Path
        The files of the assignments.
    """
    paths = []
    for slug in dict.fromkeys(each.assignment for each in report.submissions):
        submissions = tuple(each for each in report.submissions if each.assignment == slug)
        path = folder.reports / f"{slug}.json"
        _keep(path, to_json(Report(report.isolation, report.seed, submissions)))
        paths.append(path)
        times = _read(folder.times / f"{slug}.json") | times_of(submissions).get(slug, {})
        there = {each.student for each in submissions}
        times = {student: times[student] for student in sorted(times) if student in there}
        _keep(folder.times / f"{slug}.json", json.dumps(times, indent=1) + "\n")
    return paths


def class_times(folder):
    """Give what is kept of the grader's times for a class.

    Parameters
    ----------
    folder : ClassFolder
        The class.

    Returns
    -------
    dict
        As `times_of` gives it.
    """
    return {path.stem: _read(path) for path in sorted(folder.times.glob("*.json"))}


def times_of(submissions):
    """Give the grader's times of a run.

    Parameters
    ----------
    submissions : iterable of SubmissionReport
        Those that were run in it have times.

    Returns
    -------
    dict
        By assignment and student: ``seconds``, and ``tests``, the seconds of each hidden test.
    """
    times = {}
    for each in submissions:
        if each.seconds is not None:
            tests = {test.id: round(test.seconds or 0.0, 3) for test in each.tests}
            times.setdefault(each.assignment, {})[each.student] = {
                "seconds": round(each.seconds, 3),
                "tests": tests,
            }
    return times


def with_times(submissions, times):
    """Put times back onto submissions.

    Parameters
    ----------
    submissions : iterable of SubmissionReport
        As they were read from JSON.
    times : dict
        As `times_of` gives it.

    Returns
    -------
    list of SubmissionReport
        The same; those without a time stay without.
    """
    timed = []
    for each in submissions:
        known = times.get(each.assignment, {}).get(each.student)
        if known:
            tests = tuple(replace(t, seconds=known["tests"].get(t.id)) for t in each.tests)
            each = replace(each, seconds=known["seconds"], tests=tests)
        timed.append(each)
    return timed


def read_reports(paths):
    """Read reports; of a submission that stands in several, the last one counts.

    Parameters
    ----------
    paths : list of Path
        Files of ``autograder grade --json``.

    Returns
    -------
    submissions : list of SubmissionReport
        Each learner's each assignment once.
    runs : list of dict
        For each file its ``name``, ``isolation`` and ``seed``.
    repeated : list of SubmissionReport
        Those that a later file replaced.

    Raises
    ------
    AutograderError
        If a file cannot be read or is no report.
    """
    found, runs, repeated = {}, [], []
    for path in map(Path, paths):
        try:
            report = from_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError) as error:
            reason = getattr(error, "strerror", None) or "it is not text"
            raise AutograderError(
                f"the report {path} cannot be read: {reason}",
                remedy="make it with: autograder grade PATH --json FILE",
            ) from error
        except AutograderError as error:
            raise AutograderError(f"{path}: {error}", remedy=error.remedy) from error
        runs.append({"name": path.name, "isolation": report.isolation, "seed": report.seed})
        for each in report.submissions:
            key = (each.student, each.assignment)
            if key in found:
                repeated.append(found.pop(key))
            found[key] = each
    return list(found.values()), runs, repeated


def read_times(path):
    """Read a file of times.

    Parameters
    ----------
    path : Path
        What ``autograder grade --times FILE`` wrote.

    Returns
    -------
    dict
        As `times_of` gives it.

    Raises
    ------
    AutograderError
        If it is no such file.
    """
    try:
        times = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise AutograderError(
            f"the times {path} cannot be read: {error}",
            remedy="make them with: autograder grade PATH --json FILE --times FILE",
        ) from error
    if not isinstance(times, dict) or not all(_are_times(each) for each in times.values()):
        raise AutograderError(
            f"{path} holds no times of the grader",
            remedy="make them with: autograder grade PATH --json FILE --times FILE",
        )
    return times


def _are_times(value):
    return isinstance(value, dict) and all(
        isinstance(one, dict)
        and isinstance(one.get("seconds"), int | float)
        and isinstance(one.get("tests"), dict)
        and all(isinstance(seconds, int | float) for seconds in one["tests"].values())
        for one in value.values()
    )


def _keep(path, text):
    """Write a file unless it holds the text already: a run with nothing to do changes nothing."""
    if not path.is_file() or path.read_bytes() != text.encode():
        write_whole(path, text)


def _read(path):
    """Read a class's own file of times; what cannot be read is measured anew some day."""
    try:
        times = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return times if _are_times(times) else {}
