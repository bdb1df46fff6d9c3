"""A node for one HTML element: what docutils has no node for, and what holds parsed text inside."""

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.util.docutils import SphinxDirective

__all__ = ["CourseDirective", "Element", "raw", "setup"]


class Element(nodes.General, nodes.Element):
    """An HTML element with children; other builders write the children alone.

    Parameters
    ----------
    tag : str
        Name of the element.
    attributes : dict, optional
        Its attributes; a value of True gives one without a value.
    """

    def __init__(self, tag="", attributes=None, *children):
        super().__init__("", *children, tag=tag, attributes=dict(attributes or {}))


class CourseDirective(SphinxDirective):
    """A directive that parses text and builds HTML elements."""

    def inline(self, text):
        """Parse one line of Markdown and return its inline nodes."""
        holder = nodes.container()
        source, line = self.get_source_info()
        self.state.nested_parse(StringList([text], items=[(source, line)]), 0, holder)
        return holder[0].children if len(holder) else []

    def markdown(self, text):
        """Parse Markdown of several lines and return its nodes."""
        holder = nodes.container()
        lines = text.split("\n")
        content = StringList(lines, items=[self.get_source_info()] * len(lines))
        self.state.nested_parse(content, 0, holder)
        return holder.children

    def number(self):
        """Return a number that no other element of this kind has on its page."""
        return self.env.new_serialno(self.name)


def raw(text):
    """Return a node for HTML that is ready."""
    return nodes.raw("", text, format="html")


def _visit_html(translator, node):
    attributes = {
        name: (name if value is True else str(value))
        for name, value in node["attributes"].items()
        if value is not None and value is not False
    }
    if "id" in attributes:  # starttag adds the node's own ids to these
        attributes["ids"] = [attributes.pop("id")]
    translator.body.append(translator.starttag(node, node["tag"], "", **attributes))


def _depart_html(translator, node):
    if node["tag"] not in ("input", "img"):  # void elements have no end tag
        translator.body.append(f"</{node['tag']}>")


def _nothing(translator, node):
    """Write the children alone."""


def setup(app):
    """Register the node."""
    other = (_nothing, _nothing)
    app.add_node(
        Element,
        html=(_visit_html, _depart_html),
        latex=other,
        text=other,
        man=other,
        texinfo=other,
    )
