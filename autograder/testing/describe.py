"""Words for calls and values: names, shapes and kinds, never a value."""

import numpy as np

from autograder.sandbox.frames import Probe

__all__ = ["call_text", "english_list", "kind_of", "shape_text"]


def english_list(words, *, last="and"):
    """Join words as a sentence does.

    Parameters
    ----------
    words : sequence of str
        What to join.
    last : str, optional
        The word before the last one.

    Returns
    -------
    text : str
        "a", "a and b" or "a, b and c".
    """
    words = list(words)
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def shape_text(value):
    """Give the shape of an array as text.

    Parameters
    ----------
    value : array_like
        An array or a scalar.

    Returns
    -------
    text : str
        For instance "(2, 3)".
    """
    return str(tuple(int(size) for size in np.shape(value)))


def kind_of(value):
    """Say what kind of thing a value is, without its content.

    Parameters
    ----------
    value : object
        Anything that came back from a call.

    Returns
    -------
    text : str
        For instance "an array of shape (2, 3)", "a list of 2", "None".
    """
    if value is None:
        return "None"
    if isinstance(value, np.ma.MaskedArray):
        return f"a masked array of shape {shape_text(value)}"
    if isinstance(value, np.ndarray):
        if value.dtype.kind == "O":
            return f"an array of Python objects of shape {shape_text(value)}"
        return f"an array of shape {shape_text(value)}"
    if isinstance(value, bool | np.bool):
        return "a truth value"
    if isinstance(value, int | float | complex | np.number):
        return "a single number"
    if isinstance(value, str):
        return "a string"
    if isinstance(value, tuple | list | dict):
        return f"a {type(value).__name__} of {len(value)}"
    return "something else"


def _dtypes(values):
    return {str(value.dtype) for value in values if isinstance(value, np.ndarray)}


def _argument(name, value, *, with_dtype, with_sizes):
    if isinstance(value, np.ndarray):
        dtype = f" {value.dtype}" if with_dtype else ""
        return f"{name} {shape_text(value)}{dtype}"
    if isinstance(value, Probe):
        return f"{name} a function ({value.name.replace('_', ' ')})"
    if not with_sizes and isinstance(value, int | np.integer) and not isinstance(value, bool):
        return ""
    if not with_sizes and isinstance(value, tuple | list):
        return f"{name} a {type(value).__name__} of {len(value)}"
    # Sizes, strides and flags are part of the question; other numbers may be hidden values.
    if value is None or isinstance(value, bool):
        return f"{name}={value}"
    if isinstance(value, int | np.integer) and abs(int(value)) < 1000:
        return f"{name}={int(value)}"
    if isinstance(value, str):
        return f"{name}={value!r}" if len(value) <= 40 else f"{name} a string"
    if isinstance(value, tuple | list) and all(
        isinstance(each, int | np.integer) and not isinstance(each, bool) for each in value
    ):
        return f"{name}={type(value)(int(each) for each in value)}"
    if isinstance(value, tuple | list | dict):
        return f"{name} a {type(value).__name__} of {len(value)}"
    if isinstance(value, float | np.floating):
        return f"{name} a number"
    return ""


def call_text(signature, args, kwargs):
    """Describe a call: the arguments' names, shapes and dtypes.

    Parameters
    ----------
    signature : Signature
        The names of the function.
    args : sequence
        The positional arguments.
    kwargs : dict
        The keyword arguments.

    Returns
    -------
    text : str
        For instance "`f(x, bias)` with x (2, 3), bias (3,), all float64".
    """
    spare = [f"argument {i + 1}" for i in range(len(signature.parameters), len(args))]
    named = list(zip([*signature.parameters, *spare], args, strict=False)) + list(kwargs.items())
    head = f"`{signature.name}({', '.join(name for name, _ in named)})`"
    dtypes = _dtypes(value for _, value in named)
    # Beside an array a whole number is a setting; where there is none, it is the hidden input.
    with_sizes = any(isinstance(value, np.ndarray) for _, value in named)
    parts = [
        _argument(name, value, with_dtype=len(dtypes) > 1, with_sizes=with_sizes)
        for name, value in named
    ]
    parts = [part for part in parts if part]
    if not parts:
        return head
    text = f"{head} with {', '.join(parts)}"
    if len(dtypes) == 1:
        arrays = sum(isinstance(value, np.ndarray) for _, value in named)
        text += f", {'all ' if arrays > 1 else ''}{dtypes.pop()}"
    return text
