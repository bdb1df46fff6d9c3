"""The directive ``py-exercise``: a stage of an exercise that runs in the page.

    ```{py-exercise} convolution:one_channel
    ```

The argument is ``slug:stage``. What the learner starts from and what is checked come from the
exercise itself, never from a second copy. With ``:needs: one_channel`` (stages, separated by
spaces) the code that the learner wrote for those stages runs first.
"""

import re

from docutils import nodes
from docutils.parsers.rst import directives

from coursebook.course import exercise_of, function_of, helpers_of
from coursebook.markup import CourseDirective, Element

__all__ = ["PyExercise", "setup"]

_GIVEN = re.compile(r"\bgiven\.\w|import given\b|from given\b")


class PyExercise(CourseDirective):
    """An editor, a button that runs and checks, and what came of it."""

    required_arguments = 1
    option_spec = {"needs": directives.unchanged, "name": directives.unchanged}

    def run(self):
        slug, _, name = self.arguments[0].partition(":")
        exercise = exercise_of(self, slug)
        stage = self._stage(exercise, name)
        function = function_of(exercise, name)
        if function is None:
            raise self.error(f"py-exercise: {name} comes before the first function of {slug}")
        needs = self.options.get("needs", "").split()
        needed = [function_of(exercise, self._stage(exercise, need).name) for need in needs]
        start = f"import numpy as np\n\n\n{exercise.stub(function)}\n"
        helpers = helpers_of(exercise, name)
        if _GIVEN.search(helpers + stage.checks + exercise.functions[function].body):
            raise self.error(f"py-exercise: {name} is given layers, which a page cannot hold yet")
        element = Element(
            "py-exercise",
            {
                "data-key": f"{slug}:{name}",
                "data-function": function,
                "data-title": re.sub(r"[`$*]", "", stage.title),
                "data-needs": " ".join(f"{slug}:{need}" for need in needs),
                "data-needed": " ".join(needed),
            },
            Element("div", {"class": "cnn-py-start"}, _code(start)),
            Element(
                "details",
                {"class": "cnn-py-check"},
                Element("summary", {}, nodes.Text("What is checked here")),
                _code(stage.checks),
            ),
            Element(
                "template",
                {"class": "cnn-py-helpers"},
                nodes.Text(helpers),
            ),
        )
        self.set_source_info(element)
        self.add_name(element)
        return [element]

    def _stage(self, exercise, name):
        for stage in exercise.stages:
            if stage.name == name:
                return stage
        known = ", ".join(stage.name for stage in exercise.stages)
        raise self.error(f"py-exercise: {exercise.slug} has no stage {name!r}, but {known}")


def _code(text):
    return nodes.literal_block(text, text, language="python")


def setup(app):
    """Register the directive."""
    app.add_directive("py-exercise", PyExercise)
