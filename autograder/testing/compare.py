"""Judge a learner's value against the expected one."""

from dataclasses import dataclass

import numpy as np

from autograder.testing.describe import english_list, kind_of, shape_text
from autograder.testing.patterns import how_they_are_wrong, where_they_are_wrong

__all__ = ["Problem", "compare", "compare_kind", "is_zero_everywhere", "same_value"]

# By the size of a number of the expected dtype: relative to the largest expected value.
_TOLERANCES = {8: 1e-9, 4: 1e-4, 2: 1e-2}
_NUMBERS = int | float | complex | np.number


@dataclass(frozen=True)
class Problem:
    """What is wrong with a value.

    Attributes
    ----------
    fault : str
        ``type`` for the wrong kind of thing, ``wrong`` for the wrong content.
    kind : str
        ``kind``, ``shape``, ``dtype`` or ``values``.
    text : str
        What came and what was expected, to stand after "returned"; without the full stop.
    """

    fault: str
    kind: str
    text: str


def _is_number(value):
    return isinstance(value, _NUMBERS) and not isinstance(value, bool | np.bool)


def _is_bool(value):
    return isinstance(value, bool | np.bool)


def _is_array(value):
    return isinstance(value, np.ndarray) and value.ndim > 0


def _as_scalar(value):
    """Take the number out of a 0-d array, which stands for a scalar."""
    return value[()] if isinstance(value, np.ndarray) and value.ndim == 0 else value


def _wrong_kind(got, expected, name, came=""):
    label = f"{name}, {expected}," if name else expected
    return Problem("type", "kind", f"{came or kind_of(got)} where {label} was expected")


def _array_kind(got, expected, name):
    if type(got) is not np.ndarray or got.ndim == 0 or got.dtype.kind not in "biufc":
        return _wrong_kind(got, "an array", name)
    if got.shape != expected.shape:
        text = f"{name or 'an array'} of shape {shape_text(got)}"
        return Problem("wrong", "shape", f"{text}; a shape of {shape_text(expected)} was expected")
    return None


def _scalar_kind(got, expected, name):
    got = _as_scalar(got)
    if _is_bool(expected):
        return None if _is_bool(got) else _wrong_kind(got, "True or False", name)
    if not _is_number(got):
        return _wrong_kind(got, "a single number", name)
    if isinstance(expected, int | np.integer) and not isinstance(got, int | np.integer):
        label = f"{name}, a whole number" if name else "a whole number"
        return Problem("type", "kind", f"a float where {label} (an int) was expected")
    return None


def _named(names, count, name):
    if names and len(names) == count:
        return names
    return [f"{name or 'result'}[{i}]" for i in range(count)]


def _children(got, expected, name, names):
    """Check a container, and pair its children with their names; a Problem if it does not fit."""
    if isinstance(expected, dict):
        if not isinstance(got, dict):
            return _wrong_kind(got, "a dict", name)
        missing = [str(key) for key in expected if key not in got]
        if missing or len(got) != len(expected):
            text = (
                f"a dict whose keys are not the expected ones: {english_list(map(str, expected))}"
            )
            return Problem("type", "kind", text)
        return [
            (got[key], value, f"{name or 'result'}[{key!r}]") for key, value in expected.items()
        ]
    wanted = type(expected).__name__
    # A tuple does where a list is meant; several results are a tuple, as a `return a, b` makes it.
    accepted = (tuple, list) if isinstance(expected, list) else tuple
    names = _named(names, len(expected), name)
    if not isinstance(got, accepted) or len(got) != len(expected):
        listed = f": {english_list(names)}" if len(expected) < 8 else ""
        text = f"{kind_of(got)} where a {wanted} of {len(expected)} was expected{listed}"
        return Problem("type", "kind", text)
    return list(zip(got, expected, names, strict=True))


def _walk(got, expected, name, names, skip, judge):
    if isinstance(expected, tuple | list | dict):
        children = _children(got, expected, name, names)
        if isinstance(children, Problem):
            return children
        for position, (mine, right, label) in enumerate(children):
            if position in skip:
                continue
            if problem := _walk(mine, right, label, (), (), judge):
                return problem
        return None
    if expected is None or isinstance(expected, str):
        if type(got) is not type(expected):
            return _wrong_kind(got, kind_of(expected), name)
        return None if got == expected else Problem("wrong", "values", "another string")
    check = _array_kind if _is_array(expected) else _scalar_kind
    return check(got, expected, name) or judge(np.asarray(got), np.asarray(expected), name)


def _different(got, expected, tolerance):
    """Mark the values that differ by more than the tolerance."""
    if got.dtype.kind == "b" and expected.dtype.kind == "b":
        return got != expected
    right = expected.astype(np.complex128 if expected.dtype.kind == "c" else np.float64)
    mine = got.astype(np.complex128 if got.dtype.kind == "c" else np.float64)
    if tolerance is None:
        size = expected.dtype.itemsize // (2 if expected.dtype.kind == "c" else 1)
        tolerance = _TOLERANCES.get(size, 1e-9) if expected.dtype.kind in "fc" else 1e-9
    finite = np.abs(right[np.isfinite(right)])
    allowed = tolerance * max(1.0, float(finite.max(initial=0.0)))
    with np.errstate(all="ignore"):
        near = np.abs(mine - right) <= allowed
    equal = (mine == right) | (np.isnan(mine) & np.isnan(right))
    return ~(near | equal)


def _values(got, expected, name, tolerance):
    wrong = _different(got, expected, tolerance)
    if not wrong.any():
        return None
    label = name or "the result"
    floating = expected.dtype.kind == "f"
    if floating and got.dtype.kind in "biu":
        with np.errstate(all="ignore"):
            cut = [np.trunc(expected), np.floor(expected), np.rint(expected)]
        if any((got == each).all() for each in cut):
            text = f"{label} as whole numbers ({got.dtype}): the fractions were cut off"
            return Problem("wrong", "values", text)
    if floating and got.dtype.kind == "c":
        return Problem(
            "wrong", "values", f"{label} as complex numbers where real ones were expected"
        )
    lesser = floating and got.dtype.kind == "f" and got.dtype.itemsize < expected.dtype.itemsize
    if lesser and not _different(got, expected.astype(got.dtype), None).any():
        text = f"{label} only as exact as {got.dtype} is; {expected.dtype} was expected"
        return Problem("wrong", "values", text)
    shape = f" with the right shape {shape_text(expected)}" if expected.ndim else ""
    clauses = [f"{label}{shape}, but {where_they_are_wrong(wrong, label)}"]
    if how := how_they_are_wrong(got, expected, wrong):
        clauses.append(how)
    return Problem("wrong", "values", "; ".join(clauses))


def compare(got, expected, *, name="", names=(), skip=(), tolerance=None):
    """Compare a value with the expected one: kind, shape, values.

    A dtype is not judged, except that its consequences are named: fractions that were cut off, or
    the lost digits of a float32. A Python number does where a NumPy number is meant.

    Parameters
    ----------
    got, expected : object
        Arrays, scalars, strings, None, and tuples, lists and dicts of them.
    name : str, optional
        The result's name.
    names : sequence of str, optional
        The names of a tuple's members.
    skip : sequence of int, optional
        The members of a tuple that are not judged.
    tolerance : float, optional
        Relative to the largest expected value, or absolute where that is below 1; by default 1e-9,
        and 1e-4 where float32 is expected.

    Returns
    -------
    problem : Problem or None
        None where the two agree.
    """

    def judge(mine, right, label):
        return _values(mine, right, label, tolerance)

    return _walk(got, expected, name, names, skip, judge)


def compare_kind(got, expected, *, name="", names=(), skip=()):
    """Compare the kind and the shape of a value only; the arguments are those of `compare`.

    Parameters
    ----------
    got, expected : object
        As `compare` takes them.
    name : str, optional
        The result's name.
    names : sequence of str, optional
        The names of a tuple's members.
    skip : sequence of int, optional
        The members of a tuple that are not judged.

    Returns
    -------
    problem : Problem or None
        None where the two agree.
    """
    return _walk(got, expected, name, names, skip, _no_truth_values)


def _no_truth_values(got, expected, name):
    """Refuse truth values for numbers: a law that does sums with them would fail in the grader."""
    if got.dtype.kind == "b" and expected.dtype.kind != "b":
        return _wrong_kind(got, "an array of numbers", name, "an array of truth values")
    return None


def is_zero_everywhere(value, *, skip=()):
    """Tell whether all numbers of a value are 0.

    Parameters
    ----------
    value : object
        As `compare` takes it.
    skip : sequence of int, optional
        The members of a tuple that do not count.

    Returns
    -------
    answer : bool
        None among the members of a tuple counts as nothing.
    """
    if isinstance(value, dict):
        return all(is_zero_everywhere(each) for each in value.values())
    if isinstance(value, tuple | list):
        counted = [each for i, each in enumerate(value) if i not in skip and each is not None]
        return bool(counted) and all(is_zero_everywhere(each) for each in counted)
    if isinstance(value, np.ndarray | _NUMBERS):
        return not np.any(value)
    return False


def same_value(left, right):
    """Tell whether two judged values are equal, in type, shape and content.

    Parameters
    ----------
    left, right : object
        What two programs gave at the same place of the same test.

    Returns
    -------
    answer : bool
        Numbers may differ by rounding; the size of a float is not judged.
    """
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same_value(left[k], right[k]) for k in left)
    if isinstance(left, tuple | list) and type(left) is type(right):
        return len(left) == len(right) and all(map(same_value, left, right))
    numeric = np.ndarray | _NUMBERS | np.bool
    if isinstance(left, numeric) and isinstance(right, numeric):
        mine, yours = np.asarray(left), np.asarray(right)
        kinds = {mine.dtype.kind.replace("u", "i"), yours.dtype.kind.replace("u", "i")}
        if len(kinds) > 1 or not kinds <= set("bifc") or mine.shape != yours.shape:
            return False
        coarser = mine.dtype.itemsize < yours.dtype.itemsize
        return not _different(*((yours, mine) if coarser else (mine, yours)), None).any()
    return type(left) is type(right) and left == right
