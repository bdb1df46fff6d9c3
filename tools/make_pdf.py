"""Print the built book as one PDF with cover, contents, outline and page numbers.

A browser prints each page, as the reader's own would; pypdf puts them together.
A formula that is wider than the paper is printed smaller, and the tool fails if anything is cut.
"""

import argparse
import html
import io
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import yaml
from pypdf import PdfReader, PdfWriter
from pypdf.annotations import Link
from pypdf.generic import Fit, NameObject

from headless import NAMES, find_browser, open_browser

__all__ = ["main"]

_ROOT = Path(__file__).resolve().parent.parent
_MARGIN = {"top": "18mm", "bottom": "20mm", "left": "20mm", "right": "20mm"}
# The figures are laid out for a screen of this many pixels, and printed at this scale: together the
# width between the margins of an A4 sheet, at 96 pixels to the inch.
_WIDTH, _SCALE = 856, 0.75
_PRINT = """
html { font-size: 18px; }
a { text-decoration: none !important; color: inherit; }
pre, code { white-space: pre-wrap !important; overflow-wrap: anywhere; }
.bd-sidebar-primary, .bd-sidebar-secondary, .bd-header, .bd-header-article, .prev-next-footer,
.bd-footer, .bd-footer-content, #jb-print-toc, .headerlink, .skip-link, .cnn-py-stages,
.cf-bar, .cf-fields, .cx-bar, .cx-settings, .cx-hint, .cnn-button { display: none !important; }
#jb-print-docs-body h1 { text-align: left; }
h1, h2, h3, h4 { break-after: avoid; }
.cnn-bugs, .cnn-bugs p { font-size: 12.5px !important; line-height: 1.3 !important; }
.cnn-pdf-why { margin: 0 0 0.5rem 1.6rem; color: #55606e; font-size: 0.85rem; }
.cnn-bugs ol, .cnn-bugs ul { columns: 2; column-gap: 2rem; }
.cnn-bugs li { margin: 0 0 0.6rem !important; break-inside: avoid; }
.pst-scrollable-table-container { overflow: visible !important; }
figure, tr, .math.notranslate { break-inside: avoid; }
table, .table-wrapper, .pst-scrollable-table-container, section > div {
  break-inside: auto !important;
}
.cnn-py-work { display: none !important; }
"""
# Nothing can be opened on paper: the list of bugs and the quizzes' reasons are there.
_OPEN = """() => {
  document.querySelectorAll(".cnn-bugs").forEach((list) => { list.open = true; });
  document.querySelectorAll(".cnn-quiz-why").forEach((why) => {
    const reason = why.querySelector("p");
    reason.prepend(why.querySelector("summary").textContent.replace(" Why?", " "));
    reason.className = "cnn-pdf-why";
    why.replaceWith(reason);
  });
}"""
# The figure that waits for a drawing gets one, and time to fetch its network.
_FILL = """async () => {
  const figure = document.querySelector("draw-digit");
  if (!figure) return;
  figure.state = { sample: "3" };
  for (let tries = 0; tries < 200 && !figure.output.maps; tries++) {
    await new Promise((next) => setTimeout(next, 100));
  }
  await figure.updateComplete;
}"""
# Makes what is wider than the text smaller, and returns what still is.
_FIT = """() => {
  const text = document.querySelector("article").getBoundingClientRect();
  const blocks = [...document.querySelectorAll(
    "article :is(div.math, table, pre, .cell_output svg, .cnn-answers)")];
  const widest = (node) => Math.max(node.getBoundingClientRect().width, node.scrollWidth || 0,
    ...[...node.querySelectorAll("mjx-container *")].map((part) =>
      part.getBoundingClientRect().right - node.getBoundingClientRect().left));
  const room = (node) => text.right - node.getBoundingClientRect().left;
  for (const node of blocks) {
    if (node.checkVisibility() && widest(node) > room(node) + 2) {
      node.style.zoom = room(node) / (widest(node) + 4);
    }
  }
  return blocks.filter((node) => node.checkVisibility()
    && node.getBoundingClientRect().right > text.right + 2)
    .map((node) => `${node.tagName} ${node.textContent.trim().slice(0, 60)}`);
}"""


@dataclass
class _Part:
    """A page of the book, printed."""

    name: str
    title: str
    caption: str
    reader: PdfReader
    first: int = 0


def _order():
    """Return (page name, caption of its part) for every page."""
    toc = yaml.safe_load((_ROOT / "_toc.yml").read_text(encoding="utf-8"))
    pages = [(toc["root"], "")]
    for part in toc["parts"]:
        pages += [(chapter["file"], part["caption"]) for chapter in part["chapters"]]
    return pages


def _printed(page, scale=1.0):
    return PdfReader(
        io.BytesIO(
            page.pdf(
                format="A4",
                margin=_MARGIN,
                print_background=True,
                scale=scale,
                outline=True,
                tagged=True,
            )
        )
    )


def _print_pages(page, folder, say):
    """Print every page of the book; return the parts, and what is cut off."""
    parts, cut = [], []
    for name, caption in _order():
        page.goto((folder / f"{name}.html").as_uri())
        page.wait_for_load_state("networkidle")
        page.evaluate("document.fonts.ready")
        page.evaluate("window.MathJax?.startup?.promise")
        page.add_style_tag(content=_PRINT)
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        page.evaluate(_OPEN)
        page.evaluate(_FILL)
        cut += [f"{name}: {what}" for what in page.evaluate(_FIT)]
        title = page.locator("article h1").first.inner_text().strip().rstrip("#")
        parts.append(_Part(name, title, caption, _printed(page, _SCALE)))
        say(f"{name}: {len(parts[-1].reader.pages)} pages")
    return parts, cut


def _contents(parts):
    """Return the contents as HTML; the numbers are those of the finished PDF."""
    rows, caption = [], None
    for part in parts:
        if part.caption and part.caption != caption:
            caption = part.caption
            rows.append(f"<h2>{html.escape(caption)}</h2>")
        title = html.escape(part.title)
        rows.append(f"<p><span>{title}</span><i></i><b>{part.first + 1}</b></p>")
    return "".join(rows)


def _front(page, parts, title, author):
    """Print the cover and the contents."""
    page.set_content(
        f"""<!doctype html><html lang="en"><title>{html.escape(title)}</title><style>
        body {{ font: 12pt/1.5 Georgia, 'Liberation Serif', serif; color: #1d2733; margin: 0; }}
        .cover {{ height: 235mm; display: grid; align-content: center; break-after: page; }}
        .cover h1 {{ font-size: 34pt; line-height: 1.1; margin: 0 0 6mm; }}
        .cover p {{ color: #55606e; margin: 0; }}
        h2 {{ font-size: 12pt; margin: 5mm 0 1mm; color: #0a5a96; break-after: avoid; }}
        .list p {{ display: flex; gap: 2mm; margin: 0.6mm 0; }}
        .list i {{ flex: 1; border-bottom: 1px dotted #7a8593; margin-bottom: 1.4mm; }}
        .list b {{ font-weight: 400; }}
        </style><div class="cover"><h1>{html.escape(title)}</h1><p>{html.escape(author)}</p></div>
        <div class="list"><h1>Contents</h1>{_contents(parts)}</div></html>"""
    )
    return _printed(page)


def _numbers(page, count):
    """Print `count` empty pages that have their number at the foot."""
    page.set_content('<div style="break-after: page">&nbsp;</div>' * (count - 1) + "&nbsp;")
    style = "width: 100%; text-align: center; font: 9px 'Liberation Serif', serif; color: #55606e"
    number = f'<div style="{style}"><span class="pageNumber"></span></div>'
    return PdfReader(
        io.BytesIO(
            page.pdf(
                format="A4",
                margin=_MARGIN,
                display_header_footer=True,
                header_template="<span></span>",
                footer_template=number,
            )
        )
    )


def _outline(writer, part, parent):
    """Copy the headings of a page below its own title."""
    top = writer.add_outline_item(title=part.title, page_number=part.first, parent=parent)

    def copy(items, parent):
        last = parent
        for item in items:
            if isinstance(item, list):
                copy(item, last)
            else:
                where = part.reader.get_destination_page_number(item)
                fit = Fit.xyz(left=0, top=item.top) if item.top is not None else Fit.fit()
                last = writer.add_outline_item(
                    title=item.title.rstrip("#").strip(),
                    page_number=part.first + where,
                    parent=parent,
                    fit=fit,
                )

    # The first item is the page's own h1, which is there already.
    inner = part.reader.outline
    inner = [item for item in inner if isinstance(item, list)] or inner
    for items in inner:
        copy(items if isinstance(items, list) else [items], top)


def _relink(writer, parts, folder):
    """Let links from page to page lead to the place in this file."""
    first = {(folder / f"{part.name}.html").resolve(): part.first for part in parts}
    for number, page in enumerate(writer.pages):
        for holder in list(page.get("/Annots", [])):
            link = holder.get_object()
            uri = str(link.get("/A", {}).get("/URI", ""))
            if not uri.startswith("file:"):
                continue
            target = Path(unquote(urlsplit(uri).path)).resolve()
            page["/Annots"].remove(holder)
            if target in first:
                writer.add_annotation(
                    number, Link(rect=link["/Rect"], target_page_index=first[target])
                )


def _make(browser_page, folder, target, say):
    config = yaml.safe_load((_ROOT / "_config.yml").read_text(encoding="utf-8"))
    title, author = config["title"], config.get("author", "")
    parts, cut = _print_pages(browser_page, folder, say)
    front = _front(browser_page, parts, title, author)
    at = len(front.pages)
    for part in parts:
        part.first, at = at, at + len(part.reader.pages)
    front = _front(browser_page, parts, title, author)  # as long as before, with the numbers

    writer = PdfWriter()
    writer.append(front, import_outline=False)
    for part in parts:
        writer.append(part.reader, import_outline=False)
    numbers = _numbers(browser_page, at)
    for page, number in list(zip(writer.pages, numbers.pages, strict=True))[1:]:
        page.merge_page(number)
    captions = {}
    for part in parts:
        if part.caption and part.caption not in captions:
            captions[part.caption] = writer.add_outline_item(
                title=part.caption, page_number=part.first, bold=True
            )
        _outline(writer, part, captions.get(part.caption))
    _relink(writer, parts, folder)
    writer.add_metadata({"/Title": title, "/Author": author, "/Creator": "make pdf"})
    writer.page_mode = NameObject("/UseOutlines")
    writer.compress_identical_objects(remove_duplicates=True, remove_unreferenced=True)
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_suffix(".part")
    writer.write(unfinished)
    unfinished.replace(target)
    return at, cut


def main(argv=None):
    """Print the book.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        0; 1 where there is no book or no browser, or where something is cut off.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--html", type=Path, default=_ROOT / "_build" / "html", help="the book")
    parser.add_argument("--to", type=Path, default=_ROOT / "_build" / "book.pdf")
    arguments = parser.parse_args(argv)
    browser_path = find_browser()
    folder = arguments.html.resolve()
    if browser_path is None or not (folder / "book" / "index.html").is_file():
        missing = "book (make book)" if browser_path else f"browser ({', '.join(NAMES)})"
        print(f"make_pdf: there is no {missing}", file=sys.stderr)
        return 1
    with open_browser(browser_path) as browser:
        page = browser.new_page(viewport={"width": _WIDTH, "height": 950}, color_scheme="light")
        page.emulate_media(media="print")
        count, cut = _make(page, folder, arguments.to, print)
    size = arguments.to.stat().st_size / 1e6
    print(f"{arguments.to}: {count} pages, {size:.1f} MB")
    for what in cut:
        print("make_pdf: cut off:", re.sub(r"\s+", " ", what), file=sys.stderr)
    return 1 if cut else 0


if __name__ == "__main__":
    raise SystemExit(main())
