"""Places in nested values: ``dparams[1][0]``, ``grads['conv1_weight']``."""

import ast
import re

from autograder.errors import GraderError

__all__ = ["leaf_paths", "parameter_of_gradient", "replaced", "split_path", "take"]

_PATH = re.compile(r"(\w+)((?:\[[^\[\]]+\])*)")


def split_path(text):
    """Split a place in a result into the result's name and the keys that lead on from there.

    Parameters
    ----------
    text : str
        A name, and after it whole numbers and strings in square brackets.

    Returns
    -------
    name : str
        The result.
    keys : tuple of int and str
        Empty where the whole of it is meant.

    Raises
    ------
    GraderError
        If it is not written so.
    """
    match = _PATH.fullmatch(text)
    if not match:
        raise GraderError(f"{text!r} names no gradient")
    return match[1], tuple(ast.literal_eval(key) for key in re.findall(r"\[([^\]]+)\]", match[2]))


def parameter_of_gradient(name):
    """Give the argument that a gradient belongs to.

    Parameters
    ----------
    name : str
        The gradient's name, without keys.

    Returns
    -------
    parameter : str
        ``x`` for ``dx``; ``params`` for ``grads``, as a dict of gradients is called.
    """
    return "params" if name == "grads" else name.removeprefix("d")


def take(value, keys):
    """Follow the keys into nested lists, tuples and dicts.

    Parameters
    ----------
    value : object
        Where to begin.
    keys : sequence of int and str
        The way.

    Returns
    -------
    part : object
        What stands there.

    Raises
    ------
    LookupError
        If nothing stands there.
    """
    for key in keys:
        ordered = isinstance(value, tuple | list) and isinstance(key, int)
        if not (ordered or isinstance(value, dict)):
            raise LookupError(key)
        value = value[key]
    return value


def replaced(value, keys, part):
    """Copy nested lists, tuples and dicts with another part at one place.

    Parameters
    ----------
    value : object
        The whole; it is not changed.
    keys : sequence of int and str
        The way to the place.
    part : object
        What stands there in the copy.

    Returns
    -------
    copy : object
        It shares all other parts with `value`.
    """
    if not keys:
        return part
    first, *rest = keys
    inner = replaced(value[first], rest, part)
    if isinstance(value, dict):
        return {**value, first: inner}
    return type(value)(inner if i == first else each for i, each in enumerate(value))


def leaf_paths(value):
    """List the ways to all that is no list, tuple or dict.

    Parameters
    ----------
    value : object
        The whole.

    Returns
    -------
    paths : list of tuple
        For an array alone that is ``[()]``.
    """
    if isinstance(value, dict):
        children = value.items()
    elif isinstance(value, tuple | list):
        children = enumerate(value)
    else:
        return [()]
    return [(key, *path) for key, each in children for path in leaf_paths(each)]
