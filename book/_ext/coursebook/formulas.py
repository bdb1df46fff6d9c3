"""Formulas, drawn when the book is built: a page shows them at once, and without JavaScript.

MathJax's own TeX input and output, ``vendor/mathjax/formulas.js``, run in V8. A formula that does
not parse is a warning, at its place. What was drawn is kept in a file, for both editions and for
the next build.
"""

import functools
import hashlib
import json
import os
import sqlite3
from pathlib import Path

from docutils import nodes
from py_mini_racer import MiniRacer
from sphinx.locale import _
from sphinx.util import logging
from sphinx.util.math import get_node_equation_number

__all__ = ["Drawer", "FormulaError", "setup"]

_SCRIPT = Path(__file__).resolve().parent.parent / "vendor" / "mathjax" / "formulas.js"
_CLASSES = "math notranslate nohighlight"

_logger = logging.getLogger(__name__)


class FormulaError(ValueError):
    """A formula does not parse."""


class Drawer:
    """Draws formulas, each once.

    Parameters
    ----------
    cache : Path
        The file of what was drawn before; made when there is none.
    """

    def __init__(self, cache):
        self._cache = cache
        self._drawing = hashlib.sha256(_SCRIPT.read_bytes()).hexdigest()[:16]

    def draw(self, tex, display=False):
        """Draw a formula.

        Parameters
        ----------
        tex : str
            The formula, without dollars.
        display : bool, optional
            Whether it stands in a line of its own.

        Returns
        -------
        str
            HTML, with MathML in it for screen readers.

        Raises
        ------
        FormulaError
            The formula does not parse; the message is MathJax's.
        """
        key = (self._drawing, display, tex)
        found = self._kept.execute(
            "SELECT html FROM formulas WHERE drawing = ? AND display = ? AND tex = ?", key
        ).fetchone()
        if found:
            return found[0]
        drawn = json.loads(self._engine.call("CnnFormulas.draw", tex, display))
        if "error" in drawn:
            raise FormulaError(drawn["error"])
        self._kept.execute(
            "INSERT OR IGNORE INTO formulas VALUES (?, ?, ?, ?)", (*key, drawn["html"])
        )
        return drawn["html"]

    def close(self):
        """Let go of the file and of the engine; the next formula opens them again."""
        for name in ("_kept", "_engine"):
            if name in vars(self):
                vars(self).pop(name).close()

    @functools.cached_property
    def _kept(self):
        self._cache.parent.mkdir(parents=True, exist_ok=True)
        # Two builds may share the file. No transaction: what is lost is drawn again.
        kept = sqlite3.connect(self._cache, timeout=60, isolation_level=None)
        kept.execute("PRAGMA synchronous = OFF")
        kept.execute(
            "CREATE TABLE IF NOT EXISTS formulas"
            " (drawing, display, tex, html, PRIMARY KEY (drawing, display, tex))"
        )
        kept.execute("DELETE FROM formulas WHERE drawing != ?", (self._drawing,))
        return kept

    @functools.cached_property
    def _engine(self):
        engine = MiniRacer()  # half a second, so only when there is something new
        engine.eval(_SCRIPT.read_text(encoding="utf-8"))
        return engine


def _draw(translator, node, tex, display):
    """Return the HTML of a node's formula; what does not parse is a warning, and stays as it is."""
    try:
        return translator.builder.app.coursebook_drawer.draw(tex, display)
    except FormulaError as error:
        _logger.warning("a formula does not parse: %s: %s", error, tex.strip(), location=node)
        return f"<code>{translator.encode(tex)}</code>"


def _visit_inline(translator, node):
    formula = _draw(translator, node, node.astext(), display=False)
    start = translator.starttag(node, "span", "", CLASS=_CLASSES)
    translator.body.append(f"{start}{formula}</span>")
    raise nodes.SkipNode


def _visit_display(translator, node):
    translator.body.append(translator.starttag(node, "div", CLASS=_CLASSES))
    if node["number"]:
        number = get_node_equation_number(translator, node)
        translator.body.append(f'<span class="eqno">({number})')
        translator.add_permalink_ref(node, _("Link to this equation"))
        translator.body.append("</span>")
    tex = node.astext() if node["nowrap"] else _in_lines(node.astext())
    translator.body.append(_draw(translator, node, tex, display=True) + "</div>\n")
    raise nodes.SkipNode


def _in_lines(tex):
    r"""Put a formula that has several lines into its environment, as Sphinx does for MathJax.

    Lines end with two backslashes; a formula after an empty line is an equation of its own.
    """
    parts = [part for part in tex.split("\n\n") if part.strip()]
    split = [rf"\begin{{split}}{part}\end{{split}}" if r"\\" in part else part for part in parts]
    if len(split) < 2:
        return "".join(split)
    return r"\begin{align}\begin{aligned}" + r"\\".join(split) + r"\end{aligned}\end{align}"


def _open_drawer(app):
    # Both editions' outputs lie in one folder; so do their formulas, beside it.
    outputs = Path(os.environ.get("CNN_EXECUTION", Path(app.outdir).parent / "execution"))
    app.coursebook_drawer = Drawer(outputs.parent / "formulas.sqlite")


def _close_drawer(app, exception):
    app.coursebook_drawer.close()


def _load_style(app, pagename, templatename, context, doctree):
    if app.env.get_domain("math").has_equations(pagename):
        app.add_css_file("vendor/mathjax/formulas.css")


def setup(app):
    """Draw formulas here, not in the page; Sphinx leaves MathJax out when there is a renderer."""
    app.add_html_math_renderer("formulas", (_visit_inline, None), (_visit_display, None))
    app.connect("builder-inited", _open_drawer)
    app.connect("html-page-context", _load_style)
    app.connect("build-finished", _close_drawer)
