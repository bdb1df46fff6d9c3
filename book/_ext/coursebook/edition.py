"""The two editions of the book: the students', and the instructors', which adds the answers.

    :::{instructor}
    How long the chapter takes in class, and where learners stumble.
    :::

is text of the instructors' edition alone. The environment's ``CNN_EDITION`` chooses; the students'
edition is the default.
"""

import os

from coursebook.markup import CourseDirective, Element

__all__ = ["EDITIONS", "Instructor", "is_for_instructors", "setup"]

EDITIONS = ("student", "instructor")
_ANNOUNCEMENT = "Instructors' edition: it holds the answers. Do not hand it out."


class Instructor(CourseDirective):
    """Text that only the instructors' edition has."""

    has_content = True

    def run(self):
        if not is_for_instructors(self.env.config):
            return []
        note = Element("aside", {"class": "cnn-instructor", "aria-label": "For instructors"})
        self.state.nested_parse(self.content, self.content_offset, note)
        self.set_source_info(note)
        return [note]


def is_for_instructors(config):
    """Tell whether the instructors' edition is being built."""
    return config.coursebook_edition == "instructor"


def _choose(app, config):
    edition = os.environ.get("CNN_EDITION", "student")
    if edition not in EDITIONS:
        raise ValueError(f"CNN_EDITION={edition} is no edition: use one of {', '.join(EDITIONS)}")
    config.coursebook_edition = edition
    if is_for_instructors(config):
        config.html_theme_options = config.html_theme_options | {"announcement": _ANNOUNCEMENT}


def setup(app):
    """Choose the edition, and register the directive."""
    app.add_config_value("coursebook_edition", "student", "env", types=(str,))
    app.add_directive("instructor", Instructor)
    app.connect("config-inited", _choose)
