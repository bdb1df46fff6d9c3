"""Make the photograph of the figure filter-gallery, as a script that also works from file://."""

import argparse
import base64
import sys
from pathlib import Path

import numpy as np

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))
from coursefigures import photograph  # noqa: E402

__all__ = ["PATH", "main", "script"]

PATH = _ROOT / "book" / "_static" / "cnn" / "filter-gallery-photo.js"
_TEXT = """\
/* The photograph of <filter-gallery>: Grace Hopper (1984, US Navy, public domain).
 *
 * Made by tools/filter_gallery_photo.py from the file that comes with Matplotlib.
 * One line is a row of pixels: red, green and blue bytes in base64.
 */
globalThis.FilterGalleryPhoto = {{
  height: {height},
  width: {width},
  bytes: `
{rows}`,
}};
"""


def script():
    """Return the text of the script.

    Returns
    -------
    str
        A classic script that sets ``FilterGalleryPhoto``.
    """
    means = np.round(255 * photograph(128, color=True), 6)  # halves are halves again
    pixels = np.rint(means).astype(np.uint8)  # (H, W, 3)
    rows = "\n".join(base64.b64encode(row.tobytes()).decode() for row in pixels)
    return _TEXT.format(height=pixels.shape[0], width=pixels.shape[1], rows=rows)


def main(argv=None):
    """Write the script.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.
    """
    argparse.ArgumentParser(description=__doc__).parse_args(argv)
    PATH.write_text(script(), encoding="utf-8")
    print(PATH)


if __name__ == "__main__":
    main()
