"""Pages with convolution explorers, and hands and eyes for them."""

from pathlib import Path

import pytest

__all__ = [
    "CNN",
    "MINUS",
    "cell",
    "expect_text",
    "explorer",
    "focused",
    "get",
    "live",
    "put",
    "stop_time",
    "tab_to",
    "write_page",
]

CNN = Path(__file__).parents[2] / "book" / "_static" / "cnn"


MINUS = "−"


def write_page(folder, *elements, scripts=("conv-explorer.js",)):
    head = [f'<link rel="stylesheet" href="{(CNN / "book.css").as_uri()}">']
    head += [f'<link rel="stylesheet" href="{(CNN / "conv-explorer.css").as_uri()}">']
    head += [f'<script defer src="{(CNN / name).as_uri()}"></script>' for name in scripts]
    file = folder / "explorer.html"
    file.write_text(
        '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Test</title>'
        + "".join(head)
        + '<body style="margin: 0 auto; padding: 1rem; max-width: 44rem; color: var(--cnn-fg);'
        + ' background: var(--cnn-bg)"><p id="before">Before.</p>'
        + "".join(elements)
        + '<p id="after">After.</p></body></html>',
        encoding="utf-8",
    )
    return file.as_uri()


def explorer(attributes="", number=0):
    return f'<conv-explorer id="e{number}" {attributes}><p>A filter slides.</p></conv-explorer>'


def get(page, name, number=0):
    return page.evaluate(f"document.querySelector('#e{number}').{name}")


def put(page, number=0, **state):
    page.evaluate("([n, s]) => { document.querySelector('#e' + n).state = s; }", [number, state])


def cell(page, at, number=0):
    return page.locator(f'#e{number} [data-at="{at}"]')


def live(page, number=0):
    return page.locator(f'#e{number} [data-part="live"]')


def expect_text(locator, text):
    from playwright.sync_api import expect

    expect(locator).to_have_text(text)


def focused(page):
    return page.evaluate("document.activeElement.dataset.at ?? document.activeElement.id")


def tab_to(page, wanted):
    """Press Tab until the element `wanted` (a JavaScript condition on `e`) has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        if page.evaluate(f"(e => Boolean({wanted}))(document.activeElement)"):
            return
    pytest.fail(f"the Tab key never reaches {wanted}")


def stop_time(page):
    page.clock.install(time=0)
    page.clock.pause_at(60_000)
