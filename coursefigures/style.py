"""The colors and the settings of Matplotlib that all figures share."""

import matplotlib as mpl
from cycler import cycler

__all__ = ["COLORS", "use"]

# Each name is the book's CSS variable --cnn-NAME, each value (nearly) its value in the light theme:
# a figure that is looked at outside the book is right too. The values differ from one another, for
# the HTML build finds a color by its value.
COLORS = {
    "fg": "#1d2733",
    "bg": "#fffffe",
    "muted": "#55606e",
    "line": "#ccd3dc",
    "surface": "#f5f7fa",
    "accent": "#0a5a96",
    "win": "#b04500",
    "c1": "#0069a6",
    "c2": "#b84a00",
    "c3": "#00745a",
    "c4": "#a03d77",
    "pos1": "#e0edf8",
    "pos2": "#b5d5ef",
    "pos3": "#77b1de",
    "pos4": "#1f6cab",
    "neg1": "#fdebdc",
    "neg2": "#f8cda6",
    "neg3": "#eda468",
    "neg4": "#b05308",
    "ink1": "#1d2734",
    "ink2": "#1d2735",
    "ink3": "#10161d",
    "ink4": "#fffffd",
}


def use():
    """Give the figures of this kernel the book's look: SVG, its colors, no frame around."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    # No date in the file: the same figure has to be the same bytes.
    set_matplotlib_formats("svg", metadata={"Date": None}, bbox_inches="tight")
    mpl.rcParams.update(
        {
            "svg.fonttype": "none",  # text stays text, in the page's own font
            "svg.hashsalt": "coursefigures",
            "figure.facecolor": "none",
            "figure.figsize": (6.4, 3.2),
            "savefig.facecolor": "none",
            "savefig.pad_inches": 0.03,
            "axes.facecolor": "none",
            "axes.edgecolor": COLORS["muted"],
            "axes.labelcolor": COLORS["fg"],
            "axes.prop_cycle": cycler(color=[COLORS[c] for c in ("c1", "c2", "c3", "c4")]),
            "axes.spines.top": False,
            "axes.spines.right": False,
            "axes.titlesize": 11,
            "axes.titlecolor": COLORS["muted"],
            "grid.color": COLORS["line"],
            "text.color": COLORS["fg"],
            "xtick.color": COLORS["muted"],
            "ytick.color": COLORS["muted"],
            "font.size": 11,
            "lines.linewidth": 2.2,
            "legend.frameon": False,
            "image.interpolation": "nearest",
        }
    )
