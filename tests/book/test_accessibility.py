"""axe-core finds nothing against WCAG 2.2 AA, in light and in dark, untouched and in use."""

import pytest

from accessibility import violations

pytestmark = [pytest.mark.book, pytest.mark.browser]


@pytest.fixture(scope="module")
def axe(root):
    return (root / "tests" / "vendor" / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_page_breaks_a_rule(site, page_names, open_page, axe, theme):
    found = {}
    for name in page_names:
        page = open_page(f"{site}/{name}", color_scheme=theme)
        page.wait_for_load_state("networkidle")
        found[name] = violations(page, axe)
    assert not any(found.values()), "\n".join(f"{n}\n{v}" for n, v in found.items() if v)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_answers_break_no_rule(site, open_page, axe, theme):
    page = open_page(f"{site}/book/convolution.html", color_scheme=theme)
    page.locator("py-exercise").first.scroll_into_view_if_needed()
    page.locator("py-exercise[data-ready]").first.wait_for()
    for quiz, right in zip(page.locator("cnn-quiz").all(), (True, False), strict=False):
        choice = "[data-right]" if right else ":not([data-right])"
        quiz.locator(f"input{choice}").first.check()
        quiz.get_by_role("button", name="Check").click()
    exercise = page.locator("py-exercise").first
    exercise.get_by_role("textbox").fill("print('shown')\nnothing\n")
    exercise.get_by_role("button", name="Run and check").click()
    page.locator("py-exercise[data-outcome=error]").wait_for(timeout=90_000)
    exercise.locator("summary").click()
    assert violations(page, axe) == ""


def test_the_checker_finds_what_is_wrong(site, open_page, axe):
    page = open_page(f"{site}/book/notation.html")
    page.evaluate("document.querySelector('article').append(document.createElement('button'))")
    assert "button-name" in violations(page, axe)
