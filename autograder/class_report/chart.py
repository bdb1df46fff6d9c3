"""The shapes of the page's charts, as numbers: the template draws them as SVG."""

__all__ = ["histogram", "stripes"]

_BINS = 10
_GAP = 0.6  # percent of the width, on each side of a bar


def histogram(percents, *, height):
    """Lay out how many learners reached how much, in ten bins.

    Parameters
    ----------
    percents : list of float
        Each learner's score, from 0 to 100.
    height : float
        Of the highest bar, in pixels.

    Returns
    -------
    list of dict
        A bar for each bin, with its ``label``, ``count``, left edge ``x``, ``width`` and ``middle``
        in percent of the chart's width, and its ``top`` and ``height`` in pixels.
    """
    counts = [0] * _BINS
    for percent in percents:
        # Rounding may have put a full score a hair below 100, or a tenth a hair below its edge.
        counts[min(_BINS - 1, max(0, int((percent + 1e-9) * _BINS / 100)))] += 1
    highest = max(counts, default=0) or 1
    wide = 100 / _BINS
    bars = []
    for number, count in enumerate(counts):
        tall = height * count / highest
        low, high = round(number * wide), round((number + 1) * wide)
        bars.append(
            {
                "label": f"{low} to {high}%" if high == 100 else f"{low} to under {high}%",
                "count": count,
                "x": round(number * wide + _GAP, 3),
                "width": round(wide - 2 * _GAP, 3),
                "middle": round((number + 0.5) * wide, 3),
                "top": round(height - tall, 2),
                "height": round(tall, 2),
            }
        )
    return bars


def stripes(parts):
    """Lay parts of a whole side by side.

    Parameters
    ----------
    parts : list of (str, int)
        Kinds and their counts.

    Returns
    -------
    list of dict
        For each kind that occurs its ``kind``, ``count``, left edge ``x`` and ``width`` in percent.
    """
    total = sum(count for _, count in parts) or 1
    laid, x = [], 0.0
    for kind, count in parts:
        width = 100 * count / total
        if count:
            laid.append({"kind": kind, "count": count, "x": round(x, 3), "width": round(width, 3)})
        x += width
    return laid
