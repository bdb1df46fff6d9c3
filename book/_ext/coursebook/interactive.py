"""The directive ``interactive``: a numbered figure that holds a custom element.

    ```{interactive} conv-explorer
    :name: fig-explorer
    :attrs: height="6" width="7"
    :room: 45rem 86rem
    :fallback: What the figure shows, for who reads without JavaScript.
    The caption.
    ```

The element ``<conv-explorer>`` is defined in ``book/_static/cnn/conv-explorer.js``; that script,
and the style sheet of that name where there is one, are loaded by the pages that hold the element.
The fallback is required: it is what the page shows without scripts.
The room is the figure's height at its start, on a wide screen and on a phone: so much is kept free
until the script runs, and the page does not jump.
"""

import html
import re
import shlex

from docutils import nodes
from docutils.parsers.rst import directives

from coursebook.markup import CourseDirective, Element

__all__ = ["Interactive", "setup"]


class Interactive(CourseDirective):
    """A figure that answers."""

    required_arguments = 1
    has_content = True
    option_spec = {
        "name": directives.unchanged,
        "attrs": directives.unchanged,
        "fallback": directives.unchanged_required,
        "room": directives.unchanged_required,
    }

    def run(self):
        tag = self.arguments[0]
        if not re.fullmatch(r"[a-z]+(-[a-z]+)+", tag):
            raise self.error(f"interactive: {tag!r} is not a custom element's name, such as a-b")
        fallback = self.options.get("fallback", "")
        if not fallback:
            raise self.error(f"interactive: {tag} has no :fallback:, a text without JavaScript")
        caption = self.inline(" ".join(self.content))
        if not caption:
            raise self.error(f"interactive: {tag} has no caption")
        text = nodes.paragraph("", "", *self.inline(fallback), classes=["cnn-fallback"])
        figure = nodes.figure("", classes=["cnn-interactive"])
        attributes = {"class": "cnn-answers"} | _attributes(self.options.get("attrs", ""))
        if "room" in self.options:
            attributes["style"] = self._room()
        figure += Element(tag, attributes, text)
        figure += nodes.caption("", "", *caption)
        self.set_source_info(figure)
        self.add_name(figure)
        return [figure]

    def _room(self):
        heights = self.options["room"].split()
        if len(heights) != 2 or not all(re.fullmatch(r"[\d.]+rem", height) for height in heights):
            raise self.error("interactive: the room is two heights, such as 30rem 52rem")
        return "--cnn-room: {}; --cnn-room-phone: {}".format(*heights)


def _attributes(text):
    """Read ``a="1" b`` as a dictionary."""
    pairs = (word.partition("=") for word in shlex.split(html.unescape(text)))
    return {name: value if equals else True for name, equals, value in pairs}


def setup(app):
    """Register the directive."""
    app.add_directive("interactive", Interactive)
