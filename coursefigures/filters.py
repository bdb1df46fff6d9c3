"""Filters as small pictures: gray is 0, and each filter is stretched to its own largest weight."""

import matplotlib.pyplot as plt
import numpy as np

__all__ = ["filters", "mosaic"]

_HEIGHT = 2.6  # inches
_GAP = 0.12  # between two filters, as a share of a filter
_DOTS = 84  # that a filter is wide in a mosaic, about
_FRAME = 0.55  # gray
_TITLE = 13  # points: a wide figure is made small on a phone


def filters(items, *, height=_HEIGHT):
    """Show banks of filters side by side, all equally high.

    Parameters
    ----------
    items : list of tuple
        Each ``(title, weight, columns)``: `weight` has the axes (filters, channels, rows, columns),
        with one channel, shown in gray, or three, shown as red, green and blue; `columns` filters
        stand in a row. ``(title, picture, None)`` shows a color photograph (H, W, 3) beside them.
    height : float, optional
        Height of the banks in inches.
    """
    images = [
        np.asarray(array) if columns is None else mosaic(array, columns)
        for _, array, columns in items
    ]
    widths = [height * image.shape[1] / image.shape[0] for image in images]
    gap = 0.3
    figure, row = plt.subplots(
        1,
        len(items),
        figsize=(sum(widths) + gap * (len(items) - 1), height + 0.35),
        gridspec_kw={"width_ratios": widths, "wspace": gap * len(items) / sum(widths)},
        squeeze=False,
    )
    figure.subplots_adjust(0, 0, 1, height / (height + 0.35))
    for axes, (title, *_), image in zip(row[0], items, images, strict=True):
        axes.imshow(image)
        axes.set_title(title, size=_TITLE)
        axes.set_axis_off()
    plt.show(figure)


def mosaic(weight, columns):
    """Put filters beside and below each other, with nothing between them.

    Parameters
    ----------
    weight : ndarray, shape (F, C, kH, kW)
        F filters, C being 1 or 3.
    columns : int
        Filters in a row.

    Returns
    -------
    ndarray, shape (H, W, 4)
        Red, green, blue and opacity from 0 to 1; the gaps are transparent.
    """
    weight = np.asarray(weight, dtype=float)
    F, C, kH, kW = weight.shape
    largest = np.abs(weight).max(axis=(1, 2, 3), keepdims=True)
    gray = 0.5 + 0.5 * weight / np.where(largest > 0, largest, 1)  # 0 to 1
    color = np.broadcast_to(gray, (F, 3, kH, kW)) if C == 1 else gray
    scale = max(1, round(_DOTS / kW))
    color = color.repeat(scale, axis=2).repeat(scale, axis=3)
    height, width = color.shape[2:]
    gap = round(_GAP * width)
    rows = -(-F // columns)
    out = np.zeros((rows * (height + gap) - gap, columns * (width + gap) - gap, 4))
    for number, each in enumerate(color):
        i, j = number // columns * (height + gap), number % columns * (width + gap)
        out[i : i + height, j : j + width, :3] = each.transpose(1, 2, 0)
        out[i : i + height, j : j + width, 3] = 1
        # A thin gray frame: white weights would run into a white page.
        for edge in (i, i + height - 1):
            out[edge, j : j + width, :3] = _FRAME
        for edge in (j, j + width - 1):
            out[i : i + height, edge, :3] = _FRAME
    return out
