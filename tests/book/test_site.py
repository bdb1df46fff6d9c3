"""What a site says of itself, by two addresses in the configuration."""

import subprocess
import sys

import pytest

PROGRAM = (
    "import sys; sys.path.insert(0, sys.argv.pop(1)); "
    "from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
)
CONFIG = """
extensions = ["myst_nb", "coursebook"]
html_theme = "sphinx_book_theme"
ogp_image = "card.png"
ogp_social_cards = {"enable": False}
exclude_patterns = ["_build"]
"""


@pytest.fixture(scope="module")
def build(tmp_path_factory, root):
    """Build a book of one page; return its HTML, or what Sphinx said against it."""

    def build(**addresses):
        folder = tmp_path_factory.mktemp("site")
        lines = [f"{name} = {address!r}" for name, address in addresses.items()]
        (folder / "conf.py").write_text(CONFIG + "\n".join(lines), encoding="utf-8")
        (folder / "index.md").write_text("# Book\n\nA page about padding.\n", encoding="utf-8")
        (folder / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
        for name in ("exercises", "book"):
            (folder / name).mkdir()
        outline = "## 1 Part\n\n- 1.1: The first.\n"
        (folder / "book" / "notes_outline.md").write_text(outline, encoding="utf-8")
        static = folder / "book" / "_static"
        static.mkdir()
        (static / "cnn").symlink_to(root / "book" / "_static" / "cnn")
        command = [sys.executable, "-c", PROGRAM, root / "book" / "_ext", "-q", "-b", "html"]
        done = subprocess.run([*command, folder, folder / "_build"], capture_output=True, text=True)
        page = folder / "_build" / "index.html"
        return done.stderr if done.returncode else page.read_text(encoding="utf-8")

    return build


def test_one_address_gives_every_page_its_links_to_edit_and_to_report(build):
    page = build(course_repository="https://github.com/someone/course/")
    assert "https://github.com/someone/course/edit/main/index.md" in page
    assert "https://github.com/someone/course/issues/new" in page


def test_without_the_address_no_page_has_such_links(build):
    page = build()
    assert "/issues/new" not in page
    assert "/edit/" not in page
    assert "og:image" not in page


def test_a_site_that_knows_where_it_is_has_a_picture_for_links(build):
    page = build(ogp_site_url="https://course.example/")
    assert 'content="https://course.example/card.png"' in page
    assert 'property="og:description" content="A page about padding' in page


@pytest.mark.parametrize("name", ["course_repository", "ogp_site_url"])
def test_an_address_that_is_none_is_refused(build, name):
    assert f"{name}: 'git@example' does not begin with https://" in build(**{name: "git@example"})


def test_the_card_is_what_the_script_draws(root, tmp_path):
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); import social_card; "
        "social_card.draw().savefig(sys.argv[2], metadata={'Software': None})"
    )
    drawn = tmp_path / "card.png"
    subprocess.run([sys.executable, "-c", code, root / "tools", drawn], check=True)
    committed = root / "book" / "_static" / "pictures" / "card.png"
    assert drawn.read_bytes() == committed.read_bytes()
