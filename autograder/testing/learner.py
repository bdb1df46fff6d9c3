"""A trusted program in the learner's place: the reference, or a catalogued mistake."""

import time
import warnings
from typing import NamedTuple

import numpy as np

from autograder.errors import LearnerFault
from autograder.sandbox.frames import Handle, Probe, Seed
from autograder.sandbox.probes import PROBES

__all__ = ["LocalLearner", "LocalReply", "quiet", "rebuild"]


class LocalReply(NamedTuple):
    """What a call gave; the same fields as the sandbox's reply."""

    value: object
    mutated: tuple[str, ...]
    cpu: float


class _Kept(Handle):
    """A cache that a trusted program keeps."""

    __slots__ = ("value",)

    def __init__(self, value):
        super().__init__(-1, -1)
        self.value = value


def rebuild(value, handle):
    """Copy a value as the sandbox would: arrays anew, probes and seeds made real.

    Parameters
    ----------
    value : object
        An argument of a call.
    handle : callable
        Gives what a Handle stands for.

    Returns
    -------
    copy : object
        It shares no array with `value`.
    """
    if isinstance(value, np.ndarray):
        return np.array(value, order="C", copy=True)
    if isinstance(value, Handle):
        return handle(value)
    if isinstance(value, Probe):
        return PROBES[value.name]
    if isinstance(value, Seed):
        return np.random.default_rng(value.value)
    if isinstance(value, tuple | list):
        return type(value)(rebuild(each, handle) for each in value)
    if isinstance(value, dict):
        return {key: rebuild(each, handle) for key, each in value.items()}
    return value


class quiet:  # noqa: N801 - a context manager that is used as a word
    """Keep a replayed mistake's warnings to itself: a division by zero may be the point of it."""

    def __enter__(self):
        self._filters = warnings.catch_warnings()
        self._filters.__enter__()
        warnings.simplefilter("ignore")
        self._errors = np.errstate(all="ignore")
        self._errors.__enter__()
        return self

    def __exit__(self, *details):
        self._errors.__exit__(*details)
        self._filters.__exit__(*details)


def _builtin_name(exception):
    """Name an exception by its nearest built-in class, as the sandbox does."""
    return next(each.__name__ for each in exception.__mro__ if each.__module__ == "builtins")


def _same_bits(left, right):
    return (
        left.dtype == right.dtype
        and left.shape == right.shape
        and left.tobytes() == right.tobytes()
    )


def _changed(before, after, path):
    """Yield the paths of the arrays that differ, and of containers that have other members."""
    if isinstance(before, np.ndarray):
        if not (isinstance(after, np.ndarray) and _same_bits(before, after)):
            yield path
    elif isinstance(before, tuple | list):
        if type(after) is not type(before) or len(after) != len(before):
            yield path
            return
        for i, each in enumerate(before):
            yield from _changed(each, after[i], f"{path}[{i}]")
    elif isinstance(before, dict):
        if not isinstance(after, dict) or after.keys() != before.keys():
            yield path
            return
        for key, each in before.items():
            yield from _changed(each, after[key], f"{path}[{key!r}]")


class LocalLearner:
    """A program that runs in this process, called as the sandbox's session is.

    Parameters
    ----------
    functions : dict of str to callable
        Its functions. They are trusted: nothing limits them.
    """

    def __init__(self, functions):
        self._functions = functions

    def call(self, function, args=(), kwargs=None, *, keep=(), cpu_seconds=None):
        """Call a function; see the sandbox's session.

        Parameters
        ----------
        function : str
            Its name.
        args : sequence, optional
            Positional arguments; they are copied first.
        kwargs : dict, optional
            Keyword arguments.
        keep : sequence of int, optional
            The members of the returned tuple that come back as a Handle.
        cpu_seconds : float, optional
            Of no meaning here.

        Returns
        -------
        reply : LocalReply
            The value, what the call changed, and its CPU time.

        Raises
        ------
        LearnerFault
            If the function is missing or raises, or returns no tuple where `keep` asks for one.
        """
        if function not in self._functions:
            raise LearnerFault("missing", f"{function} is not defined")
        kwargs = kwargs or {}
        given = (list(args), dict(kwargs))
        sent = rebuild(given, lambda handle: handle.value)
        before = rebuild(given, lambda handle: None)
        began = time.process_time()
        try:
            with quiet():
                value = self._functions[function](*sent[0], **sent[1])
        except NotImplementedError as error:
            raise LearnerFault("missing", f"{function} is not written yet") from error
        except Exception as error:
            raise LearnerFault(
                "exception",
                f"raised {type(error).__name__}",
                private=str(error),
                exception=_builtin_name(type(error)),
            ) from error
        cpu = time.process_time() - began
        mutated = (
            *(
                path
                for i, each in enumerate(before[0])
                for path in _changed(each, sent[0][i], f"args[{i}]")
            ),
            *(
                path
                for key, each in before[1].items()
                for path in _changed(each, sent[1][key], f"kwargs[{key!r}]")
            ),
        )
        return LocalReply(self._kept(value, keep), mutated, cpu)

    @staticmethod
    def _kept(value, keep):
        if not keep:
            return rebuild(value, lambda handle: handle)
        if not isinstance(value, tuple):
            kind = type(value).__name__
            raise LearnerFault("type", "returned no tuple", private=f"not_a_tuple: {kind!r}")
        return tuple(
            _Kept(each) if i in keep else rebuild(each, lambda handle: handle)
            for i, each in enumerate(value)
        )
