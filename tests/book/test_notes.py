"""The lecture notes' outline, and where the book explains each line of it."""

import re

import pytest

from coursebook.notes import label_of, read_outline

MAP = "book/where_the_notes_are.html"


@pytest.fixture(scope="module")
def outline(root):
    return [item for item in read_outline(root) if item.id]


def test_every_line_of_the_outline_file_is_read_and_has_an_id_of_its_own(root, outline):
    text = (root / "book" / "notes_outline.md").read_text(encoding="utf-8")
    assert len(outline) == len(re.findall(r"^- ", text, flags=re.MULTILINE)) > 50
    assert len({item.id for item in outline}) == len(outline)


def test_ids_follow_the_numbers_of_the_headings_that_they_stand_under(root):
    number = ""
    for item in read_outline(root):
        if item.level:
            number = item.text.split()[0]
        else:
            assert item.id.startswith(number), item


@pytest.mark.book
def test_every_link_of_the_map_lands_on_a_mark_and_every_mark_links_back(built_book, outline):
    page = (built_book / MAP).read_text(encoding="utf-8")
    links = re.findall(r'href="([a-z_]+\.html)#(notes-[0-9a-z-]+)"', page)
    assert len(links) >= 8
    for name, anchor in links:
        html = (built_book / "book" / name).read_text(encoding="utf-8")
        assert f'id="{anchor}"' in html, f"{name} has no {anchor}"
        assert f"where_the_notes_are.html#map-{anchor}" in html
    for item in outline:
        assert f'id="map-{label_of(item.id)}"' in page


@pytest.mark.book
def test_every_line_of_the_notes_is_explained_somewhere(built_book, outline):
    page = (built_book / MAP).read_text(encoding="utf-8")
    missing = [
        item.id
        for item in outline
        if not re.search(rf'href="[a-z_]+\.html#{label_of(item.id)}"', page)
    ]
    assert missing == []
