"""axe-core, asked about WCAG 2.2 AA and best practice."""

__all__ = ["violations"]

# A label or a heading of a table that is one formula has a name for the browser (test_quiz looks),
# but axe reads no MathML.
_RUN = """async () => (await axe.run(document, {
    runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    resultTypes: ["violations"],
    preload: false,
})).violations.map((found) => [`${found.id}: ${found.help}`, ...found.nodes
    .filter((node) => {
      const element = document.querySelector(node.target[0]);
      const named = { label: element.labels?.[0], "empty-table-header": element }[found.id];
      return !named?.querySelector("math");
    })
    .map((node) => `${node.target}: ${node.html.slice(0, 160)}`)])
    .filter((lines) => lines.length > 1).map((lines) => lines.join("\\n  "))"""


def violations(page, axe):
    """Run axe, whose source is given, in a page; name what breaks a rule, or give an empty text."""
    page.evaluate(axe)
    return "\n".join(page.evaluate(_RUN))
