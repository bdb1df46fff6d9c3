"""The directive ``common-bugs``: the catalogue of misconceptions, as a reader needs it.

    ```{common-bugs}
    ```

For every chapter that has an exercise: what goes wrong and what to do instead, where to read on,
and where people have made the mistake. How a wrong implementation looks stays in the catalogue.
"""

from urllib.parse import urlsplit

from docutils import nodes

from autograder.grading import load_chapter, section_link
from coursebook.course import course_of, exercise_of
from coursebook.markup import CourseDirective, Element

__all__ = ["CommonBugs", "setup"]


class CommonBugs(CourseDirective):
    """A list for each chapter, folded."""

    def run(self):
        course = course_of(self)
        return [self._chapter(course, slug) for slug in course.slugs()]

    def _chapter(self, course, slug):
        exercise = exercise_of(self, slug)
        self._note_dependencies(course, slug)
        entries = load_chapter(course, slug).entries
        lists, total = [], 0
        for function in exercise.answers:  # forward before backward, as the exercise has them
            found = {}
            for entry in entries:
                if entry.function == function:
                    found.setdefault((entry.message, entry.section), []).append(entry)
            items = [self._item(course, slug, *key, same) for key, same in found.items()]
            if items:
                name = nodes.literal(function, function)
                lists += [Element("p", {"class": "cnn-bug-where"}, name), Element("ul", {}, *items)]
            total += len(items)
        count = Element("span", {"class": "cnn-card-amount"}, nodes.Text(str(total)))
        title = Element("span", {}, nodes.Text(exercise.title))
        summary = Element("summary", {}, title, nodes.Text(" "), count)
        attributes = {"class": "cnn-bugs", "id": f"bugs-{slug.replace('_', '-')}"}
        return Element("details", attributes, summary, *lists)

    def _note_dependencies(self, course, slug):
        path = course.misconceptions_path(slug)
        for each in [path, *path.with_name(f"{slug}_parts").glob("*.py")]:
            self.env.note_dependency(str(each))

    def _item(self, course, slug, message, section, entries):
        # The section's address is relative to the book's folder, as this page is.
        anchor = section_link(course, slug, section).rpartition("#")[2]
        uri = f"{self.env.app.builder.get_relative_uri(self.env.docname, f'book/{slug}')}#{anchor}"
        read = Element("a", {"class": "reference internal", "href": uri}, nodes.Text("Read on"))
        foot = Element("p", {"class": "cnn-bug-foot"}, read)
        cites = dict.fromkeys(cite for entry in entries for cite in entry.cites)
        if cites:
            foot += nodes.Text(" · seen in ")
        for number, cite in enumerate(cites):
            foot += nodes.Text(", ") if number else []
            foot += _citation(cite)
        return Element("li", {}, Element("p", {}, nodes.Text(message)), foot)


def _citation(cite):
    address = urlsplit(cite)
    if address.scheme not in ("http", "https"):
        return nodes.Text(cite)
    text = f"{address.netloc.removeprefix('www.')}{address.path}".rstrip("/")
    return Element("a", {"class": "reference external", "href": cite}, nodes.Text(text))


def setup(app):
    """Register the directive."""
    app.add_directive("common-bugs", CommonBugs)
