"""Which elements of an array are wrong, and how: positions and kinds, never values."""

import itertools

import numpy as np

__all__ = ["how_they_are_wrong", "where_they_are_wrong"]

_EXACT = 1e-9


def _index_text(indices, size):
    """Write a set of indices of one axis as NumPy would take it; None if it has no short form."""
    indices = [int(index) for index in indices]
    if len(indices) == size:
        return ":"
    first, last = indices[0], indices[-1]
    if len(indices) == 1:
        return "-1" if first == size - 1 and size > 2 else str(first)
    steps = {after - before for before, after in itertools.pairwise(indices)}
    if len(steps) > 1:
        return str(indices) if len(indices) <= 4 else None
    step = steps.pop()
    start = "" if first == 0 else str(first)
    stop = "" if last + step >= size else str(last - size + 1 if last >= size - 2 else last + 1)
    return f"{start}:{stop}" + (f":{step}" if step > 1 else "")


def _subscript(name, sets, shape):
    """Write ``name[...]`` for a product of index sets; None if one of them has no short form."""
    texts = [_index_text(indices, size) for indices, size in zip(sets, shape, strict=True)]
    if None in texts:
        return None
    while texts and texts[-1] == ":":
        texts.pop()
    return f"{name}[{', '.join(texts)}]" if texts else name


def _occupied(mask):
    """Give, for each axis, the indices at which the mask is set somewhere."""
    axes = range(mask.ndim)
    return [
        np.flatnonzero(mask.any(axis=tuple(other for other in axes if other != axis)))
        for axis in axes
    ]


def _fills(mask, sets):
    """Tell whether the mask is set exactly on the product of the index sets."""
    return int(mask.sum()) == int(np.prod([len(indices) for indices in sets]))


def where_they_are_wrong(wrong, name):
    """Describe the places of wrong values.

    Parameters
    ----------
    wrong : ndarray of bool
        True where a value is wrong; at least one is.
    name : str
        The array's name.

    Returns
    -------
    text : str
        For instance "180 of 240 values are wrong: all of them in out[:, 1:]; out[:, 0] is right".
    """
    count, total = int(wrong.sum()), wrong.size
    if wrong.ndim == 0 or total == 1:
        return "its value is wrong"
    if count == total:
        return f"all {total} values are wrong"
    head = f"{count} of {total} values {'is' if count == 1 else 'are'} wrong"
    bad, good = _occupied(wrong), _occupied(~wrong)
    split = [axis for axis in range(wrong.ndim) if not set(bad[axis]) & set(good[axis])]
    if split:  # along this axis each index is either right or wrong as a whole
        everything = [range(size) for size in wrong.shape]
        axis = split[0]
        place = _subscript(
            name, [*everything[:axis], bad[axis], *everything[axis + 1 :]], wrong.shape
        )
        rest = _subscript(
            name, [*everything[:axis], good[axis], *everything[axis + 1 :]], wrong.shape
        )
        if place and rest:
            return f"{head}: all of them in {place}; {rest} is right"
        if rest:
            return f"{head}; {rest} is right"
    if _fills(~wrong, good) and (place := _subscript(name, good, wrong.shape)):
        border = all(
            len(indices) == size or (indices[0] > 0 and indices[-1] < size - 1)
            for indices, size in zip(good, wrong.shape, strict=True)
        )
        return f"{head}{': those at the border' if border else ''}; {place} is right"
    place = _subscript(name, bad, wrong.shape)
    if place and place != name:
        all_of = "all of" if _fills(wrong, bad) else "they lie in"
        return f"{head}: {all_of} {place}" + (
            "; the others are right" if all_of == "all of" else ""
        )
    return f"{head}, spread over all of {name}"


def _share_text(ratio):
    """Name a constant factor if it is a simple one."""
    if not np.isfinite(ratio) or ratio <= 0:
        return None
    for value, form in ((ratio, "{} times"), (1 / ratio, "1/{} of")):
        whole = round(value)
        if 2 <= whole <= 10_000 and abs(value - whole) <= _EXACT * whole:
            return form.format(whole)
    return None


def how_they_are_wrong(got, expected, wrong):
    """Say what the wrong values have in common.

    Parameters
    ----------
    got, expected : ndarray
        Of one shape.
    wrong : ndarray of bool
        True where they differ.

    Returns
    -------
    text : str
        A sentence without the full stop, for instance "each of them has the opposite sign"; empty
        if they share nothing simple.
    """
    if got.dtype.kind == "c" or expected.dtype.kind == "c":
        return ""
    mine = got[wrong].astype(np.float64)
    right = expected[wrong].astype(np.float64)
    one = len(mine) == 1
    subject = "it" if one else "each of them"
    with np.errstate(all="ignore"):
        if not np.isfinite(mine).any():
            return f"{subject} is not a finite number (NaN or infinity)"
        if not np.isfinite(mine).all():
            return "some of them are not finite numbers (NaN or infinity)"
        if not np.isfinite(right).all():
            return ""
        if not mine.any():
            return f"{subject} is 0"
        scale = _EXACT * max(float(np.abs(right).max()), 1e-300)
        if (np.abs(mine + right) <= scale).all():
            return f"{subject} has the opposite sign"
        largest = int(np.abs(right).argmax())
        ratio = float(mine[largest] / right[largest]) if right[largest] else np.nan
        share = _share_text(ratio)
        if share and not one and (np.abs(mine - ratio * right) <= scale * max(ratio, 1)).all():
            return f"each of them is {share} what it should be"
        everything = np.sort(got.astype(np.float64), axis=None)
        wanted = np.sort(expected.astype(np.float64), axis=None)
        if not one and (np.abs(everything - wanted) <= scale).all():
            return "the right numbers are there, but at other places"
        if (mine > right).all():
            return f"{subject} is too large"
        if (mine < right).all():
            return f"{subject} is too small"
    return ""
