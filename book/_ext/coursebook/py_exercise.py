"""The directive ``py-exercise``: an exercise that runs in the page, up to its first backward pass.

    ```{py-exercise} convolution
    ```

Prose, hints, stubs and checks come from the exercise itself, never from a second copy. The page
gets the notebook's cells in one piece; py-exercise.js sends them to Python with the learner's code
in the place of the stubs.
"""

import json
import re

from docutils import nodes

from coursebook.course import course_of, exercise_of
from coursebook.markup import CourseDirective, Element
from coursebook.page_work import cells_of, packed_given, panels_of

__all__ = ["PyExercise", "setup"]


class PyExercise(CourseDirective):
    """For each answer cell: what to do, an editor, and a button that runs the visible checks."""

    required_arguments = 1

    def run(self):
        slug = self.arguments[0]
        exercise = exercise_of(self, slug)
        panels = panels_of(exercise)
        if not panels:
            raise self.error(f"py-exercise: {slug} begins with a backward pass")
        given = packed_given(course_of(self), slug)
        data = {"slug": slug, "given": given, "cells": cells_of(exercise)}
        work = Element(
            "div",
            {"class": "cnn-py-work"},
            Element("template", {"class": "cnn-py-cells"}, nodes.Text(json.dumps(data))),
            *(self._panel(slug, panel, first=i == 0) for i, panel in enumerate(panels)),
        )
        self.set_source_info(work)
        return [work]

    def _panel(self, slug, panel, *, first):
        title = _title(panel)
        minutes = sum(step.minutes for step in panel.steps)
        summary = Element(
            "summary",
            {},
            Element("span", {"class": "cnn-py-title"}, *self.inline(title)),
            nodes.Text(" "),
            Element("span", {"class": "cnn-card-amount"}, nodes.Text(f"{minutes:g} min")),
        )
        steps = [self._step(panel, number) for number in range(len(panel.steps))]
        checks = Element(
            "details",
            {"class": "cnn-py-check"},
            Element("summary", {}, nodes.Text("What is checked here")),
            *(_code(step.check) for step in panel.steps),
        )
        editor = Element(
            "py-exercise",
            {
                "data-key": f"{slug}:{panel.name}",
                "data-name": panel.name,
                "data-title": re.sub(r"[`$*]", "", title),
                "data-steps": json.dumps(
                    {step.name: re.sub(r"[`$*]", "", step.title) for step in panel.steps}
                ),
            },
            Element("div", {"class": "cnn-py-start"}, _code(panel.start)),
            checks,
        )
        attributes = {"class": "cnn-panel cnn-py-stage", "open": first}
        return Element("details", attributes, summary, *steps, editor)

    def _step(self, panel, number):
        step = panel.steps[number]
        holder = nodes.container()
        if len(panel.steps) > 1:
            heading = f"{number + 1} of {len(panel.steps)}: {step.title}"
            holder += Element("p", {"class": "cnn-py-step"}, *self.inline(heading))
        holder += self.markdown("\n\n".join(step.texts))
        return Element("div", {"class": "cnn-py-text"}, *holder.children)


def _title(panel):
    """Name a panel: the stage, or the function and what its stages are about."""
    if panel.by_hand:
        return panel.steps[0].title
    suffix = f": `{panel.name}`"
    topics = " · ".join(step.title.removesuffix(suffix) for step in panel.steps)
    return f"`{panel.name}`: {topics}"


def _code(text):
    return nodes.literal_block(text, text, language="python")


def setup(app):
    """Register the directive."""
    app.add_directive("py-exercise", PyExercise)
