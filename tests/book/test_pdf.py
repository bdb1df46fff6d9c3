"""The book as one PDF."""

import subprocess
import sys

import pytest
import yaml
from pypdf import PdfReader

pytestmark = [pytest.mark.book, pytest.mark.browser]


@pytest.fixture(scope="module")
def chapters(root):
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    return [chapter["file"] for part in toc["parts"] for chapter in part["chapters"]]


@pytest.fixture(scope="module")
def printed(root, built_book, browser, tmp_path_factory):
    """The PDF; the tool fails by itself when a formula, a table or a figure is cut off."""
    target = tmp_path_factory.mktemp("pdf") / "book.pdf"
    command = [sys.executable, root / "tools" / "make_pdf.py", "--html", built_book]
    done = subprocess.run([*command, "--to", target], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return PdfReader(target)


def test_every_chapter_is_in_the_outline_below_its_part(printed, root, chapters):
    parts = printed.outline[2:]  # behind the first page and its sections
    found = [entry.title for part in parts[1::2] for entry in part if not isinstance(entry, list)]
    assert len(found) == len(chapters)
    for name, title in zip(chapters, found, strict=True):
        text = (root / f"{name}.md").read_text(encoding="utf-8")
        heading = next(line for line in text.splitlines() if line.startswith("# "))
        assert heading[2:].strip() in title


def test_a_chapter_has_its_sections_in_the_outline(printed):
    parts = [item for item in printed.outline if isinstance(item, list)]
    inner = [entry for part in parts for entry in part if isinstance(entry, list)]
    names = [entry.title for sections in inner for entry in sections if not isinstance(entry, list)]
    for wanted in ("One patch by hand", "The way back", "In PyTorch", "Further reading"):
        assert any(wanted in name for name in names), wanted


def test_pages_are_numbered_and_the_contents_name_the_right_ones(printed):
    contents = printed.pages[1].extract_text()
    for item in printed.outline:
        for entry in item if isinstance(item, list) else ():
            if isinstance(entry, list):
                continue
            page = printed.get_destination_page_number(entry)
            assert str(page + 1) in contents
            foot = printed.pages[page].extract_text().split()
            assert str(page + 1) in (foot[-1], foot[0])


def test_links_between_chapters_stay_in_the_file(printed):
    inside = 0
    for page in printed.pages:
        for holder in page.get("/Annots", []):
            link = holder.get_object()
            assert not str(link.get("/A", {}).get("/URI", "")).startswith("file:")
            inside += "/Dest" in link or link.get("/A", {}).get("/S") == "/GoTo"
    assert inside > 100


def test_controls_of_the_screen_are_not_on_paper(printed):
    text = "".join(page.extract_text() for page in printed.pages)
    for word in ("Run and check", "Reset", "Previous layer", "Highest answer", "Skip to main"):
        assert word not in text
