"""What the layers of a network give: stacks of maps, and how many numbers they hold."""

import math

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from coursefigures.style import COLORS

__all__ = ["network"]

_COLUMN = 1.0  # inches
_SIDE = 0.62  # of the largest map, as a part of a column
_SHIFT = 0.035  # from one map of a stack to the next
_ABOVE, _BELOW, _NAMES = 1.25, 1.3, 0.3  # inches: maps, bars, names


def network(layers):
    """Draw the maps of each layer to scale, and below them bars for the numbers that they hold.

    Parameters
    ----------
    layers : list of tuple
        Each ``(name, (C, H, W))``, with square maps. A stack is drawn with four maps at most.
    """
    # Both parts have the same columns, an inch wide; a unit of the upper part is an inch high too.
    width, height = _COLUMN * len(layers), _ABOVE + _BELOW + _NAMES
    figure = plt.figure(figsize=(width, height))
    above = figure.add_axes((0, 1 - _ABOVE / height, 1, _ABOVE / height))
    below = figure.add_axes((0, _NAMES / height, 1, _BELOW / height))
    largest = max(size[1] for _, size in layers)
    for column, (_, (C, H, W)) in enumerate(layers):
        side, maps = _SIDE * H / largest, min(C, 4)
        for depth in reversed(range(maps)):
            left = column - side / 2 + _SHIFT * (depth - (maps - 1) / 2)
            bottom = 0.5 - side / 2 + _SHIFT * (depth - (maps - 1) / 2)
            above.add_patch(
                Rectangle((left, bottom), side, side, fc=COLORS["pos1"], ec=COLORS["accent"], lw=1)
            )
        maps = f"{C} map{'s' if C > 1 else ''} of\n{H} × {W}"
        above.text(column, 0.02, maps, ha="center", va="top", color=COLORS["fg"])
    above.set(xlim=(-0.5, len(layers) - 0.5), ylim=(0.9 - _ABOVE, 0.9))
    above.set_axis_off()
    volumes = [math.prod(size) for _, size in layers]
    below.bar(range(len(layers)), volumes, width=0.55, color=COLORS["pos3"], ec=COLORS["c1"], lw=1)
    for column, volume in enumerate(volumes):
        below.text(
            column, volume + 0.03 * max(volumes), f"{volume:,}", ha="center", color=COLORS["fg"]
        )
    below.set(xlim=(-0.5, len(layers) - 0.5), ylim=(0, 1.2 * max(volumes)), yticks=[])
    below.set_xticks(range(len(layers)), [name for name, _ in layers])
    below.tick_params(bottom=False)
    below.spines["left"].set_visible(False)
    plt.show(figure)
