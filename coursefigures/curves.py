"""Curves over steps, sizes or time, told apart by color and by line style."""

import matplotlib.pyplot as plt
import numpy as np

from coursefigures.style import COLORS

__all__ = ["curves"]

_STYLES = (("c1", "-", "o"), ("c2", "--", "s"), ("c3", ":", "^"), ("c4", "-.", "D"))


def curves(
    panels,
    *,
    xlabel,
    powers_of_two=False,
    whole_numbers=False,
    markers=False,
    height=1.8,
    log=False,
):
    """Draw panels below each other that share their horizontal axis and their curves' names.

    Parameters
    ----------
    panels : list of tuple
        Each ``(title, ylabel, lines, truth)``; the title may be empty. `lines` maps a curve's name
        to ``(x, y)``; the names of the first panel stand in the legend above. `truth`, a number or
        None, is marked by a thin line.
    xlabel : str
        The name of the horizontal axis.
    powers_of_two : bool, optional
        Whether the horizontal axis counts doublings.
    whole_numbers : bool, optional
        Whether both axes count things, so that their ticks stand at whole numbers.
    markers : bool, optional
        Whether each point is marked.
    height : float, optional
        Height of a panel in inches.
    log : bool, optional
        Whether the vertical axes count powers of ten.
    """
    figure, column = plt.subplots(
        len(panels), 1, figsize=(4.5, height * len(panels) + 0.7), sharex=True, squeeze=False
    )
    for axes, (title, ylabel, lines, truth) in zip(column[:, 0], panels, strict=True):
        if truth is not None:
            axes.axhline(truth, color=COLORS["muted"], lw=1)
        for (name, (x, y)), (color, style, marker) in zip(lines.items(), _STYLES, strict=False):
            axes.plot(
                x,
                y,
                label=name,
                color=COLORS[color],
                ls=style,
                marker=marker if markers else None,
                ms=5,
            )
        axes.set_ylabel(ylabel)
        axes.set_title(title)
        if log:
            axes.set_yscale("log")
        if powers_of_two:
            axes.set_xscale("log", base=2)
            ticks = np.unique(np.concatenate([x for x, _ in lines.values()]))
            axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
            axes.minorticks_off()
        if whole_numbers:
            axes.locator_params(integer=True)
    column[-1, 0].set_xlabel(xlabel)
    handles, names = column[0, 0].get_legend_handles_labels()
    figure.tight_layout(rect=(0, 0, 1, 1 - 0.32 / figure.get_figheight()))
    figure.legend(
        handles, names, loc="upper center", ncols=len(names), handlelength=2.2, columnspacing=1.2
    )
    plt.show(figure)
