"""Formulas are drawn when the book is built, each once."""

import re

import pytest

from coursebook.formulas import Drawer, FormulaError


@pytest.fixture
def drawer(tmp_path):
    drawer = Drawer(tmp_path / "formulas.sqlite")
    yield drawer
    drawer.close()


def test_a_formula_is_drawn_and_can_be_read_aloud(drawer):
    drawn = drawer.draw(r"\frac{1}{N} \sum_i x_i")
    assert drawn.startswith("<mjx-container ")
    assert 'display="true"' not in drawn
    spoken = re.search("<mjx-assistive-mml.*", drawn)[0]
    assert "<mfrac><mn>1</mn><mi>N</mi></mfrac>" in spoken
    assert "aria-hidden" not in spoken


def test_a_formula_in_its_own_line_is_drawn_otherwise(drawer):
    assert '<math xmlns="http://www.w3.org/1998/Math/MathML" display="block">' in drawer.draw(
        "x", display=True
    )
    assert 'display="block"' not in drawer.draw("x")


def test_what_does_not_parse_is_refused_with_the_reason(drawer):
    with pytest.raises(FormulaError, match=r"^Missing argument for \\frac$"):
        drawer.draw(r"\frac{1}")


def test_what_was_drawn_is_not_drawn_again(drawer, tmp_path):
    drawn = drawer.draw("x^2")
    other = Drawer(tmp_path / "formulas.sqlite")
    assert other.draw("x^2") == drawn
    assert "_engine" not in vars(other)
    other.close()


def test_every_letter_that_is_drawn_has_its_rule_and_its_font(drawer, root):
    folder = root / "book" / "_static" / "vendor" / "mathjax"
    style = (folder / "formulas.css").read_text(encoding="utf-8")
    drawn = drawer.draw(
        r"\gamma_c \sqrt{\textbf{A}} \approx \mathbb R \hat x \bigl( \text{out} \bigr)"
    )
    letters = re.findall(r'<mjx-c class="([^"]+)">', drawn)
    assert len(letters) > 8
    for letter in letters:
        assert f"mjx-c.{letter.replace(' ', '.')}::before {{" in style
    fonts = re.findall(r'url\("(.+?)"\)', style)
    assert len(fonts) > 10
    assert all((folder / font).is_file() for font in fonts)
