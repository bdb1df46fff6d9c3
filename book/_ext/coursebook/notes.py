"""The directives ``notes`` and ``notes-map``: where the book explains a line of the lecture notes.

    ```{notes} 1.1.1a 1.1.1b
    ```

marks a place; the ids are those of ``book/notes_outline.md``. ``notes-map`` lists the outline, each
item with links to its places: it is made from the marks, so it cannot point to where nothing is.
"""

import re
from pathlib import Path
from typing import NamedTuple

from docutils import nodes
from sphinx.util import logging

from coursebook.markup import CourseDirective, Element

__all__ = ["Item", "Notes", "NotesMap", "label_of", "read_outline", "setup"]

_MAP = "book/where_the_notes_are"
_ITEM = re.compile(r"- ([0-9][0-9.a-z]*): (.+)")
_HEADING = re.compile(r"(##+) (.+)")

_logger = logging.getLogger(__name__)


class Item(NamedTuple):
    """One line of the outline.

    Attributes
    ----------
    id : str
        For instance ``1.2.4a``; a heading has none.
    text : str
        What the notes say.
    level : int
        0 for a line; 1 or 2 for a heading.
    """

    id: str
    text: str
    level: int


class _Places(nodes.General, nodes.Element):
    """Stands in the map until all pages have been read; then its links are put there."""


def read_outline(folder):
    """Read the outline.

    Parameters
    ----------
    folder : Path
        The one that holds ``book``.

    Returns
    -------
    list of Item
        Headings and lines, in order.
    """
    items = []
    for line in (Path(folder) / "book" / "notes_outline.md").read_text("utf-8").splitlines():
        if match := _HEADING.fullmatch(line):
            items.append(Item("", match[2], len(match[1]) - 1))
        elif match := _ITEM.fullmatch(line):
            items.append(Item(match[1], match[2], 0))
    return items


def label_of(item_id):
    """Return the HTML id of an item's place: ``notes-1-2-4a`` for ``1.2.4a``."""
    return "notes-" + item_id.replace(".", "-")


class Notes(CourseDirective):
    """A mark: here the page explains these lines of the notes."""

    required_arguments = 1
    final_argument_whitespace = True

    def run(self):
        known = {item.id: item.text for item in read_outline(self.env.app.confdir) if item.id}
        self.env.note_dependency(str(Path(self.env.app.confdir) / "book" / "notes_outline.md"))
        places = _places_of(self.env)
        shown = []
        for item_id in self.arguments[0].split():
            if item_id not in known:
                raise self.error(f"notes: book/notes_outline.md has no item {item_id!r}")
            label = label_of(item_id)
            if any(doc == self.env.docname for doc, _ in places.get(item_id, [])):
                raise self.error(f"notes: {item_id} is marked twice on this page")
            places.setdefault(item_id, []).append((self.env.docname, ""))
            link = _link(self._to_map(label), item_id, title=known[item_id])
            shown.append(Element("span", {"id": label, "class": "cnn-notes-id"}, link))
        words = "In the notes: "
        mark = Element("p", {"class": "cnn-notes"}, nodes.Text(words))
        for number, each in enumerate(shown):
            mark += nodes.Text(" · ") if number else []
            mark += each
        self.set_source_info(mark)
        return [mark]

    def _to_map(self, label):
        return f"{self.env.app.builder.get_relative_uri(self.env.docname, _MAP)}#map-{label}"


class NotesMap(CourseDirective):
    """The outline, each line with links to where the book explains it."""

    def run(self):
        self.env.note_dependency(str(Path(self.env.app.confdir) / "book" / "notes_outline.md"))
        return [_Places()]


def _link(uri, text, **attributes):
    # docutils has its references in paragraphs of its own only.
    attributes |= {"class": "reference internal", "href": uri}
    return Element("a", attributes, nodes.Text(text))


def _places_of(env):
    """Return where each item is explained: lists of (page, title of the section)."""
    if not hasattr(env, "coursebook_notes"):
        env.coursebook_notes = {}
    return env.coursebook_notes


def _name_sections(app, doctree):
    """Note the titles of the sections in which the marks of a page stand."""
    places = _places_of(app.env)
    titles = {}
    for node in doctree.findall(Element):
        if node["attributes"].get("class") != "cnn-notes-id":
            continue
        section = node.parent
        while not isinstance(section, nodes.section):
            section = section.parent
        titles[node["attributes"]["id"]] = section.next_node(nodes.title).astext()
    for item_id, found in places.items():
        title = titles.get(label_of(item_id), "")
        places[item_id] = [(doc, title if doc == app.env.docname else old) for doc, old in found]


def _forget(app, env, docname):
    places = _places_of(env)
    for item_id in list(places):
        places[item_id] = [place for place in places[item_id] if place[0] != docname]


def _merge(app, env, docnames, other):
    places = _places_of(env)
    for item_id, found in _places_of(other).items():
        places.setdefault(item_id, []).extend(p for p in found if p[0] in docnames)


def _write_map_again(app, env):
    return [_MAP] if _MAP in env.found_docs else []


def _fill_map(app, doctree, docname):
    for node in list(doctree.findall(_Places)):
        node.replace_self(_map(app, docname))


def _map(app, docname):
    places = _places_of(app.env)
    order = {name: number for number, name in enumerate(_reading_order(app.env))}
    parts, rows = [], None
    for item in read_outline(app.confdir):
        if item.level:
            heading = "cnn-map-part" if item.level == 1 else "cnn-map-section"
            parts.append(Element("p", {"class": heading}, nodes.Text(item.text)))
            rows = None
            continue
        if rows is None:
            rows = Element("dl", {"class": "cnn-map"})
            parts.append(rows)
        name = Element("span", {"class": "cnn-map-id"}, nodes.Text(item.id))
        rows += Element(
            "dt", {"id": f"map-{label_of(item.id)}"}, name, nodes.Text(" "), nodes.Text(item.text)
        )
        found = sorted(places.get(item.id, []), key=lambda place: order.get(place[0], 0))
        rows += Element("dd", {}, *_links(app, docname, item, found))
    return parts


def _links(app, docname, item, found):
    if not found:
        _logger.info("no page explains line %s of the notes yet", item.id)
        return [nodes.Text("Not in the book yet.")]
    links = []
    for doc, title in found:
        page = app.env.titles[doc].astext()
        text = page if title == page else f"{page}: {title}"
        uri = f"{app.builder.get_relative_uri(docname, doc)}#{label_of(item.id)}"
        links += [nodes.Text(" · ")] * bool(links) + [_link(uri, text)]
    return links


def _reading_order(env):
    """Yield all pages in the order of the table of contents."""
    waiting = [env.config.root_doc]
    while waiting:
        name = waiting.pop(0)
        yield name
        waiting = env.toctree_includes.get(name, []) + waiting


def setup(app):
    """Register the directives, and what fills the map."""
    app.add_node(_Places)
    app.add_directive("notes", Notes)
    app.add_directive("notes-map", NotesMap)
    app.connect("doctree-read", _name_sections)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
    app.connect("env-updated", _write_map_again)
    app.connect("doctree-resolved", _fill_map)
