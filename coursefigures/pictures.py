"""Photographs and activation maps as pictures."""

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.cbook import get_sample_data

__all__ = ["photograph", "pictures"]


def photograph(width=128, *, color=False):
    """Return a portrait of Grace Hopper (1984, US Navy, public domain).

    Parameters
    ----------
    width : int, optional
        Columns that the result has about.
    color : bool, optional
        Whether in color; by default in gray.

    Returns
    -------
    ndarray, shape (H, W), or (H, W, 3) in color
        From 0, black, to 1, white.
    """
    with get_sample_data("grace_hopper.jpg") as file:  # comes with Matplotlib: nothing to load
        image = plt.imread(file).astype(float) / 255
    if not color:
        image = image @ [0.299, 0.587, 0.114]
    step = max(1, image.shape[1] // width)
    H, W = image.shape[0] // step, image.shape[1] // step
    blocks = image[: H * step, : W * step].reshape(H, step, W, step, *image.shape[2:])
    return blocks.mean(axis=(1, 3))


def pictures(items):
    """Show arrays in gray, side by side.

    Parameters
    ----------
    items : list of tuple
        Each ``(title, array, limit)``: with `limit` a number, gray is 0, white is `limit` and black
        its negative; with None, black is 0 and white is 1.
    """
    figure, row = plt.subplots(1, len(items), figsize=(2.3 * len(items), 2.95), squeeze=False)
    for axes, (title, array, limit) in zip(row[0], items, strict=True):
        low, high = (0, 1) if limit is None else (-limit, limit)
        # 48 grays look like 256, and take half the room in the page.
        gray = np.round(47 * (np.asarray(array, dtype=float) - low) / (high - low)) / 47
        axes.imshow(gray, cmap="gray", vmin=0, vmax=1)
        # A row of three is made small on a phone.
        axes.set_title(title, size=11 if len(items) < 3 else 14)
        axes.set_axis_off()
    figure.tight_layout(w_pad=0.6)
    plt.show(figure)
