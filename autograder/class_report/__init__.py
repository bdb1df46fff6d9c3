"""The instructor's page about a class: from reports to a summary, from the summary to HTML.

`stored` keeps and finds a class's reports, `summary` counts, `similar` compares answers, `exports`
writes what Canvas and Moodle import, and `page` fills the template.
"""

__all__ = []
