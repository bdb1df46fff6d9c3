"""Small things for the pages to look things up in.

- the directive ``course-table`` lists all exercises, with minutes and points;
- the role ``zh`` holds a Chinese word, so that browsers read it and choose its letters rightly.
"""

from docutils import nodes
from sphinx.util.docutils import SphinxRole

from coursebook.course import course_of, exercise_of
from coursebook.markup import CourseDirective, Element

__all__ = ["Chinese", "CourseTable", "setup"]

_HEAD = ("chapter", "minutes", "points by tests", "points by hand", "you write")


class CourseTable(CourseDirective):
    """One row for each exercise, and the sum."""

    def run(self):
        course = course_of(self)
        exercises = [exercise_of(self, slug) for slug in course.slugs()]
        self.env.note_dependency(str(course.root / "_toc.yml"))
        head = Element("tr", {}, *(_cell("th", name, scope="col") for name in _HEAD))
        body = Element("tbody", {}, *map(self._row, exercises))
        sums = [
            f"{sum(getattr(exercise, name) for exercise in exercises):g}"
            for name in ("minutes", "points", "manual_points")
        ]
        foot = Element("tr", {}, _cell("th", "in all", scope="row"), *map(_number, sums))
        foot += _cell("td", "")
        table = Element("table", {"class": "table"}, Element("thead", {}, head), body)
        table += Element("tfoot", {}, foot)
        return [Element("div", {"class": "cnn-wide"}, table)]

    def _row(self, exercise):
        uri = self.env.app.builder.get_relative_uri(self.env.docname, f"book/{exercise.slug}")
        link = Element(
            "a", {"class": "reference internal", "href": uri}, nodes.Text(exercise.title)
        )
        names = []
        for name in exercise.answers:
            names += [nodes.Text(", ")] * bool(names) + [nodes.literal(name, name)]
        numbers = (exercise.minutes, exercise.points, exercise.manual_points)
        return Element(
            "tr",
            {},
            Element("th", {"scope": "row"}, link),
            *(_number(f"{number:g}") for number in numbers),
            Element("td", {}, *names),
        )


class Chinese(SphinxRole):
    """A word in Chinese."""

    def run(self):
        return [Element("span", {"lang": "zh-Hans"}, nodes.Text(self.text))], []


def _cell(tag, text, **attributes):
    return Element(tag, attributes, nodes.Text(text))


def _number(text):
    return Element("td", {"class": "cnn-number"}, nodes.Text(text))


def setup(app):
    """Register the directive and the role."""
    app.add_directive("course-table", CourseTable)
    app.add_role("zh", Chinese())
