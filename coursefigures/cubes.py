"""Cubes of N x C x (H W) cells, in which the numbers that share one mean are marked."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.patches import Polygon

from coursefigures.style import COLORS

__all__ = ["cubes"]

_CELL = 0.25  # inches
_DEPTH = np.array([0.62, 0.45])  # what one step along the axis N is on paper, in cells
_TEXTS = np.array([2.4, 3.0])  # room for the texts, in cells
_AXES = ("N", "C", "H × W")
# By mark, the front, the top and the right side of a cell.
_FILLS = {
    0: ("bg", "surface", "surface"),
    1: ("pos3", "pos2", "pos3"),
    2: ("neg3", "neg2", "neg3"),
}


def cubes(items, *, columns=4):
    """Draw batches as cubes: samples into the depth, channels to the right, places downward.

    Cells are seen on three sides: the first sample's in front, the first place's on top, the last
    channel's on the right. A cell that is marked with 1 is blue, one that is marked with 2 orange
    with a dot.

    Parameters
    ----------
    items : list of tuple
        Each ``(title, marks)`` or ``(title, marks, axes)``: `marks` is an array (N, C, places) of
        0, 1 and 2, or of booleans; `axes` is what is written at its three axes, by default N, C
        and H × W.
    columns : int, optional
        How many cubes stand side by side, at most.
    """
    arrays = [np.asarray(item[1]).astype(int) for item in items]
    corners = np.array([_corner(array.shape) for array in arrays])
    width, height = corners.max(axis=0) + _TEXTS
    columns = min(columns, len(items))
    rows = -(-len(items) // columns)
    size = (_CELL * width * columns, _CELL * height * rows)
    figure, paper = plt.subplots(rows, columns, figsize=size, squeeze=False)
    for plot in paper.flat:
        plot.set(xlim=(-1.4, width - 1.4), ylim=(-1.5, height - 1.5))
        plot.set_axis_off()
        plot.set_aspect("equal")
    for plot, (title, _, *axes), array in zip(paper.flat, items, arrays, strict=False):
        _cube(plot, array)
        _texts(plot, array.shape, title, *axes)
    figure.subplots_adjust(0, 0, 1, 1, 0, 0)
    plt.show(figure)


def _corner(shape):
    """Give the place on paper of the upper right corner at the back."""
    N, C, places = shape
    return np.array([C, places]) + N * _DEPTH


def _cube(plot, marks):
    N, C, places = marks.shape
    right, up = np.array([1.0, 0.0]), np.array([0.0, 1.0])
    for n, c in np.ndindex(N, C):  # the top
        _face(plot, c * right + places * up + n * _DEPTH, right, _DEPTH, marks[n, c, 0], 1)
    for n, s in np.ndindex(N, places):  # the right side
        start = C * right + (places - 1 - s) * up + n * _DEPTH
        _face(plot, start, _DEPTH, up, marks[n, C - 1, s], 2)
    for c, s in np.ndindex(C, places):  # the front
        _face(plot, c * right + (places - 1 - s) * up, right, up, marks[0, c, s], 0)


def _face(plot, start, one, other, mark, side):
    corners = [start, start + one, start + one + other, start + other]
    edge = COLORS["muted"] if mark else COLORS["line"]
    fill = COLORS[_FILLS[mark][side]]
    plot.add_patch(Polygon(corners, fc=fill, ec=edge, lw=0.9, zorder=2 if mark else 1))
    if mark == 2:
        x, y = start + (one + other) / 2
        plot.plot(x, y, ".", ms=3, color=COLORS["ink3"], zorder=3)


def _texts(plot, shape, title, axes=_AXES):
    N, C, places = shape
    style = {"color": COLORS["muted"], "ha": "center", "va": "center", "size": 10}
    depth = np.array([C, 0]) + N / 2 * _DEPTH
    plot.text(depth[0] + 0.45, depth[1] - 0.55, axes[0], **style)
    plot.text(C / 2, -0.75, axes[1], **style)
    plot.text(-0.65, places / 2, axes[2], rotation=90, **style)
    x, y = _corner(shape)
    style |= {"color": COLORS["fg"], "size": 11}
    plot.text(x / 2, y + 0.75, title, **style)
