"""Grading: run the hidden tests on a program, name the mistakes, report.

`grade_program` grades one program in this process, `grade_many` many in others.
"""

from autograder.grading.chapter import Chapter, load_chapter, section_link
from autograder.grading.grade import Graded, grade_program, ungraded_report
from autograder.grading.pool import Job, grade_many

__all__ = [
    "Chapter",
    "Graded",
    "Job",
    "grade_many",
    "grade_program",
    "load_chapter",
    "section_link",
    "ungraded_report",
]
