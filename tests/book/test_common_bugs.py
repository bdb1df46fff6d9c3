"""The page of common bugs shows the whole catalogue, and no implementation."""

import html
import inspect
import re

import pytest

from autograder.course import find_course
from autograder.grading import load_chapter, section_link

pytestmark = pytest.mark.book

COURSE = find_course(__file__)


@pytest.fixture(scope="module")
def page(built_book):
    return html.unescape((built_book / "book/common_bugs.html").read_text(encoding="utf-8"))


@pytest.mark.parametrize("slug", COURSE.slugs())
def test_every_mistake_is_told_with_its_section_and_its_sources(page, slug):
    entries = load_chapter(COURSE, slug).entries
    shown = re.sub(r"[‘’]", "'", re.sub(r"[“”]", '"', page))
    for entry in entries:
        assert entry.message in shown, entry.id
        anchor = section_link(COURSE, slug, entry.section).rpartition("/")[2]
        assert f'href="{anchor}"' in page, entry.id
        for cite in entry.cites:
            assert cite.removeprefix("https://") in page, entry.id


@pytest.mark.parametrize("slug", COURSE.slugs())
def test_no_line_of_a_wrong_implementation_is_shown(page, slug):
    squeezed = re.sub(r"\s+", "", re.sub(r"<[^>]+>", "", page))
    messages = re.sub(r"\s+", "", "".join(e.message for e in load_chapter(COURSE, slug).entries))
    for entry in load_chapter(COURSE, slug).entries:
        for line in inspect.getsource(entry.implementation).splitlines()[1:]:
            line = re.sub(r"\s+", "", line)
            if len(line) > 30 and line not in messages:
                assert line not in squeezed, entry.id
