"""Maps as rows of cells, one below the other: how wide they are from layer to layer."""

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from coursefigures.style import COLORS

__all__ = ["rulers"]

_CELL = 0.34  # inches
_STEP = 1.75  # from one map to the next, in cells
_APART = 1.6  # between two panels, in cells


def rulers(panels, *, kernel_size):
    """Draw, for each panel, an input and the maps that layer after layer makes of it.

    Every map is a row of cells, and the cells of a border of zeros are dashed and hold a 0. Lines
    lead from the last window of each map to the cell that it makes.

    Parameters
    ----------
    panels : list of tuple
        Each ``(title, size, padding, layers)``.
    kernel_size : int
        Of every layer.
    """
    widths = [size + 2 * padding for _, size, padding, _ in panels]
    most = max(layers for *_, layers in panels)
    width = sum(widths) + _APART * (len(panels) - 1)
    height = most * _STEP + 1
    figure, axes = plt.subplots(figsize=(_CELL * (width + 0.2), _CELL * (height + 1.2)))
    axes.set(xlim=(-0.1, width + 0.1), ylim=(height + 0.1, -1.1))
    axes.set_axis_off()
    axes.set_aspect("equal")
    left = 0.0
    for (title, *sizes), total in zip(panels, widths, strict=True):
        middle = left + total / 2
        axes.text(middle, -0.4, title, ha="center", color=COLORS["muted"])
        _panel(axes, middle, *sizes, kernel_size)
        left += total + _APART
    plt.show(figure)


def _panel(axes, middle, size, padding, layers, kernel_size):
    for layer in range(layers + 1):
        top = layer * _STEP
        # No border around the last map: no layer follows that would need one.
        border = padding if layer < layers else 0
        start = middle - size / 2
        for cell in range(-border, size + border):
            _cell(axes, start + cell, top, 0 <= cell < size)
        end = start + size + border
        if layer == layers:
            break
        axes.add_patch(
            Rectangle(
                (end - kernel_size, top),
                kernel_size,
                1,
                fc="none",
                ec=COLORS["win"],
                lw=2.2,
                zorder=3,
            )
        )
        size += 2 * padding - kernel_size + 1
        made = middle + size / 2  # right end of the next map
        for above, below in ((end - kernel_size, made - 1), (end, made)):
            axes.plot([above, below], [top + 1, top + _STEP], color=COLORS["win"], lw=1, ls=":")


def _cell(axes, x, y, is_pixel):
    fill, style = (COLORS["pos2"], "-") if is_pixel else (COLORS["bg"], "--")
    axes.add_patch(Rectangle((x, y), 1, 1, fc=fill, ec=COLORS["muted"], lw=0.9, ls=style))
    if not is_pixel:
        axes.text(x + 0.5, y + 0.54, "0", ha="center", va="center", size=9, color=COLORS["muted"])
