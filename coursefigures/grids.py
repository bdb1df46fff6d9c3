"""Grids of small numbers side by side, with operators between them."""

import math

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from coursefigures.style import COLORS

__all__ = ["grids"]

_CELL = 0.43  # inches
_OPERATOR = 0.9  # width of an operator, in cells
_GAP = 0.07  # between two cells, in cells


def grids(items):
    """Draw grids of numbers in a row; blue is positive, orange negative.

    Parameters
    ----------
    items : list
        A ``str`` is an operator. A tuple ``(title, values, box)`` is a grid: `values` has two axes,
        and `box`, ``(row, column, height, width)`` or None, is framed as the window is.
    """
    arrays = [np.asarray(item[1]) for item in items if not isinstance(item, str)]
    rows = max(array.shape[0] for array in arrays)
    columns = sum(array.shape[1] for array in arrays)
    columns += _OPERATOR * (len(items) - len(arrays)) + 0.2 * (len(items) - 1)
    figure, axes = plt.subplots(figsize=(_CELL * columns, _CELL * (rows + 0.8)))
    axes.set(xlim=(-0.1, columns + 0.1), ylim=(rows + 0.1, -0.8))
    axes.set_axis_off()
    axes.set_aspect("equal")
    left = 0.0
    for item in items:
        if isinstance(item, str):
            axes.text(
                left + _OPERATOR / 2,
                rows / 2,
                item,
                ha="center",
                va="center",
                size=17,
                color=COLORS["muted"],
            )
            left += _OPERATOR + 0.2
        else:
            title, values, box = item
            _grid(axes, left, rows, title, np.asarray(values), box)
            left += np.shape(values)[1] + 0.2
    plt.show(figure)


def _grid(axes, left, rows, title, values, box):
    height, width = values.shape
    top = (rows - height) / 2
    axes.text(
        left + width / 2, top - 0.22, title, ha="center", va="baseline", color=COLORS["muted"]
    )
    largest = np.abs(values).max() or 1
    for (i, j), value in np.ndenumerate(values):
        # Steps 1 to 3: the strongest one is for what stands out from all others.
        step = math.ceil(3 * abs(value) / largest)
        fill = COLORS[f"{'pos' if value > 0 else 'neg'}{step}"] if step else COLORS["bg"]
        axes.add_patch(_box(left + j, top + i, 1, 1, 0.12, fc=fill, ec=COLORS["line"], lw=1))
        axes.text(
            left + j + 0.5,
            top + i + 0.52,
            f"{value:g}".replace("-", "−"),
            ha="center",
            va="center",
            size=12,
            color=COLORS[f"ink{step or 1}"],
        )
    if box is not None:
        i, j, height, width = box
        axes.add_patch(
            _box(left + j, top + i, width, height, 0.16, fc="none", ec=COLORS["win"], lw=2.6)
        )


def _box(x, y, width, height, radius, **style):
    return FancyBboxPatch(
        (x + _GAP / 2, y + _GAP / 2),
        width - _GAP,
        height - _GAP,
        boxstyle=f"round,pad=0,rounding_size={radius}",
        clip_on=False,
        **style,
    )
