"""The directive ``exercise-card``: what an exercise asks, how long it takes, and its notebook.

    ```{exercise-card} convolution
    ```

Titles, minutes and points come from the exercise and from the hidden tests. The instructors'
edition has the tests, the model answers and the reference below it.
"""

from docutils import nodes
from sphinx import addnodes

from coursebook.answers import answers_of
from coursebook.course import course_of, exercise_of
from coursebook.edition import is_for_instructors
from coursebook.markup import CourseDirective, Element

__all__ = ["ExerciseCard", "setup"]

# given.py holds answers of earlier chapters, so the book does not hand it out.
_GIVEN = (
    "The notebook builds on layers of earlier chapters, which are in given.py: it lies beside the "
    "notebook in the bundle of a class and in the project."
)
_HIDDEN_TESTS = (
    "Each stage has a check that you can see. The hidden tests, which give the points, ask more: "
    "other shapes and other number types."
)


class ExerciseCard(CourseDirective):
    """A summary of one exercise, with a button that downloads its notebook."""

    required_arguments = 1

    def run(self):
        slug = self.arguments[0]
        exercise = exercise_of(self, slug)
        card = Element(
            "section", {"class": "cnn-card", "aria-label": f"Exercise: {exercise.title}"}
        )
        card += Element("p", {"class": "cnn-card-title"}, *self.inline(exercise.title))
        card += Element("p", {"class": "cnn-card-facts"}, nodes.Text(_facts(exercise)))
        card += self._download(slug)
        card += Element("ol", {"class": "cnn-card-stages"}, *map(self._stage, exercise.stages))
        if exercise.given:
            card += Element("p", {"class": "cnn-card-note"}, nodes.Text(_GIVEN))
        card += Element("p", {"class": "cnn-card-note"}, nodes.Text(_HIDDEN_TESTS))
        self.set_source_info(card)
        if is_for_instructors(self.env.config):
            return [card, answers_of(self, exercise)]
        return [card]

    def _download(self, slug):
        course = course_of(self)
        target = "/" + course.notebook_path(slug).relative_to(course.root).as_posix()
        link = addnodes.download_reference(
            "", "", nodes.Text("Download the notebook"), reftarget=target, refdoc=self.env.docname
        )
        return Element("p", {"class": "cnn-card-download"}, link)

    def _stage(self, stage):
        facts = [f"{stage.minutes:g} min"]
        facts += [_count(stage.points, "point")] if stage.points else []
        facts += ["bonus"] if stage.bonus and not stage.says_bonus else []
        return Element(
            "li",
            {},
            Element("span", {"class": "cnn-card-stage"}, *self.inline(stage.title)),
            nodes.Text(" "),
            Element("span", {"class": "cnn-card-amount"}, nodes.Text(" · ".join(facts))),
        )


def _facts(exercise):
    facts = [f"About {exercise.minutes:g} minutes", f"{_count(exercise.points, 'point')} by tests"]
    if exercise.manual_points:
        facts.append(f"{exercise.manual_points:g} for an answer in words")
    return " · ".join(facts)


def _count(number, word):
    return f"{number:g} {word}" + ("" if number == 1 else "s")


def setup(app):
    """Register the directive."""
    app.add_directive("exercise-card", ExerciseCard)
