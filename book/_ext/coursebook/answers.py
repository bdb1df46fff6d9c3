"""What the instructors' edition adds to an exercise: tests, model answers, the reference."""

import re

from docutils import nodes

from autograder.testing import graded_tests
from coursebook.course import course_of
from coursebook.markup import Element

__all__ = ["answers_of"]

_MODEL = re.compile(r"<!-- BEGIN SOLUTION -->\n(.*?)<!-- END SOLUTION -->", re.DOTALL)


def answers_of(directive, exercise):
    """Return what instructors see below an exercise's card.

    Parameters
    ----------
    directive : CourseDirective
        Who asks.
    exercise : Exercise
        The exercise.

    Returns
    -------
    Element
        The hidden tests with their points and hints, the model answers, and the reference.
    """
    course = course_of(directive)
    tests = graded_tests(course.module(course.hidden_tests_path(exercise.slug)))
    return Element(
        "aside",
        {"class": "cnn-instructor", "aria-label": f"For instructors: {exercise.title}"},
        Element("p", {"class": "cnn-card-title"}, nodes.Text("For instructors")),
        _fold(f"{len(tests)} hidden tests", _tests(directive, tests)),
        *(
            _fold("Model answer to the written question", *directive.markdown(model))
            for model in _models(exercise)
        ),
        *(
            _fold(f"Reference: {name}", _code(exercise.functions[name].source))
            for name in exercise.answers
        ),
    )


def _models(exercise):
    for block in exercise.blocks:
        if block.kind == "written" and (match := _MODEL.search(block.source)):
            yield match[1].strip()


def _tests(directive, tests):
    body = Element("tbody", {})
    for test in tests:
        body += Element(
            "tr",
            {},
            Element("td", {}, nodes.literal(test.function, test.function)),
            Element("td", {}, *directive.inline(test.title)),
            Element("td", {"class": "cnn-number"}, nodes.Text(f"{test.points:g}")),
            Element("td", {}, *directive.inline(test.hint)),
        )
    names = ("function", "what is tested", "points", "hint")
    head = Element("tr", {}, *(Element("th", {"scope": "col"}, nodes.Text(n)) for n in names))
    table = Element("table", {"class": "table cnn-tests"}, Element("thead", {}, head), body)
    return Element("div", {"class": "cnn-wide"}, table)


def _code(text):
    return nodes.literal_block(text, text, language="python")


def _fold(title, *children):
    return Element("details", {}, Element("summary", {}, nodes.Text(title)), *children)
