"""The pages to look things up in: cheat sheet, glossary, table of exercises."""

import re

import pytest

from autograder.course import find_course
from autograder.exercise import load_exercise

COURSE = find_course(__file__)


@pytest.mark.book
@pytest.mark.browser
@pytest.mark.parametrize("paper", ["A4", "Letter"])
def test_the_cheat_sheet_is_one_page_on_paper(site, open_page, paper):
    page = open_page(f"{site}/book/cheat_sheet.html")
    page.wait_for_load_state("networkidle")
    assert len(re.findall(rb"/Type\s*/Page\b", page.pdf(format=paper))) == 1


def test_every_term_of_the_glossary_has_a_chinese_word_and_stands_in_order(root):
    text = (root / "book" / "glossary.md").read_text(encoding="utf-8")
    entries = re.findall(r"^(\S.*\n)+  (.+)$", text.partition(":::{glossary}")[2], re.MULTILINE)
    assert len(entries) > 50
    assert all(re.match(r"\{zh\}`[^`]+` · \S", definition) for _, definition in entries)
    firsts = re.findall(r"(?:^|\n\n)(\S.*)\n", text.partition(":::{glossary}\n")[2])
    terms = [term.lower() for term in firsts if not term.startswith(":::")]
    assert len(terms) == len(set(terms))


@pytest.mark.book
def test_the_table_of_exercises_adds_up(built_book):
    page = (built_book / "book/teaching.html").read_text(encoding="utf-8")
    rows = re.findall(r'<th scope="row">.*?</tr>', page, re.DOTALL)
    numbers = [[float(n) for n in re.findall(r'"cnn-number">([\d.]+)<', row)] for row in rows]
    exercises = [load_exercise(COURSE, slug) for slug in COURSE.slugs()]
    expected = [[e.minutes, e.points, e.manual_points] for e in exercises]
    assert numbers == [*expected, [sum(column) for column in zip(*expected, strict=True)]]
