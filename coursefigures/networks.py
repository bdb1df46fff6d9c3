"""What the layers of a network give: stacks of maps, and how many numbers they hold."""

import math

import matplotlib.pyplot as plt
from matplotlib.patches import Rectangle

from coursefigures.style import COLORS

__all__ = ["network"]

_COLUMN = 1.0  # inches
_SIDE = 0.62  # of the largest map, as a part of a column
_SHIFT = 0.035  # from one map of a stack to the next


def network(layers):
    """Draw the maps of each layer to scale, and below them bars for the numbers that they hold.

    Parameters
    ----------
    layers : list of tuple
        Each ``(name, (C, H, W))``, with square maps. A stack is drawn with four maps at most.
    """
    figure, (above, below) = plt.subplots(
        2, 1, figsize=(_COLUMN * len(layers), 2.9), height_ratios=[1.0, 1.15]
    )
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
    above.set(xlim=(-0.5, len(layers) - 0.5), ylim=(-0.4, 0.95), aspect="equal")
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
    figure.tight_layout(h_pad=0.4)
    plt.show(figure)
