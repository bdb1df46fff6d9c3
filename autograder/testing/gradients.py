"""Gradients by central differences, in float64, remembered by what they were asked of."""

import hashlib
from collections import OrderedDict

import numpy as np

from autograder.errors import GraderError
from autograder.testing.learner import quiet, rebuild
from autograder.testing.paths import replaced, take

__all__ = ["Derivative"]

_STEP = 1e-5
_REMEMBERED = 4096
_DIRECTIONS = 6
_memory = OrderedDict()


def _digest(value, into):
    if isinstance(value, np.ndarray):
        into.update(f"{value.dtype.str}{value.shape}".encode())
        into.update(np.ascontiguousarray(value).tobytes())
    elif isinstance(value, tuple | list):
        into.update(f"{type(value).__name__}{len(value)}".encode())
        for each in value:
            _digest(each, into)
    elif isinstance(value, dict):
        for key in value:
            into.update(repr(key).encode())
            _digest(value[key], into)
    else:
        into.update(repr(value).encode())
    return into


def _is_linear(f, x, rng):
    """Tell whether f is affine near and far: its second differences vanish for large steps too.

    What is made of ReLU and maxima is affine piece by piece; a step of 1 alone may stay on a piece.
    """
    middle = f(x)
    for reach in (1.0, 1.0, 8.0, 8.0):
        direction = reach * rng.standard_normal(x.shape)
        ahead, behind = f(x + direction), f(x - direction)
        bend = np.abs(ahead + behind - 2 * middle).max(initial=0.0)
        size = max(np.abs(each).max(initial=0.0) for each in (ahead, behind, middle))
        if not bend <= 1e-12 * max(1.0, size):
            return False
    return True


def _gradient(f, x, dout, step):
    gradient = np.empty(x.shape)
    for index in np.ndindex(x.shape):
        moved = x.copy()
        moved[index] = x[index] + step
        ahead = f(moved)
        moved[index] = x[index] - step
        gradient[index] = np.sum((ahead - f(moved)) * dout) / (2 * step)
    return gradient


def _slopes(f, x, dout, step):
    """Give random directions, and how fast sum(f * dout) rises along each of them."""
    rng = np.random.default_rng(x.size + 1)
    directions = rng.standard_normal((_DIRECTIONS, *x.shape))
    rises = [
        np.sum((f(x + step * each) - f(x - step * each)) * dout) / (2 * step) for each in directions
    ]
    return directions, np.array(rises)


class Derivative:
    """The derivative of sum(out * dout) of a forward pass with respect to one argument.

    Parameters
    ----------
    forward : callable
        A trusted forward pass that returns a tuple whose first member is ``out``.
    args, kwargs : sequence, dict
        The arguments.
    parameter : str
        The name of the argument.
    dout : ndarray
        The gradient with respect to ``out``.
    names : sequence of str
        The names of the positional arguments.
    keys : sequence of int and str, optional
        Where in the argument the array stands, if that is a list or a dict of arrays.

    Raises
    ------
    GraderError
        If the forward pass has no such argument, or no array stands there.
    """

    def __init__(self, forward, args, kwargs, parameter, dout, *, names, keys=()):
        self._forward = forward
        self._args, self._kwargs = list(args), dict(kwargs)
        self._place, self._keys = self._find(parameter, names), tuple(keys)
        try:
            alone = isinstance(self._x, np.ndarray)
        except LookupError as error:
            raise GraderError(f"the argument {parameter} has nothing at {keys}") from error
        if not alone:
            raise GraderError(f"the argument {parameter} of {forward.__name__} is not one array")
        digest = _digest((self._args, self._kwargs, dout), hashlib.sha256()).digest()
        self._key = (forward, parameter, self._keys, digest)
        # Mistakes in keeping a dtype are not what is differentiated here.
        self._args, self._kwargs = _as_float64(self._args), _as_float64(self._kwargs)
        self._dout = dout.astype(np.float64)

    def _find(self, parameter, names):
        if parameter in names and names.index(parameter) < len(self._args):
            return names.index(parameter)
        if parameter not in self._kwargs:
            raise GraderError(f"{self._forward.__name__} was called without {parameter}")
        return parameter

    @property
    def _x(self):
        arguments = self._args if isinstance(self._place, int) else self._kwargs
        return take(arguments[self._place], self._keys)

    def _f(self, x):
        sent, named = rebuild((self._args, self._kwargs), lambda handle: handle)
        arguments = sent if isinstance(self._place, int) else named
        arguments[self._place] = replaced(arguments[self._place], self._keys, x.copy())
        return np.asarray(self._forward(*sent, **named)[0], dtype=np.float64)

    def _step(self):
        return self._remember(
            "step",
            lambda: 1.0 if _is_linear(self._f, self._x, np.random.default_rng(0)) else _STEP,
        )

    def _remember(self, what, make):
        key = (what, *self._key)
        if key not in _memory:
            with quiet():
                _memory[key] = make()
        _memory.move_to_end(key)
        while len(_memory) > _REMEMBERED:
            _memory.popitem(last=False)
        return _memory[key]

    @property
    def tolerance(self):
        """How exact a right gradient agrees with `gradient`, relative to its largest value."""
        return 1e-9 if self._step() == 1.0 else 1e-8

    def gradient(self):
        """Take central differences in every element.

        A forward pass that is linear in the argument is differenced with a step of 1, which has no
        truncation error.

        Returns
        -------
        gradient : ndarray
            float64, of the argument's shape.
        """
        step = self._step()
        return self._remember("all", lambda: _gradient(self._f, self._x, self._dout, step))

    def agrees_with(self, gradient):
        """Tell whether a gradient is this derivative, by the slopes along random directions.

        A few calls of the forward pass instead of two for each element. A gradient that is wrong in
        any element has wrong slopes along random directions.

        Parameters
        ----------
        gradient : object
            What a backward pass returned.

        Returns
        -------
        answer : bool
            False also for what is no array of the argument's shape.
        """
        x = self._x
        if type(gradient) is not np.ndarray or gradient.dtype.kind not in "biuf":
            return False
        if gradient.shape != x.shape or not np.isfinite(gradient).all():
            return False
        step = self._step()
        directions, rises = self._remember("slopes", lambda: _slopes(self._f, x, self._dout, step))
        products = directions * gradient.astype(np.float64)
        axes = tuple(range(1, products.ndim))
        rounding = self.tolerance if gradient.dtype.itemsize >= 8 else 1e-5
        # Against the largest element, so that one small wrong element is not lost in the sum.
        allowed = rounding * max(1.0, float(np.abs(gradient).max(initial=0.0)))
        return bool((np.abs(products.sum(axis=axes) - rises) <= allowed).all())


def _as_float64(value):
    if isinstance(value, np.ndarray) and value.dtype.kind in "fiu":
        return value.astype(np.float64)
    if isinstance(value, tuple | list):
        return type(value)(_as_float64(each) for each in value)
    if isinstance(value, dict):
        return {key: _as_float64(each) for key, each in value.items()}
    return value
