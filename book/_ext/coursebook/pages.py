"""What a page loads, and what the theme and its companions get wrong.

- A custom element's script and style sheet, ``cnn/<element>.js`` and ``.css``, and what the script
  uses, are loaded by the pages that hold the element, and by no other.
- sphinx-thebe belongs to every Jupyter Book 1 and asks a CDN for its script; this book runs its
  code by itself, so thebe is taken out.
- docutils gives references ARIA roles that are deprecated or do not fit together.
"""

import posixpath
from pathlib import Path

from sphinx.util import logging

from coursebook.markup import Element
from coursebook.scripts import needed

__all__ = ["setup"]

_ROLES = {
    '<div role="list" class="citation-list">': '<div class="citation-list">',
    ' role="doc-biblioentry"': "",
}

_logger = logging.getLogger(__name__)


def _load_components(app, pagename, templatename, context, doctree):
    if doctree is None:
        return
    tags = {node["tag"] for node in doctree.findall(Element) if "-" in node["tag"]}
    folder = Path(app.confdir) / "book" / "_static" / "cnn"
    files = {}
    for tag in sorted(tags):
        if not (folder / f"{tag}.js").is_file():
            _logger.warning("the element %s has no script cnn/%s.js", tag, tag, location=pagename)
            continue
        files |= dict.fromkeys(needed(folder, tag))
    for name in files:
        path = posixpath.normpath(f"cnn/{name}")
        if path.endswith(".css"):
            app.add_css_file(path)
        else:
            app.add_js_file(path, loading_method="defer")


def _leave_thebe_out(app, config):
    for listeners in list(app.events.listeners.values()):
        for listener in list(listeners):
            if listener.handler.__module__ == "sphinx_thebe":
                app.disconnect(listener.id)
    styles = app.registry.css_files
    styles[:] = [style for style in styles if "thebe" not in style[0]]


def _mend_roles(app, pagename, templatename, context, doctree):
    for wrong, right in _ROLES.items():
        context["body"] = context.get("body", "").replace(wrong, right)


def setup(app):
    """Choose what each page loads."""
    app.connect("config-inited", _leave_thebe_out)  # by then every extension has been set up
    app.connect("html-page-context", _load_components)
    app.connect("html-page-context", _mend_roles)
