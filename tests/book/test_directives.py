"""The directives refuse what would make a bad page, and say what is missing."""

import subprocess
import sys

import pytest

CONFIG = """
extensions = ["myst_nb", "coursebook"]
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "dollarmath"]
exclude_patterns = ["_build", "exercises"]
"""
QUIZ = ":::{{quiz}} Which?\n{}\n:::\n"
FIGURE = "```{{interactive}} {}\n{}A caption.\n```\n"

GOOD = {
    "quiz": QUIZ.format("- `a` :: Because.\n+ $b$ :: So."),
    "figure": FIGURE.format("cnn-quiz", ':attrs: size="6" open\n:fallback: Six rows.\n'),
}
# Page -> (its text, what the message has to say). A message is a warning or more, and the book is
# built with warnings as errors.
BAD = {
    "quiz-none-right": (QUIZ.format("- a :: Because.\n- b :: So."), "exactly one of them"),
    "quiz-two-right": (QUIZ.format("+ a :: Because.\n+ b :: So."), "exactly one of them"),
    "quiz-one-option": (QUIZ.format("+ a :: Because."), "two options or more"),
    "quiz-no-reason": (QUIZ.format("- a\n+ b :: So."), "- text :: reason"),
    "figure-no-fallback": (FIGURE.format("cnn-quiz", ""), "no :fallback:"),
    "figure-no-caption": ("```{interactive} a-b\n:fallback: Text.\n```\n", "no caption"),
    "figure-plain-tag": (FIGURE.format("script", ":fallback: Text.\n"), "not a custom element"),
    "figure-no-script": (FIGURE.format("no-such", ":fallback: Text.\n"), "has no script"),
    "figure-half-a-room": (
        FIGURE.format("cnn-quiz", ":fallback: Text.\n:room: 3rem\n"),
        "two heights",
    ),
    "picture-no-alt": ("![](cat.png)\n", "a picture without alt text"),
    "formula-broken": ("So $\\frac{1}$.\n", "parse: Missing argument for \\frac"),
    "formula-unknown": (
        "$$\na \\nosuch b\n$$ (eq-a)\n",
        "parse: Undefined control sequence \\nosuch",
    ),
    "formula-in-an-answer": (
        QUIZ.format("- a :: Because $\\left($.\n+ b :: So."),
        "parse: Extra \\left or missing \\right",
    ),
    "card-no-exercise": ("```{exercise-card} nope\n```\n", "exercises/nope.md is missing"),
    "notes-unknown": ("```{notes} 1.9z\n```\n", "has no item '1.9z'"),
    "notes-twice": ("```{notes} 1.1 1.1\n```\n", "1.1 is marked twice"),
    "code-no-exercise": ("```{py-exercise} nope\n```\n", "exercises/nope.md is missing"),
}


@pytest.fixture(scope="module")
def built(tmp_path_factory, root):
    """Folder of a book with all these pages, and what Sphinx said of each."""
    folder = tmp_path_factory.mktemp("book")
    (folder / "conf.py").write_text(CONFIG, encoding="utf-8")
    (folder / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    (folder / "exercises").mkdir()
    outline = "## 1 Part\n\n- 1.1: The first.\n- 1.2: The second.\n"
    (folder / "book").mkdir()
    (folder / "book" / "notes_outline.md").write_text(outline, encoding="utf-8")
    static = folder / "book" / "_static"
    static.mkdir(parents=True)
    (static / "cnn").symlink_to(root / "book" / "_static" / "cnn")
    texts = GOOD | {name: text for name, (text, _) in BAD.items()}
    for name, text in texts.items():
        page = f"---\norphan: true\n---\n# Page\n\n{text}"
        (folder / f"{name}.md").write_text(page, encoding="utf-8")
    (folder / "index.md").write_text("# Book\n", encoding="utf-8")
    # Jupyter Book puts the extension's folder on Sphinx's path; here the command does.
    program = (
        f"import sys; sys.path.insert(0, {str(root / 'book' / '_ext')!r}); "
        "from sphinx.cmd.build import main; sys.exit(main(sys.argv[1:]))"
    )
    command = [sys.executable, "-c", program, "-q", "-b", "html", str(folder)]
    done = subprocess.run([*command, str(folder / "_build")], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = {
        name: [line for line in done.stderr.splitlines() if f"/{name}.md" in line] for name in texts
    }
    return folder / "_build", said


@pytest.mark.parametrize("name", BAD)
def test_what_would_make_a_bad_page_is_refused(built, name):
    said = "\n".join(built[1][name])
    assert BAD[name][1] in said
    assert "WARNING: " in said or "ERROR: " in said


@pytest.mark.parametrize(("name", "line"), [("formula-broken", 6), ("formula-unknown", 6)])
def test_a_broken_formula_is_named_with_its_line(built, name, line):
    assert f"/{name}.md:{line}: " in built[1][name][0]


def test_a_quiz_with_a_reason_for_each_option_is_built(built):
    folder, said = built
    page = (folder / "quiz.html").read_text(encoding="utf-8")
    assert said["quiz"] == []
    assert page.count('type="radio"') == page.count("<details ") == 2
    assert page.count("data-right=") == 1
    assert "<legend>Which?" in page


def test_an_interactive_figure_has_its_fallback_and_its_script_in_the_page(built):
    folder, said = built
    page = (folder / "figure.html").read_text(encoding="utf-8")
    assert said["figure"] == []
    assert '<cnn-quiz class="cnn-answers" open="open" size="6">' in page
    assert "Six rows." in page
    assert "cnn/cnn-quiz.js" in page


def test_a_page_without_an_element_does_not_load_its_script(built):
    assert "cnn-quiz" not in (built[0] / "index.html").read_text(encoding="utf-8")
