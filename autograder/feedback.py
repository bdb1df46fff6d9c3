"""What a learner gets back: the tests of each step, in the notebook and on the feedback page."""

import copy
import os
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader
from pygments.formatters import HtmlFormatter

from autograder.errors import GraderError
from autograder.exercise import load_exercise
from autograder.grading.chapter import load_chapter
from autograder.report import split_hint, split_message

__all__ = ["MIME_TYPE", "TEMPLATES", "book_root", "page_of", "stage_outputs", "stages_of"]

#: A stage's results in a graded notebook, for the feedback page.
MIME_TYPE = "application/vnd.cnn-by-hand.stage+json"
TEMPLATES = Path(__file__).with_name("templates")
_PAGE = "cnn_feedback"


def stages_of(course, report):
    """Sort a submission's tests by the stage of the exercise that they belong to.

    Parameters
    ----------
    course : Course
        The course.
    report : SubmissionReport
        A graded submission.

    Returns
    -------
    dict of str to dict
        By stage: ``name``, ``title``, ``score``, ``max_score`` and ``tests``, plain JSON.

    Raises
    ------
    GraderError
        If the report does not hold every hidden test.
    """
    slug = report.assignment
    titles = {stage.name: stage.title for stage in load_exercise(course, slug).stages}
    outcomes = {test.id: test for test in report.tests}
    stages = {}
    for hidden in load_chapter(course, slug).tests:
        if hidden.id not in outcomes:
            raise GraderError(f"the report of {slug} lacks the test {hidden.id}")
        stage = stages.setdefault(
            hidden.stage,
            {
                "name": hidden.stage,
                "title": titles.get(hidden.stage, hidden.stage).replace("`", ""),
                "score": 0.0,
                "max_score": 0.0,
                "tests": [],
            },
        )
        test = _test(outcomes[hidden.id])
        stage["score"] = round(stage["score"] + test["earned"], 6)
        stage["max_score"] = round(stage["max_score"] + test["points"], 6)
        said = [other["mistake"]["id"] for other in stage["tests"] if other["mistake"]]
        if test["mistake"]:
            test["mistake"]["again"] = test["mistake"]["id"] in said
        stage["tests"].append(test)
    return stages


def stage_outputs(stage):
    """Make what a graded notebook shows below the check of a stage.

    Parameters
    ----------
    stage : dict
        From `stages_of`.

    Returns
    -------
    dict
        A bundle of the same as HTML, Markdown, plain text and JSON.
    """
    head = f"{stage['title']}: {stage['score']:g} of {stage['max_score']:g} points"
    plain, marked = [head], [f"**{head}**", ""]
    for test in stage["tests"]:
        plain.append(
            f"- {test['outcome']}: {test['title']} ({test['earned']:g}/{test['points']:g})"
        )
        marked.append(plain[-1])
        known = test["mistake"]
        mistake = known["text"] if known and not known["again"] else ""
        for text in (test["message"], mistake, test["hint"] and f"Hint: {test['hint']}"):
            if text:
                plain.append("  " + text.replace("\n", "\n  "))
                marked.append("\n      " + text.replace("\n", "\n      ") + "\n")
    html = _environment().get_template("output.html.j2").render(stage=_relinked(stage, ""))
    return {
        MIME_TYPE: stage,
        "text/html": html,
        "text/markdown": "\n".join(marked),
        "text/plain": "\n".join(plain),
    }


def page_of(notebook, marks, *, book=""):
    """Gather what the feedback page shows.

    Parameters
    ----------
    notebook : NotebookNode
        A graded notebook; nbgrader has put scores and comments into its cells' metadata.
    marks : dict
        nbgrader's ``resources["nbgrader"]``: student, notebook, score, max_score, late_penalty.
    book : str
        Where a link that is relative to the built book begins.

    Returns
    -------
    dict
        For the template; nothing in it is HTML.
    """
    items = _items(notebook, book)
    stages = [item for item in items if item["kind"] == "stage"]
    written = [item for item in items if item["kind"] == "written"]
    parts = [*stages, *written]
    own = notebook.metadata.get("autograder", {})
    return {
        "title": _title(notebook, marks["notebook"]),
        "student": marks["student"],
        "score": marks["score"],
        "max_score": marks["max_score"],
        "late_penalty": marks.get("late_penalty") or 0,
        "auto_score": sum(item["score"] for item in stages),
        "auto_max": sum(item["max_score"] for item in stages),
        "manual_score": sum(item["score"] for item in written),
        "manual_max": sum(item["max_score"] for item in written),
        "manual_waiting": any(item["state"] == "waiting" for item in written),
        "parts": parts,
        "cells": items,
        "next": _next_steps(stages),
        "complete": bool(stages) and all(item["state"] == "all" for item in stages),
        "notes": list(own.get("notes", [])),
        "seed": own.get("seed"),
        "highlight_css": _highlight_css(),
    }


def book_root(course, folder):
    """Return what stands before a relative link into the book, on a page in this folder."""
    return Path(os.path.relpath(course.build_dir / "html", folder)).as_posix() + "/"


def _test(test):
    message, mistake = split_message(test.message)
    hint, link = split_hint(test.hint)
    passed = test.outcome == "passed"
    return {
        "title": test.title,
        "points": float(test.points),
        "earned": float(test.points) if passed else 0.0,
        "outcome": "passed" if passed else "failed",
        "message": "" if passed else message,
        "hint": "" if passed else hint,
        "link": "" if passed else link,
        "mistake": _mistake(test.misconception, mistake, link) if test.misconception else None,
    }


def _mistake(identifier, text, link):
    return {"id": identifier, "name": identifier.replace("_", " "), "text": text, "link": link}


def _items(notebook, book):
    items, heading, question = [], "", ""
    for cell in notebook.cells:
        marks = cell.metadata.get("nbgrader", {})
        grade_id = marks.get("grade_id", "")
        if stage := _stage_of(cell):
            items.append(_stage_item(stage, marks, book))
        elif grade_id.startswith("answer_"):
            label, name = "Your", grade_id.removeprefix("answer_")
            items.append(_code(label, cell, name=name, comment=marks.get("comment")))
        elif cell.cell_type == "markdown" and marks.get("grade"):
            items.append(_written_item(cell, marks, heading, question))
        elif cell.metadata.get("autograder", {}).get("role") == "added" and cell.source.strip():
            if cell.cell_type == "code":
                items.append(_code("A cell of your own", cell))
        elif cell.cell_type == "markdown" and not marks:
            lines = cell.source.strip().split("\n")
            if lines[0].startswith("#"):
                heading, lines = lines[0].lstrip("# "), lines[1:]
            texts = [line for line in lines if line and not line.startswith("*")]
            question = " ".join(texts)
    return items


def _stage_of(cell):
    for output in cell.get("outputs", []):
        if MIME_TYPE in output.get("data", {}):
            return output["data"][MIME_TYPE]
    return None


def _stage_item(stage, marks, book):
    score = marks.get("score", stage["score"])
    item = {
        **_relinked(stage, book),
        "kind": "stage",
        "anchor": f"stage-{stage['name']}",
        "auto_score": stage["score"],
        "score": score,
        "by_hand": abs(score - stage["score"]) > 1e-9,
        "points": f"{score:g} / {stage['max_score']:g}",
    }
    return item | _state(score, stage["max_score"])


def _written_item(cell, marks, heading, question):
    untouched = marks.get("comment") == "No response."
    score, maximum = marks.get("score") or 0.0, marks.get("points") or 0.0
    waiting = bool(marks.get("waiting"))
    item = {
        "kind": "written",
        "anchor": marks["grade_id"],
        "title": heading or "In your own words",
        "question": question,
        "source": "" if untouched else cell.metadata.get("autograder", {}).get("text", cell.source),
        "comment": "" if untouched else marks.get("comment") or "",
        "score": score,
        "max_score": maximum,
        "points": f"? / {maximum:g}" if waiting else f"{score:g} / {maximum:g}",
    }
    return item | (_state(score, maximum) if not waiting else {"state": "waiting", "percent": 0})


def _state(score, maximum):
    state = "all" if score >= maximum else "some" if score > 0 else "none"
    return {"state": state, "percent": round(100 * score / maximum) if maximum else 100}


def _code(label, cell, *, name="", comment=""):
    comment = "" if comment == "No response." else comment or ""
    source = cell.source
    return {"kind": "code", "label": label, "name": name, "source": source, "comment": comment}


def _next_steps(stages):
    """Name the first failed test of the first three steps that lost points."""
    steps, said = [], set()
    for stage in stages:
        failed = next((test for test in stage["tests"] if test["outcome"] == "failed"), None)
        if failed is None:
            continue
        named = next((test for test in stage["tests"] if test["mistake"]), failed)
        text = named["mistake"]["text"] if named["mistake"] else named["hint"] or named["title"]
        if text in said:
            continue
        said.add(text)
        steps.append(
            {
                "anchor": stage["anchor"],
                "stage": stage["title"],
                "text": text,
                "link": named["link"],
            }
        )
    return steps[:3]


def _relinked(stage, book):
    """Let links that are relative to the built book begin where it lies, or leave them out."""
    stage = copy.deepcopy(stage)
    for test in stage["tests"]:
        test["link"] = _link(test["link"], book)
        if test["mistake"]:
            test["mistake"]["link"] = test["link"]
    return stage


def _link(link, book):
    if not link or "://" in link:
        return link
    return book + link if book else ""


def _title(notebook, default):
    for cell in notebook.cells:
        first = cell.source.strip().split("\n")[0]
        if cell.cell_type == "markdown" and first.startswith("# "):
            return first[2:].strip()
    return default


@lru_cache(maxsize=1)
def _environment():
    return Environment(loader=FileSystemLoader(TEMPLATES / _PAGE), autoescape=True)


@lru_cache(maxsize=1)
def _highlight_css():
    light = HtmlFormatter(style="default", nobackground=True).get_style_defs(".highlight")
    dark = HtmlFormatter(style="github-dark", nobackground=True).get_style_defs(".highlight")
    return f"{light}\n@media screen and (prefers-color-scheme: dark) {{\n{dark}\n}}\n"
