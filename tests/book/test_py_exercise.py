"""Python in the page: run, check, stop, keep."""

import inspect
import json

import pytest

from autograder.course import find_course
from autograder.exercise import load_exercise
from coursebook.page_work import panels_of
from solutions import convolution

pytestmark = [pytest.mark.book, pytest.mark.browser]

HEAD = "import numpy as np\n\n"
REFERENCE = HEAD + inspect.getsource(convolution.correlate2d)


@pytest.fixture
def exercise(site, open_page):
    return opened(open_page(f"{site}/book/convolution.html"), "convolution:correlate2d")


def opened(page, key):
    """Open the stage of an exercise, and wait for its editor."""
    exercise = page.locator(f'py-exercise[data-key="{key}"]')
    stage = page.locator("details.cnn-py-stage").filter(has=exercise)
    if stage.get_attribute("open") is None:
        stage.locator("> summary").click()
    exercise.scroll_into_view_if_needed()
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
    opened(exercise.page, "convolution:correlate2d")
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
    exercise.scroll_into_view_if_needed()
    exercise.and_(page.locator("[data-ready]")).wait_for()
    kind, text = run(exercise)
    assert kind == "served"
    assert "http://localhost:8000" in text
    assert "python -m http.server" in exercise.inner_text()


def test_without_javascript_the_exercise_can_be_read(site, open_page):
    page = open_page(f"{site}/book/convolution.html", java_script_enabled=False)
    stages = page.locator("details.cnn-py-stage")
    assert stages.count() == 3
    stages.nth(1).locator("> summary").click()
    assert "def correlate2d(image, kernel):" in stages.nth(1).inner_text()


COURSE = find_course(__file__)
WRONG = "def {name}(*args, **kwargs):\n    return None\n"


@pytest.mark.parametrize("slug", COURSE.slugs())
def test_every_answer_can_be_given_in_the_page_and_a_loop_stopped_and_all_is_kept(
    site, open_page, slug
):
    loaded = load_exercise(COURSE, slug)
    panels = panels_of(loaded)
    assert panels
    page = open_page(f"{site}/book/{slug}.html")
    answers = {}
    for panel in panels:
        exercise = opened(page, f"{slug}:{panel.name}")
        if panel.by_hand:
            block = next(b for b in loaded.blocks if (b.kind, b.name) == ("by_hand", panel.name))
            right = block.source
            wrong = "by_hand = None\n"
        else:
            right = loaded.functions[panel.name].source
            wrong = WRONG.format(name=panel.name)
        write(exercise, wrong)
        kind, text = run(exercise)
        assert kind in ("failed", "error"), f"{panel.name}: {text}"
        answers[panel.name] = right
        write(exercise, right)
        kind, text = run(exercise)
        assert kind == "passed", f"{panel.name}: {text}"
        assert "passed" in page.locator("details.cnn-py-stage").filter(has=exercise).inner_text()

    # In the same visit, as Python is there: an endless loop is stopped, and a reload loses nothing.
    write(exercise, "while True:\n    mine = 1\n")
    exercise.get_by_role("button", name="Run and check").click()
    exercise.get_by_text("Running …").wait_for(timeout=90_000)
    exercise.get_by_role("button", name="Stop").click()
    assert outcome(exercise)[0] == "stopped"
    page.reload()
    exercise = opened(page, f"{slug}:{panels[-1].name}")
    assert "mine = 1" in exercise.get_by_role("textbox").inner_text()
    for panel in panels[:-1]:
        text = opened(page, f"{slug}:{panel.name}").get_by_role("textbox").inner_text()
        assert answers[panel.name].strip().splitlines()[0] in text
        assert "NotImplementedError" not in text


def test_what_was_written_is_exported_into_the_real_notebook_and_as_a_module(exercise):
    page = exercise.page
    write(exercise, "def correlate2d(image, kernel):\n    return 'mine'\n")
    with page.expect_download() as download:
        page.get_by_role("button", name="Download my notebook").click()
    assert download.value.suggested_filename == "convolution.ipynb"
    notebook = json.loads(download.value.path().read_text(encoding="utf-8"))
    released = json.loads(COURSE.notebook_path("convolution").read_text(encoding="utf-8"))
    changed = [
        cell["id"]
        for cell, before in zip(notebook["cells"], released["cells"], strict=True)
        if "".join(cell["source"]) != "".join(before["source"])
    ]
    assert changed == ["answer_correlate2d"]
    assert notebook["metadata"] == released["metadata"]
    with page.expect_download() as download:
        page.get_by_role("button", name="Download as .py").click()
    text = download.value.path().read_text(encoding="utf-8")
    assert text.startswith("import numpy as np\n")
    assert "return 'mine'" in text
    assert "def conv2d_forward" in text
    compile(text, "convolution.py", "exec")


def test_an_editor_is_made_when_the_reader_comes_near_or_opens_its_stage(site, open_page):
    page = open_page(f"{site}/book/convolution.html")
    page.wait_for_load_state("networkidle")
    assert page.locator("py-exercise[data-ready]").count() == 0
    assert "by_hand = " in page.locator("py-exercise").first.inner_text()  # to read, all the same
    page.locator("py-exercise").first.scroll_into_view_if_needed()
    page.locator("py-exercise[data-ready]").first.wait_for()
    assert page.locator("py-exercise[data-ready]").count() == 1
    opened(page, "convolution:conv2d_forward")
    assert page.locator("py-exercise[data-ready]").count() == 2
