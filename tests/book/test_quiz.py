"""The questions that answer back."""

import pytest

pytestmark = [pytest.mark.book, pytest.mark.browser]


@pytest.fixture
def quiz(site, open_page):
    page = open_page(f"{site}/book/convolution.html")  # its options hold formulas
    quiz = page.locator("cnn-quiz").first
    quiz.locator("button").wait_for()
    return quiz


def test_quiz_works_by_keyboard(quiz):
    page = quiz.page
    radios = quiz.locator("input[type=radio]")
    radios.first.focus()
    page.keyboard.press("Space")
    verdicts = {}
    for number in range(radios.count()):
        assert radios.nth(number).is_checked()
        page.keyboard.press("Enter")
        right = radios.nth(number).get_attribute("data-right") is not None
        verdicts[right] = quiz.get_by_role("status").inner_text()
        page.keyboard.press("ArrowDown")
        # A new choice has not been checked yet.
        assert quiz.get_by_role("status").inner_text() == ""
    assert verdicts[True].startswith("Right.")
    assert verdicts[False].startswith("Not so.")


def test_quiz_gives_each_answer_its_own_reason(quiz):
    reasons = []
    for radio in quiz.locator("input[type=radio]").all():
        radio.check()
        quiz.get_by_role("button", name="Check").click()
        reasons.append(quiz.get_by_role("status").inner_text())
    assert len(set(reasons)) == len(reasons) >= 2
    assert all(len(reason) > len("Not so. ") + 10 for reason in reasons)


def test_quiz_asks_for_a_choice_first(quiz):
    quiz.get_by_role("button", name="Check").click()
    assert quiz.get_by_role("status").inner_text() == "Choose an answer first."


def test_quiz_options_have_names_with_their_formulas(quiz):
    assert quiz.locator("label mjx-container").count() > 0
    assert quiz.get_by_role("radio", name="28 × 28").count() == 1


def test_quiz_shows_its_reasons_without_javascript(site, chapters_with, open_page):
    page = open_page(f"{site}/{chapters_with('cnn-quiz')[0]}", java_script_enabled=False)
    quiz = page.locator("cnn-quiz").first
    reason = quiz.locator("details p").first
    assert not reason.is_visible()
    quiz.locator("summary").first.click()
    assert reason.is_visible()
