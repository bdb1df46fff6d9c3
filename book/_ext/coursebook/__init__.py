"""The book's own Sphinx extension: one module for each directive, and the repairs of the theme.

- `interactive`: a numbered figure that holds a custom element;
- `quiz`: a question that answers back;
- `py_exercise`: an exercise that runs in the page, up to its first backward pass;
- `notes`: where a line of the lecture notes is explained, and the map of all of them;
- `bugs`: the catalogue of misconceptions, for readers;
- `exercise_card`: what an exercise asks, and its notebook; with `answers` for instructors;
- `edition`: the students' edition and the instructors';
- `lookup`: the table of exercises, and words in Chinese;
- `figures`: Matplotlib's SVG in the page, in the theme's colors, with a text for who cannot see it;
- `formulas`: formulas, drawn when the book is built;
- `pages`: what a page loads (`scripts`), and what the theme gets wrong;
- `icons`: a font of the icons that are shown;
- `site`: where the book's sources are;
- `freshness`: outputs that follow the code that chapters import.
"""

from coursebook import (
    bugs,
    edition,
    exercise_card,
    figures,
    formulas,
    freshness,
    icons,
    interactive,
    lookup,
    markup,
    notes,
    pages,
    py_exercise,
    quiz,
    site,
)

__all__ = ["setup"]


def setup(app):
    """Register everything with Sphinx."""
    for module in (
        markup,
        edition,
        freshness,
        site,
        icons,
        pages,
        figures,
        formulas,
        interactive,
        quiz,
        notes,
        bugs,
        lookup,
        exercise_card,
        py_exercise,
    ):
        module.setup(app)
    # Formulas are drawn by an engine that does not survive a fork.
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
