"""Draw the picture that other sites show beside a link to the book, 1200 x 630 pixels."""

import sys
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import FancyBboxPatch

from coursefigures import COLORS
from solutions.convolution import correlate2d

__all__ = ["draw", "main"]

_ROOT = Path(__file__).resolve().parent.parent
_CARD = _ROOT / "book" / "_static" / "pictures" / "card.png"
_INK, _MUTED, _WINDOW = COLORS["fg"], COLORS["muted"], COLORS["win"]
# From negative to positive, as the book tints its grids.
_TINTS = {
    number: COLORS[name]
    for number, name in enumerate(["neg2", "neg1", "surface", "pos1", "pos2"], -2)
}


def _grid(axes, numbers, left, top, cell, framed=None):
    for (i, j), number in np.ndenumerate(numbers):
        tint = _TINTS[int(np.clip(number, -2, 2))]
        x, y = left + j * cell, top + i * cell
        style = "round,pad=0,rounding_size=6"
        box = FancyBboxPatch(
            (x + 2, y + 2), cell - 4, cell - 4, boxstyle=style, fc=tint, ec=COLORS["line"]
        )
        axes.add_patch(box)
        text = f"{number}".replace("-", "−")
        axes.text(x + cell / 2, y + cell / 2, text, ha="center", va="center", size=19, color=_INK)
    if framed:
        i, j, rows, columns = framed
        box = FancyBboxPatch(
            (left + j * cell, top + i * cell),
            columns * cell,
            rows * cell,
            boxstyle="round,pad=0,rounding_size=8",
            fc="none",
            ec=_WINDOW,
            lw=4,
        )
        axes.add_patch(box)


def draw():
    """Draw the card.

    Returns
    -------
    matplotlib.figure.Figure
        12 x 6.3 inches, for 100 pixels to the inch.
    """
    image = np.array([[0, 0, 0, 0, 0], [0, 2, 2, 2, 0], [0, 2, 2, 2, 0], [0, 2, 2, 2, 0], [0] * 5])
    kernel = np.array([[-1, 0, 1]] * 3)
    with plt.rc_context({"font.family": "DejaVu Sans"}):
        figure = plt.figure(figsize=(12, 6.3), dpi=100, facecolor="white")
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, 1200), ylim=(630, 0))
        axes.axis("off")
        axes.text(70, 120, "Convolutional Networks", size=46, weight="bold", color=_INK)
        axes.text(70, 190, "by Hand", size=46, weight="bold", color=_INK)
        line = "Every layer, forward and backward, in NumPy."
        axes.text(70, 245, line, size=21, color=_MUTED)
        _grid(axes, image, 70, 292, 58, framed=(1, 2, 3, 3))
        axes.text(402, 437, "∗", size=34, color=_MUTED, ha="center", va="center")
        _grid(axes, kernel, 445, 350, 58)
        axes.text(662, 437, "=", size=34, color=_MUTED, ha="center", va="center")
        _grid(axes, correlate2d(image, kernel), 705, 350, 58, framed=(1, 2, 1, 1))
    return figure


def main():
    """Write the card into the book's pictures."""
    # No date and no version in the file: the same drawing gives the same bytes.
    draw().savefig(_CARD, metadata={"Software": None})
    print(_CARD)


if __name__ == "__main__":
    sys.exit(main())
