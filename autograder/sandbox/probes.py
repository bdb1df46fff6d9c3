"""Functions that a learner's code may be handed: callables do not cross the pipe, names do.

An exercise such as a numerical gradient asks for a function as its argument. The worker holds
these; the grader names one with `Probe(name)` and calls the same one for the expected value.
This file is copied beside the worker: it needs NumPy only.
"""

import numpy as np

__all__ = ["PROBES"]


def _square(x):
    return x * x


def _cubic(x):
    return x**3 - 2 * x


def _sum_of_squares(x):
    return np.sum(x * x)


def _mix(x):
    """Make every output depend on every input, so that a diagonal gradient is not enough."""
    return np.tanh(x) * np.sum(x)


def _neighbor_products(x):
    """Give one number less along the last axis: an output of another shape than the input."""
    return x[..., :-1] * x[..., 1:]


def _flatten(x):
    """Give a view, as a layer may that computes nothing: it changes when the input does."""
    return x.reshape(len(x), -1)


PROBES = {
    "square": _square,
    "cubic": _cubic,
    "sine": np.sin,
    "sum_of_squares": _sum_of_squares,
    "mix": _mix,
    "neighbor_products": _neighbor_products,
    "flatten": _flatten,
}
