"""Every chapter has what its readers were promised."""

import re

import pytest

from autograder.course import find_course

COURSE = find_course(__file__)


@pytest.fixture(params=COURSE.slugs())
def slug(request):
    return request.param


@pytest.fixture
def chapter(slug):
    return (COURSE.root / "book" / f"{slug}.md").read_text(encoding="utf-8")


def test_a_chapter_opens_with_its_question(chapter):
    opening = chapter.partition("\n# ")[2][:400]
    assert ":::{admonition} The question of this chapter" in opening
    assert "**Recall.**" in chapter


def test_a_chapter_asks_two_to_four_questions_that_answer_back(chapter):
    assert 2 <= chapter.count(":::{quiz} ") <= 4


def test_a_chapter_has_pictures(chapter):
    assert len(re.findall(r"^ *:?name: fig-", chapter, re.MULTILINE)) >= 2


@pytest.mark.parametrize("heading", ["In PyTorch", "Summary", "Your turn", "Further reading"])
def test_a_chapter_has_the_sections_that_all_have(chapter, heading):
    assert len(re.findall(rf"^## {heading}$", chapter, re.MULTILINE)) == 1


def test_a_chapter_leads_to_its_exercise_and_to_the_common_bugs(slug, chapter):
    assert f"```{{exercise-card}} {slug}\n" in chapter
    assert f"```{{py-exercise}} {slug}\n" in chapter
    assert "{ref}`common-bugs`" in chapter


def test_a_chapter_tells_instructors_how_to_teach_it(chapter):
    notes = re.findall(r"^:::\{instructor\}\n(.*?)^:::$", chapter, re.MULTILINE | re.DOTALL)
    assert len(notes) == 1
    assert 50 <= len(notes[0].split()) <= 200


@pytest.mark.book
def test_the_notebook_can_be_downloaded_from_its_chapter(built_book, slug):
    page = (built_book / f"book/{slug}.html").read_text(encoding="utf-8")
    link = re.search(rf'href="\.\./(_downloads/[0-9a-f]+/{slug}\.ipynb)"', page)
    offered = (built_book / link[1]).read_bytes()
    assert offered == COURSE.notebook_path(slug).read_bytes()
