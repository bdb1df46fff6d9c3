"""The scripts and style sheets that a custom element needs, read from the scripts themselves.

The first comment of ``cnn/<element>.js`` may hold a line ``uses: a.js b.js``, with paths from that
folder.
What a used script uses comes before it.
A style sheet of the same name as a script comes with it.
"""

import re

__all__ = ["needed"]

_USES = re.compile(r"\A/\*.*?^ \* uses: ([^\n]+)$.*?\*/", re.MULTILINE | re.DOTALL)


def needed(folder, element):
    """List what a page with an element loads, in order.

    Parameters
    ----------
    folder : Path
        The folder of the components, ``book/_static/cnn``.
    element : str
        Name of the element, such as ``conv-explorer``.

    Returns
    -------
    list of str
        Names of scripts and style sheets, as paths from `folder`; the element's own are the last.

    Raises
    ------
    FileNotFoundError
        There is no script of that name, or one that it uses is missing.
    """
    found = []
    _add(folder, f"{element}.js", found)
    return found


def _add(folder, name, found):
    if name in found:
        return
    # Vendored scripts are minified and use nothing.
    used = None if "/vendor/" in name else _USES.match((folder / name).read_text(encoding="utf-8"))
    for other in used[1].split() if used else ():
        _add(folder, other, found)
    if not (folder / name).is_file():
        raise FileNotFoundError(folder / name)
    style = name.removesuffix("js") + "css"
    found += [style] if (folder / style).is_file() else []
    found.append(name)
