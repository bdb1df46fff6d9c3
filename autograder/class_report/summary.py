"""What a class's reports say, counted: from submissions to one dict of plain JSON values.

Only a ``graded`` submission counts in scores, tests and mistakes. The others are listed first,
since each of them waits for the instructor.
"""

import re
from collections import Counter
from statistics import fmean, median, quantiles

from autograder.report import split_hint, split_message

__all__ = ["summarize"]

# The statuses that need a person, the most urgent one first.
_WAITING = ("grader_error", "unreadable", "missing")
_SLOWEST = 3
# A link comes from a file: nothing but the book's own sections and the web may become one.
_BOOK = re.compile(r"book/[\w/-]+\.html#[\w-]+\Z")
_WEB = re.compile(r"https?://[^\s\"'<>]+\Z")


def summarize(submissions, *, titles=None):
    """Count what a class's reports say.

    Parameters
    ----------
    submissions : iterable of SubmissionReport
        Each learner's each assignment once.
    titles : dict of str to str, optional
        The exercises' titles by slug, in the order of the course; others follow by their slug.

    Returns
    -------
    dict
        ``learners``, ``counts``, ``waiting`` (by status) and ``exercises``, one for each
        assignment, with scores, functions, mistakes, tests, times and learners. No field holds
        HTML.
    """
    submissions = list(submissions)
    titles = titles or {}
    found = {each.assignment for each in submissions}
    slugs = [slug for slug in titles if slug in found]
    slugs += sorted(found - set(slugs))
    counts = Counter(each.status for each in submissions)
    return {
        "learners": len({each.student for each in submissions}),
        "submissions": len(submissions),
        "counts": {status: counts[status] for status in ("graded", *_WAITING)},
        "waiting": [_waiting(status, submissions, titles) for status in _WAITING if counts[status]],
        "exercises": [
            _exercise(
                slug, titles.get(slug, slug), [s for s in submissions if s.assignment == slug]
            )
            for slug in slugs
        ],
    }


def _waiting(status, submissions, titles):
    students = {title: [] for title in titles.values()}
    for each in submissions:
        if each.status == status:
            students.setdefault(titles.get(each.assignment, each.assignment), []).append(
                each.student
            )
    return {
        "status": status,
        "students": {title: names for title, names in students.items() if names},
        "submissions": [
            {
                "student": each.student,
                "exercise": titles.get(each.assignment, each.assignment),
                "notes": list(each.notes),
            }
            for each in submissions
            if each.status == status
        ],
    }


def _exercise(slug, title, submissions):
    graded = [each for each in submissions if each.status == "graded"]
    percents = [_percent(each.score, each.max_score) for each in graded]
    tests = _tests(graded)
    judged = [test for test in tests if test["judged"]]
    counts = Counter(each.status for each in submissions)
    return {
        "slug": slug,
        "title": title,
        "anchor": f"exercise-{slug.replace('_', '-')}",
        "counts": {status: counts[status] for status in ("graded", *_WAITING)},
        "submissions": len(submissions),
        "max_score": max((each.max_score for each in submissions), default=0),
        "percents": percents,
        "spread": _spread(percents),
        "functions": _functions(graded),
        "mistakes": _mistakes(graded),
        "tests": tests,
        "nobody": [test for test in judged if not test["passed"]],
        "everybody": [test for test in judged if test["passed"] == test["judged"]],
        "time": _time(submissions),
        "learners": [
            {
                "student": each.student,
                "status": each.status,
                "score": each.score,
                "max_score": each.max_score,
                "mistakes": [_name(identifier) for identifier in each.misconceptions],
                "seconds": each.seconds,
            }
            for each in submissions
        ],
    }


def _percent(score, maximum):
    return 100 * score / maximum if maximum else 100.0


def _name(identifier):
    return identifier.replace("_", " ")


def _spread(percents):
    if not percents:
        return None
    low, _, high = quantiles(percents, n=4, method="inclusive") if percents[1:] else percents * 3
    return {
        "median": median(percents),
        "mean": fmean(percents),
        "lower": low,
        "upper": high,
        "least": min(percents),
        "most": max(percents),
        "full": sum(each > 100 - 1e-9 for each in percents),
    }


def _functions(graded):
    """Count, for each function, who got all of its points, some, or none."""
    functions = {}
    for submission in graded:
        for name, points in submission.functions.items():
            known = functions.setdefault(
                name,
                {"name": name, "max_score": points.max_score, "all": 0, "some": 0, "none": 0},
            )
            full = points.score >= points.max_score
            known["all" if full else "some" if points.score > 0 else "none"] += 1
    for known in functions.values():
        known["learners"] = known["all"] + known["some"] + known["none"]
    return list(functions.values())


def _mistakes(graded):
    """Gather the named mistakes; the one that most learners made comes first."""
    mistakes = {}
    for submission in graded:
        for test in submission.tests:
            if not test.misconception:
                continue
            known = mistakes.setdefault(
                test.misconception,
                {
                    "id": test.misconception,
                    "name": _name(test.misconception),
                    "function": test.function,
                    "text": "",
                    "link": "",
                    "students": [],
                },
            )
            known["text"] = known["text"] or split_message(test.message)[1]
            known["link"] = known["link"] or _link(test.hint)
            if submission.student not in known["students"]:
                known["students"].append(submission.student)
    for known in mistakes.values():
        known["count"] = len(known["students"])
        known["share"] = known["count"] / len(graded)
    return sorted(mistakes.values(), key=lambda known: (-known["count"], known["name"]))


def _link(hint):
    link = split_hint(hint)[1]
    return link if _BOOK.match(link) or _WEB.match(link) else ""


def _tests(graded):
    """Count, for each hidden test, who passed it, and what the others got."""
    tests, seconds, faults, messages = {}, {}, {}, {}
    for submission in graded:
        for test in submission.tests:
            known = tests.setdefault(
                test.id,
                {
                    "id": test.id,
                    "title": test.title,
                    "function": test.function,
                    "points": test.points,
                    "judged": 0,
                    "passed": 0,
                    "link": "",
                },
            )
            known["judged"] += 1
            known["passed"] += test.outcome == "passed"
            if test.seconds is not None:
                seconds.setdefault(test.id, []).append(test.seconds)
            if test.outcome == "failed":
                known["link"] = known["link"] or _link(test.hint)
                faults.setdefault(test.id, Counter())[test.fault] += 1
                message = split_message(test.message)[0]
                messages.setdefault(test.id, Counter())[message] += 1
    for identifier, known in tests.items():
        known["share"] = known["passed"] / known["judged"]
        known["seconds"] = median(seconds[identifier]) if identifier in seconds else None
        known["faults"] = faults.get(identifier, Counter()).most_common()
        ((text, count),) = messages.get(identifier, Counter()).most_common(1) or [("", 0)]
        known["message"] = {"text": text, "count": count}
    return list(tests.values())


def _time(submissions):
    timed = [each for each in submissions if each.seconds is not None]
    if not timed:
        return None
    slowest = sorted(timed, key=lambda each: -each.seconds)[:_SLOWEST]
    return {
        "measured": len(timed),
        "total": sum(each.seconds for each in timed),
        "median": median(each.seconds for each in timed),
        "slowest": [{"student": each.student, "seconds": each.seconds} for each in slowest],
    }
