"""Python in the page: run, check, stop, keep."""

import inspect

import pytest

from solutions import convolution

pytestmark = [pytest.mark.book, pytest.mark.browser]

HEAD = "import numpy as np\n\n"
REFERENCE = HEAD + inspect.getsource(convolution.correlate2d)


@pytest.fixture
def exercise(site, open_page):
    page = open_page(f"{site}/book/convolution.html")
    exercise = page.locator('py-exercise[data-key="convolution:one_channel"]')
    exercise.and_(page.locator("[data-ready]")).wait_for()
    return exercise


def write(exercise, code):
    editor = exercise.get_by_role("textbox")
    editor.focus()
    exercise.page.keyboard.press("Control+a")
    exercise.page.keyboard.insert_text(code)


def run(exercise):
    exercise.get_by_role("button", name="Run and check").click()
    return outcome(exercise)


def outcome(exercise):
    exercise.and_(exercise.page.locator("[data-outcome]")).wait_for(timeout=90_000)
    return exercise.get_attribute("data-outcome"), exercise.get_by_role("status").inner_text()


def test_the_untouched_exercise_says_what_to_do(exercise):
    assert run(exercise)[0] == "unwritten"


def test_a_right_answer_passes_and_a_wrong_one_gets_the_message_of_the_check(exercise):
    write(exercise, HEAD + "def correlate2d(image, kernel):\n    return image\n")
    kind, text = run(exercise)
    assert kind == "failed"
    assert "came: shape (3, 4)" in text
    assert "expected: shape (2, 3)" in text
    assert "Hint: " in text
    write(exercise, REFERENCE)
    exercise.page.keyboard.press("Control+Enter")
    kind, text = outcome(exercise)
    assert kind == "passed", text


def test_an_exception_names_the_line_of_the_learner_and_nothing_of_pyodide(exercise):
    write(
        exercise, HEAD + "def correlate2d(image, kernel):\n    wide = 7\n    return image[wide]\n"
    )
    kind, text = run(exercise)
    assert kind == "error"
    assert "IndexError: index 7 is out of bounds" in text
    shown = exercise.inner_text()
    assert "Line 5 of your code:" in shown
    assert not any(word in shown for word in ("Traceback", "pyodide", "_runner", "wasm"))


def test_an_endless_loop_is_stopped_and_python_runs_again(exercise):
    write(exercise, "while True:\n    pass\n")
    exercise.get_by_role("button", name="Run and check").click()
    stop = exercise.get_by_role("button", name="Stop")
    exercise.get_by_text("Running …").wait_for(timeout=90_000)
    stop.click()
    assert outcome(exercise)[0] == "stopped"
    write(exercise, REFERENCE)
    assert run(exercise)[0] == "passed"


def test_code_survives_a_reload_and_a_reset_can_be_undone(exercise):
    write(exercise, "mine = 1\n")
    exercise.page.reload()
    exercise.and_(exercise.page.locator("[data-ready]")).wait_for()
    editor = exercise.get_by_role("textbox")
    assert "mine = 1" in editor.inner_text()
    exercise.get_by_role("button", name="Reset").click()
    assert "def correlate2d" in editor.inner_text()
    exercise.get_by_role("button", name="Undo reset").click()
    assert "mine = 1" in editor.inner_text()


def test_tab_indents_and_escape_tab_leaves_the_editor(exercise):
    keyboard = exercise.page.keyboard
    write(exercise, "if True:")
    keyboard.press("Enter")
    keyboard.insert_text("x = 1")
    assert "    x = 1" in exercise.get_by_role("textbox").inner_text()  # Enter keeps the indent
    keyboard.press("Tab")
    assert "        x = 1" in exercise.get_by_role("textbox").inner_text()
    keyboard.press("Escape")
    keyboard.press("Tab")
    assert exercise.evaluate("node => !node.querySelector('.cm-editor').matches(':focus-within')")


def test_a_file_says_how_to_serve_the_book(built_book, open_page):
    page = open_page((built_book / "book/convolution.html").as_uri())
    exercise = page.locator("py-exercise").first
    exercise.and_(page.locator("[data-ready]")).wait_for()
    kind, text = run(exercise)
    assert kind == "served"
    assert "http://localhost:8000" in text
    assert "python -m http.server" in exercise.inner_text()


def test_without_javascript_the_exercise_can_be_read(site, open_page):
    page = open_page(f"{site}/book/convolution.html", java_script_enabled=False)
    exercise = page.locator("py-exercise").first
    assert "def correlate2d(image, kernel):" in exercise.inner_text()
