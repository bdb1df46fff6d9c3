"""Pages that hold one figure each, hands for them, and what every figure has to keep."""

from pathlib import Path

from coursebook.scripts import needed

__all__ = ["CNN", "figure_page", "output", "outputs", "put", "said", "setting"]

CNN = Path(__file__).parents[2] / "book" / "_static" / "cnn"


def figure_page(folder, element, attributes="", *, theme="light"):
    """Write a page with the element `element`, ``id="figure"``, and return its file:// address."""
    names = ["book.css", "components.css", *needed(CNN, element)]
    head = [
        f'<link rel="stylesheet" href="{(CNN / name).resolve().as_uri()}">'
        if name.endswith(".css")
        else f'<script defer src="{(CNN / name).resolve().as_uri()}"></script>'
        for name in names
    ]
    file = folder / f"{element}.html"
    file.write_text(
        f'<!doctype html><html lang="en" data-theme="{theme}"><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1"><title>Test</title>'
        + "".join(head)
        + '<body style="margin: 0 auto; padding: 1rem; max-width: 44rem; color: var(--cnn-fg);'
        + ' background: var(--cnn-bg)"><main class="bd-article"><h1>Test</h1><p>Before.</p>'
        + f'<{element} id="figure" class="cnn-answers" {attributes}><p>Fallback.</p></{element}>'
        + "<p>After.</p></main></body></html>",
        encoding="utf-8",
    )
    return file.as_uri()


def outputs(page, states):
    """Set each state in turn, from the start values, and return what the figure computes."""
    return page.evaluate(
        """states => { const figure = document.querySelector("#figure");
          return states.map(state => {
            figure.reset(); figure.state = state; return figure.output; }); }""",
        states,
    )


def output(page):
    return page.evaluate("document.querySelector('#figure').output")


def put(page, **state):
    page.evaluate("state => { document.querySelector('#figure').state = state; }", state)


def setting(page, name):
    """The control of a setting: a field, a slider, a list, or a group of buttons."""
    return page.locator(f'#figure [data-setting="{name}"]')


def said(page):
    """The sentence below the figure."""
    return page.locator("#figure .cf-says")
