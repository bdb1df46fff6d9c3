"""The instructor's page: one HTML file that asks for nothing and runs nothing."""

from functools import lru_cache

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from autograder.class_report.chart import histogram, stripes
from autograder.class_report.similar import PIECE
from autograder.feedback import TEMPLATES

__all__ = ["render_page"]

_BAR_HEIGHT = 120
_PAIRS_SHOWN = 8
_FAULTS = {
    "wrong": "wrong values",
    "type": "a result of the wrong kind",
    "exception": "an exception",
    "load": "a cell that does not load",
    "cpu": "too much computing",
    "wall": "no answer in time",
    "memory": "too much memory",
    "output": "too much output",
    "crash": "the program ended itself",
    "protocol": "an answer out of turn",
    "missing": "not written yet",
}


def render_page(summary, *, runs=(), similar=None, threshold=0.0, book="", remarks=()):
    """Fill the template.

    Parameters
    ----------
    summary : dict
        From `summarize`.
    runs : iterable of dict
        Each report's ``name``, ``isolation`` and ``seed``.
    similar : dict of str to (int, list), optional
        By slug, from `alike_groups`; None where no submissions were compared.
    threshold : float
        What they were compared with.
    book : str
        Where a link that is relative to the built book begins.
    remarks : iterable of str
        What an instructor has to know about the reports themselves.

    Returns
    -------
    str
        HTML. All text of reports is escaped.
    """
    template = _environment().get_template("page.html.j2")
    return template.render(
        summary=summary,
        runs=list(runs),
        remarks=list(remarks),
        unguarded=[run["name"] for run in runs if run["isolation"] == "none"],
        similar=None if similar is None else _similar(summary, similar),
        threshold=threshold,
        book=book,
        faults=_FAULTS,
        bar_height=_BAR_HEIGHT,
        piece=PIECE,
    )


def _similar(summary, similar):
    """Put the titles to the groups, and the mistakes that both of a pair made."""
    shown = []
    for exercise in summary["exercises"]:
        if exercise["slug"] not in similar:
            continue
        compared, groups = similar[exercise["slug"]]
        made = {each["student"]: each["mistakes"] for each in exercise["learners"]}
        for group in groups:
            for pair in group["pairs"]:
                one, other = pair["students"]
                pair["mistakes"] = [m for m in made.get(one, []) if m in made.get(other, [])]
            group["more"] = max(0, len(group["pairs"]) - _PAIRS_SHOWN)
            group["shown"] = group["pairs"][:_PAIRS_SHOWN]
        shown.append({"title": exercise["title"], "compared": compared, "groups": groups})
    return shown


def _duration(seconds):
    if seconds < 0.1:
        return "under 0.1 s"
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def _percent(value):
    # Nothing but all is 100%, and nothing but none is 0%.
    rounded = round(value)
    if rounded in (0, 100) and abs(value - rounded) > 1e-9:
        rounded = 1 if rounded == 0 else 99
    return f"{rounded}%"


def _count(number, thing, things=None):
    return f"{number} {thing if number == 1 else things or thing + 's'}"


@lru_cache(maxsize=1)
def _environment():
    # The feedback page lends its style sheet and its macros.
    folders = [TEMPLATES / "class_report", TEMPLATES / "cnn_feedback"]
    environment = Environment(
        loader=FileSystemLoader(folders),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(duration=_duration, percent=_percent, count=_count)
    environment.globals.update(histogram=histogram, stripes=stripes)
    return environment
