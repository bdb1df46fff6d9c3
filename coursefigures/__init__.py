"""One look for every picture of the book, light and dark.

Figures are drawn in the sentinel colors of `coursefigures.style`. In the HTML book an extension
puts each SVG into the page and replaces a sentinel by the theme's variable, so that a figure
follows the reader when the page turns dark.
"""

from coursefigures.cones import cone
from coursefigures.cubes import cubes
from coursefigures.curves import curves
from coursefigures.dots import dots
from coursefigures.filters import filters
from coursefigures.grids import grids
from coursefigures.networks import network
from coursefigures.pictures import photograph, pictures
from coursefigures.rulers import rulers
from coursefigures.style import COLORS, use

__all__ = [
    "COLORS",
    "cone",
    "cubes",
    "curves",
    "dots",
    "filters",
    "grids",
    "network",
    "photograph",
    "pictures",
    "rulers",
    "use",
]
