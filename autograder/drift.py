"""What differs between a generated file and what its sources give, in a sentence."""

import json

__all__ = ["difference"]


def difference(found, expected, name):
    """Say what differs.

    Parameters
    ----------
    found : str or None
        The file's text; None where there is no file.
    expected : str
        What its sources give.
    name : str
        The file's name.

    Returns
    -------
    str
        One sentence for the author, without a full stop.
    """
    if found is None:
        return "it is missing"
    if not name.endswith(".ipynb"):
        return _first_line(found, expected)
    try:
        old, new = json.loads(found), json.loads(expected)
        return _between_notebooks(old, new)
    except (ValueError, LookupError, TypeError, AttributeError):
        return "it is not a notebook anymore"


def _between_notebooks(old, new):
    before = {_label(cell): cell for cell in old["cells"]}
    after = {_label(cell): cell for cell in new["cells"]}
    parts = []
    for label, cell in after.items():
        if label not in before:
            parts.append(f"cell {label} is missing")
            continue
        was = before[label]
        points = [c["metadata"].get("nbgrader", {}).get("points") for c in (was, cell)]
        if points[0] != points[1]:
            # First, since headings and totals follow from it.
            parts.insert(0, f"cell {label} has {points[0]} points, its tests give {points[1]}")
        elif "".join(was["source"]) != "".join(cell["source"]):
            line = _first_line("".join(was["source"]), "".join(cell["source"]))
            parts.append(f"cell {label} has another text ({line})")
        elif was.get("outputs") or was.get("execution_count"):
            parts.append(f"cell {label} has been run")
        elif was != cell:
            parts.append(f"cell {label} has other metadata")
    parts += [f"cell {label} is not from the sources" for label in before if label not in after]
    if not parts:
        if [*before] != [*after] or len(old["cells"]) != len(new["cells"]):
            return "its cells are in another order, or doubled"
        if old.get("metadata") != new["metadata"]:
            return "the notebook's own metadata differ"
        return "it is written in another way (indentation or line ends)"
    shown, more = parts[:3], len(parts) - 3
    return "; ".join(shown) + (f"; and {more} more cells differ" if more > 0 else "")


def _label(cell):
    return cell["metadata"].get("nbgrader", {}).get("grade_id") or cell.get("id") or "without an id"


def _first_line(found, expected):
    old, new = found.splitlines(), expected.splitlines()
    for number, (was, is_now) in enumerate(zip(old, new, strict=False), start=1):
        if was != is_now:
            return f"line {number} is {was.strip()[:60]!r}, expected {is_now.strip()[:60]!r}"
    if len(old) == len(new):
        return "its line ends differ"
    return f"it has {len(old)} lines, expected {len(new)}"
