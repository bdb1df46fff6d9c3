"""Rows of dots on one line of numbers: what several runs of each kind came to."""

import matplotlib.pyplot as plt

from coursefigures.style import COLORS

__all__ = ["dots"]


def dots(rows, *, xlabel, threshold=None):
    """Draw a row for each kind, with a dot for each of its runs.

    Parameters
    ----------
    rows : dict of str to list of float
        For each kind, from top to bottom, what its runs came to.
    xlabel : str
        What is counted.
    threshold : float, optional
        Marked by a thin line. Kinds with a run below it have open squares, the others full dots.
    """
    figure, axes = plt.subplots(figsize=(6.4, 0.3 * len(rows) + 0.7), layout="constrained")
    if threshold is not None:
        axes.axvline(threshold, color=COLORS["muted"], lw=1)
    for place, values in enumerate(rows.values()):
        low = threshold is not None and min(values) < threshold
        color, marker, fill = ("c2", "s", "none") if low else ("c1", "o", "full")
        axes.plot(
            values,
            [place] * len(values),
            color=COLORS[color],
            marker=marker,
            fillstyle=fill,
            ls="",
            ms=6,
        )
    axes.set_yticks(range(len(rows)), list(rows))
    axes.tick_params(axis="y", length=0)
    axes.set(xlabel=xlabel, ylim=(len(rows) - 0.5, -0.5))
    axes.grid(axis="y")
    axes.set_axisbelow(True)
    plt.show(figure)
