r"""The directive ``quiz``: a question that answers back.

    :::{quiz} How many numbers does a filter of $3\times5\times5$ hold?
    - 25 :: That is one channel's share. A filter extends over the full depth.
    + 75 :: $3\cdot5\cdot5 = 75$, and a bias beside them.
    - 125 :: $5\cdot5\cdot5$: the depth is that of the input, which is 3.
    :::

A fence of colons, since behind a fence of backticks a question could hold no `code`.

One option a line: ``+`` is the right one, ``-`` a wrong one, and its own reason stands behind the
``::``. Without JavaScript the reasons lie in ``<details>``; with it, ``cnn-quiz.js`` answers.
"""

import re

from docutils import nodes
from docutils.parsers.rst import directives

from coursebook.markup import CourseDirective, Element

__all__ = ["Quiz", "setup"]


class Quiz(CourseDirective):
    """A question with one right option, and a reason for each."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True
    option_spec = {"name": directives.unchanged}

    def run(self):
        options = [self._option(line) for line in self.content if line.strip()]
        if len(options) < 2 or sum(right for right, _, _ in options) != 1:
            raise self.error("quiz: give two options or more, exactly one of them with a +")
        group = f"quiz-{self.number()}"
        question = " ".join(self.arguments[0].split("\n"))
        fieldset = Element("fieldset")
        fieldset += Element("legend", {}, *self.inline(question))
        for number, (right, text, reason) in enumerate(options):
            fieldset += self._radio(f"{group}-{number}", group, right, text)
            fieldset += self._reason(f"{group}-{number}-why", right, reason)
        quiz = Element("cnn-quiz", {}, fieldset)
        self.set_source_info(quiz)
        self.add_name(quiz)
        return [quiz]

    def _option(self, line):
        match = re.fullmatch(r"([+-]) (.+?) :: (.+)", line.strip())
        if match is None:
            raise self.error(f"quiz: write an option as `- text :: reason`, not as {line!r}")
        return match[1] == "+", match[2], match[3]

    def _radio(self, identifier, group, right, text):
        radio = Element("input", {"type": "radio", "name": group, "id": identifier})
        if right:
            radio["attributes"]["data-right"] = True
        label = Element("label", {"for": identifier}, *self.inline(text))
        return Element("div", {"class": "cnn-quiz-option"}, radio, label)

    def _reason(self, identifier, right, reason):
        summary = Element("summary", {}, nodes.Text("Right. Why?" if right else "Not so. Why?"))
        text = nodes.paragraph("", "", *self.inline(reason))
        return Element("details", {"class": "cnn-quiz-why", "id": identifier}, summary, text)


def setup(app):
    """Register the directive."""
    app.add_directive("quiz", Quiz)
