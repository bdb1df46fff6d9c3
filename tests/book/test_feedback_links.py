"""What a report tells a learner to read is there to be read."""

import re

import pytest

from autograder.course import find_course
from autograder.grading import load_chapter, section_link
from autograder.testing import graded_tests

COURSE = find_course()


@pytest.mark.book
@pytest.mark.parametrize("slug", COURSE.slugs())
def test_every_link_of_a_report_lands_on_its_section(built_book, slug):
    tests = graded_tests(COURSE.module(COURSE.hidden_tests_path(slug)))
    sections = {test.section for test in tests}
    sections |= {mistake.section for mistake in load_chapter(COURSE, slug).entries}
    assert len(sections) > 5
    for section in sorted(sections):
        page, _, anchor = section_link(COURSE, slug, section).partition("#")
        html = (built_book / page).read_text(encoding="utf-8")
        assert re.search(rf'\bid="{re.escape(anchor)}"', html), f"{page} has no {anchor}"
