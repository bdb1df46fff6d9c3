"""American spelling, and no word that nobody knows, in all that a reader or a learner sees.

A right word that the dictionary lacks goes into words.txt, in its place in the alphabet.
"""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from spellchecker import SpellChecker

ROOT = Path(__file__).resolve().parents[2]
WORDS = Path(__file__).with_name("words.txt")
PAGES = sorted([*ROOT.glob("book/*.md"), *ROOT.glob("exercises/*.md"), *ROOT.glob("*.md")])
OUR_NAMES = ("befores", "dout")  # variables that look like misspelled words

_NO_PROSE = (
    r"\A---\n.*?\n---\n",  # the head
    r"^(`{3,}|:{3,})\{(code-cell|interactive|py-exercise|exercise-card|notes|math)\}.*?^\1",
    r"^(`{3,})(?!\{).*?^\1",  # code that is shown
    r"\$\$.*?\$\$",
    r"\$[^$]+\$",
    r"(?:\{[a-z:]+\})?`+[^`]+`+",  # code, roles
    r"^\+\+\+[^\n]*$",
    r"^\([\w-]+\)=$",
    r"^:[\w-]+:[^\n]*$",
    r"https?://\S+",
    r"\]\([^)]*\)",
    r"<[^>]*>",
)


def prose(text):
    """Return a page without its code, formulas, labels and addresses."""
    for pattern in _NO_PROSE:
        text = re.sub(pattern, " ", text, flags=re.DOTALL | re.MULTILINE)
    return text


def words_of(text):
    """Return the words of a text in lower case; names in code's style and shapes are none."""
    found = re.findall(r"(?<![\w_/.\\-])[A-Za-z]+(?:['’][a-z]+)?(?![\w_/(\\])", prose(text))
    return {re.sub(r"['’]s?$", "", word.replace("’", "'")).lower() for word in found}


@pytest.fixture(scope="module")
def known():
    checker = SpellChecker()
    checker.word_frequency.load_words(WORDS.read_text(encoding="utf-8").split())
    return checker


def test_the_list_of_words_is_in_order_and_holds_no_word_twice():
    words = WORDS.read_text(encoding="utf-8").split()
    assert words == sorted(set(words))


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_word_is_known(known, path):
    words = words_of(path.read_text(encoding="utf-8"))
    unknown = {word for word in known.unknown(words) if len(word) > 2}
    assert sorted(unknown) == []


def test_spelling_is_american_and_no_common_misspelling_is_there():
    command = [sys.executable, "-m", "codespell_lib", "--builtin", "clear,en-GB_to_en-US"]
    command += ["--ignore-words-list", ",".join(OUR_NAMES)]
    done = subprocess.run([*command, *PAGES], capture_output=True, text=True, cwd=ROOT)
    assert done.stdout == ""
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("word", ["colour", "neighbour", "normalise"])
def test_a_british_word_is_found(word, tmp_path):
    (tmp_path / "page.md").write_text(f"The {word} of it.\n", encoding="utf-8")
    command = [sys.executable, "-m", "codespell_lib", "--builtin", "en-GB_to_en-US", tmp_path]
    assert subprocess.run(command, capture_output=True).returncode != 0


def test_a_misspelled_word_is_found_in_prose_and_not_in_code(known):
    text = "The gradeint of `weihgt`, $biaas$:\n\n```python\nfowrard()\n```\n"
    assert known.unknown(words_of(text)) == {"gradeint"}
