"""What one unit sees, drawn through the layers of a stack: a cone of units."""

import itertools

import matplotlib.pyplot as plt
from matplotlib.patches import FancyBboxPatch, Polygon

from coursefigures.style import COLORS

__all__ = ["cone"]

_UNIT = 0.31  # inches, from one unit to the next
_ROW = 0.78  # inches, from one layer to the next
_SIDE = 0.74  # of a unit's square, in units


def cone(layers):
    """Draw the units of each layer as a row of squares, and shade what the top one sees.

    Parameters
    ----------
    layers : list of (str, int, (int, int))
        From the input, at the bottom, to the output: the name of a layer, how many units it has,
        and the half-open region of them that the one output depends on. All rows are centered, as
        the maps of unpadded layers are.
    """
    widest = max(size for _, size, _ in layers)
    name_room = 4.6  # units, for the names on the left
    figure, axes = plt.subplots(
        figsize=(_UNIT * (widest + name_room), _ROW * (len(layers) - 1) + 0.5)
    )
    step = _ROW / _UNIT
    axes.set(xlim=(-name_room, widest), ylim=(-0.6, step * (len(layers) - 1) + 0.9))
    axes.set_axis_off()
    axes.set_aspect("equal")
    spans = []
    for row, (name, size, (start, stop)) in enumerate(layers):
        left, level = (widest - size) / 2, row * step
        spans.append((left + start, left + stop, level))
        axes.text(-0.4, level + 0.5, name, ha="right", va="center", color=COLORS["muted"])
        for unit in range(size):
            seen = start <= unit < stop
            axes.add_patch(
                FancyBboxPatch(
                    (left + unit + (1 - _SIDE) / 2, level + (1 - _SIDE) / 2),
                    _SIDE,
                    _SIDE,
                    boxstyle="round,pad=0,rounding_size=0.14",
                    fc=COLORS["pos3"] if seen else COLORS["bg"],
                    ec=COLORS["pos4"] if seen else COLORS["line"],
                    lw=1.4 if seen else 1,
                    zorder=2,
                )
            )
    for below, above in itertools.pairwise(spans):
        corners = [
            (below[0], below[2] + 0.9),
            (below[1], below[2] + 0.9),
            (above[1], above[2] + 0.1),
            (above[0], above[2] + 0.1),
        ]
        axes.add_patch(Polygon(corners, closed=True, fc=COLORS["pos1"], ec="none", zorder=1))
    plt.show(figure)
