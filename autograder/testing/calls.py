"""Calls of the learner's functions, each beside the reference's."""

import time
from dataclasses import dataclass

import numpy as np

from autograder.errors import GraderError, LearnerFault
from autograder.sandbox.frames import Handle
from autograder.testing.compare import compare_kind, is_zero_everywhere
from autograder.testing.describe import call_text
from autograder.testing.failure import CheckFailure
from autograder.testing.learner import rebuild
from autograder.testing.signature import Signature, signature_of

__all__ = ["Call", "Calls"]

_LEAST_CPU_SECONDS = 2.0
_TIMES_THE_REFERENCE = 200
# Faults that depend on the arguments: there the call is named too.
_WITH_CALL = frozenset({"exception", "type", "memory"})


@dataclass(frozen=True)
class Call:
    """One call, as the learner's function and the reference answered it.

    Attributes
    ----------
    signature : Signature
        The function's names.
    text : str
        The call in words.
    value : object
        What the learner's function returned, caches as handles.
    expected : object
        What the reference returned; None where it was not asked.
    mutated : tuple of str
        The names of the arguments that the learner's function has changed.
    """

    signature: Signature
    text: str
    value: object
    expected: object
    mutated: tuple[str, ...]


class Calls:
    """Call a learner's functions, and turn what goes wrong into a `CheckFailure`.

    Parameters
    ----------
    learner : Session or LocalLearner
        Whoever answers the calls.
    reference : dict of str to callable
        The reference's functions by name.
    """

    def __init__(self, learner, reference):
        self._learner = learner
        self._reference = reference
        self._step = 0
        self._caches = {}  # by id of a handle: the handle itself, and the reference's own cache
        self._cpu = 0.0

    def signature(self, function):
        """Give the names of a reference function.

        Parameters
        ----------
        function : str
            Its name.

        Returns
        -------
        signature : Signature
            Its names.

        Raises
        ------
        GraderError
            If the reference has no such function.
        """
        if function not in self._reference:
            raise GraderError(f"the reference has no function {function}")
        return signature_of(self._reference[function])

    def fail(self, fault, message, kind, judged):
        """Give up the test.

        Parameters
        ----------
        fault : str
            One of the report's values.
        message : str
            What the learner reads.
        kind : str
            What is wrong, in one word.
        judged : object
            The learner's value.

        Raises
        ------
        CheckFailure
            Always.
        """
        raise CheckFailure(fault, message, step=self._step, kind=kind, judged=judged)

    def fail_fault(self, fault, text, note=""):
        """Give up the test because the learner's function gave no value.

        Parameters
        ----------
        fault : LearnerFault
            What happened.
        text : str
            The call in words.
        note : str, optional
            A sentence to stand after it.

        Raises
        ------
        CheckFailure
            Always.
        """
        message = fault.public
        if message[-1:] not in ".!?":
            message += "."
        if fault.fault in _WITH_CALL:
            message += f" The call was {text}."
        judged = (fault.exception, fault.private)
        self.fail(fault.fault, f"{message} {note}".strip(), f"fault {fault.fault}", judged)

    def ask_reference(self, function, args, kwargs):
        """Call the reference.

        Parameters
        ----------
        function : str
            Its name.
        args, kwargs : sequence, dict
            The arguments; handles stand for the reference's own caches.

        Returns
        -------
        value : object
            What it returned.
        """
        sent, named = rebuild((list(args), dict(kwargs)), self._cache_of)
        began = time.process_time()
        try:
            return self._reference[function](*sent, **named)
        finally:
            self._cpu = time.process_time() - began

    def _cache_of(self, handle):
        if id(handle) not in self._caches:
            raise GraderError("a cache was used whose forward pass the reference has not seen")
        return self._caches[id(handle)][1]

    def ask_learner(self, function, args, kwargs):
        """Call the learner's function.

        Parameters
        ----------
        function : str
            Its name.
        args, kwargs : sequence, dict
            The arguments.

        Returns
        -------
        reply : Reply
            What the session gives.

        Raises
        ------
        LearnerFault
            If it gave no value.
        """
        self._step += 1
        limit = max(_LEAST_CPU_SECONDS, _TIMES_THE_REFERENCE * self._cpu)
        keep = self.signature(function).keep
        return self._learner.call(function, tuple(args), kwargs, keep=keep, cpu_seconds=limit)

    def invoke(self, function, args, kwargs, *, with_reference=True, note=""):
        """Call the reference and the learner's function on the same arguments.

        Parameters
        ----------
        function : str
            Its name.
        args, kwargs : sequence, dict
            The arguments.
        with_reference : bool, optional
            Whether the reference is asked too.
        note : str, optional
            A sentence for the message, if the learner's function gives no value.

        Returns
        -------
        call : Call
            Both answers.

        Raises
        ------
        CheckFailure
            If the learner's function gives no value.
        GraderError
            If the reference raises.
        """
        signature = self.signature(function)
        text = call_text(signature, args, kwargs)
        expected = None
        if with_reference:
            try:
                expected = self.ask_reference(function, args, kwargs)
            except Exception as error:
                raise GraderError(f"the reference's {function} raised: {error}") from error
        try:
            reply = self.ask_learner(function, args, kwargs)
        except LearnerFault as fault:
            self.fail_fault(fault, text, note)
        # A learner may return a tuple where the reference returns a single number.
        if isinstance(reply.value, tuple) and isinstance(expected, tuple):
            for value, cache in zip(reply.value, expected, strict=False):
                if isinstance(value, Handle):
                    self._caches[id(value)] = (value, cache)
        # Caches, and the random generators among the arguments, may change: that is their use.
        mutated = tuple(dict.fromkeys(signature.parameter_of(path) for path in reply.mutated))
        return Call(signature, text, reply.value, expected, mutated)

    def demand_kind(self, call):
        """Fail a result of the wrong kind or shape, or one that is 0 throughout.

        Parameters
        ----------
        call : Call
            The call to judge.
        """
        names = call.signature.returns
        alone = isinstance(call.expected, np.ndarray) and len(names) == 1
        problem = compare_kind(
            call.value,
            call.expected,
            name=names[0] if alone else "",
            names=names,
            skip=call.signature.keep,
        )
        if problem:
            self.fail_problem(call, problem)
        self.demand_effort(call, call.value, call.expected)

    def demand_effort(self, call, value, expected, name="only"):
        """Fail a result that is 0 throughout where the expected one is not.

        Parameters
        ----------
        call : Call
            The call to judge.
        value, expected : object
            The part of its result that counts, and the reference's.
        name : str, optional
            What stands before "zeros" in the message.
        """
        keep = call.signature.keep if value is call.value else ()
        if is_zero_everywhere(value, skip=keep) and not is_zero_everywhere(expected, skip=keep):
            self.fail("wrong", f"{call.text}, returned {name} zeros.", "values", value)

    def fail_problem(self, call, problem, judged=None):
        """Fail a call whose result has a problem.

        Parameters
        ----------
        call : Call
            The call.
        problem : Problem
            What is wrong with its result.
        judged : object, optional
            The part of the result that was judged; by default all but the caches.
        """
        if judged is None:
            judged = self.judged_part(call)
        comma = "," if " with " in call.text else ""
        message = f"{call.text}{comma} returned {problem.text}."
        self.fail(problem.fault, message, problem.kind, judged)

    @staticmethod
    def judged_part(call):
        """Give a call's result without the caches.

        Parameters
        ----------
        call : Call
            The call.

        Returns
        -------
        value : object
            The result, or a tuple with None in the place of each cache.
        """
        if isinstance(call.value, tuple):
            return tuple(None if isinstance(each, Handle) else each for each in call.value)
        return call.value
