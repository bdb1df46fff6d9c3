"""The fixture ``check``: the questions that a hidden test puts to a learner's functions."""

from autograder.errors import GraderError, LearnerFault
from autograder.testing.backward import BackwardChecks
from autograder.testing.compare import compare
from autograder.testing.describe import call_text, english_list

__all__ = ["Check"]


class Check(BackwardChecks):
    """Ask a learner's functions, and judge what they answer.

    Each method that judges raises `CheckFailure` where the answer is wrong, with a message for the
    learner that names places, shapes and kinds, never values. An argument that a method takes
    besides the function's own is keyword-only.

    Parameters
    ----------
    learner : Session or LocalLearner
        Whoever answers the calls.
    reference : dict of str to callable
        The reference's functions by name.
    seed : sequence of int
        What the random gradients are drawn from.
    mistakes : sequence of Mistake, optional
        The catalogued misconceptions, for judging a backward pass by its own forward pass.
    """

    def call(self, function, /, *args, **kwargs):
        """Call a function of the learner's, for a test that states a law.

        Parameters
        ----------
        function : str
            Its name.
        *args, **kwargs : object
            The arguments.

        Returns
        -------
        value : object
            Its result, of the right kind and shape; a Handle stands where a cache is.
        """
        call = self.invoke(function, args, kwargs)
        self.demand_kind(call)
        return call.value

    def returns(self, function, /, *args, tolerance=None, only=None, **kwargs):
        """Judge a function's result: kind, shape and values, against the reference's.

        Parameters
        ----------
        function : str
            Its name.
        *args, **kwargs : object
            The arguments.
        tolerance : float, optional
            Relative to the largest expected value; by default 1e-9, for float32 1e-4.
        only : str or sequence of str, optional
            Of a function with several results, the names of those that are judged; the others may
            be anything. By default all but the caches.

        Returns
        -------
        value : object
            The learner's result.
        """
        call = self.invoke(function, args, kwargs)
        names = call.signature.returns
        skip, judged = call.signature.keep, None
        if only is not None:
            only = (only,) if isinstance(only, str) else only
            if not set(only) <= set(names):
                raise GraderError(f"{function} has no such results: {english_list(only)}")
            skip = [i for i, name in enumerate(names) if name not in only]
            if isinstance(call.value, tuple) and len(call.value) == len(names):
                judged = tuple(None if i in skip else each for i, each in enumerate(call.value))
        problem = compare(
            call.value,
            call.expected,
            name=names[0] if len(names) == 1 else "",
            names=names,
            skip=skip,
            tolerance=tolerance,
        )
        if problem:
            self.fail_problem(call, problem, judged)
        return call.value

    def raises(self, error, function, /, *args, mentions=(), **kwargs):
        """Judge that a function refuses its arguments.

        Parameters
        ----------
        error : type
            The exception that is asked for.
        function : str
            Its name.
        *args, **kwargs : object
            The arguments.
        mentions : sequence of str, optional
            What the learner's message has to contain, all of it.
        """
        try:
            self.ask_reference(function, args, kwargs)
        except error:
            pass
        except Exception as other:
            raise GraderError(f"the reference raised {type(other).__name__}") from other
        else:
            raise GraderError(f"the reference's {function} accepts what should be refused")
        text = call_text(self.signature(function), args, kwargs)
        wanted = f"a {error.__name__} was expected"
        try:
            reply = self.ask_learner(function, args, kwargs)
        except LearnerFault as fault:
            if fault.fault != "exception":
                self.fail_fault(fault, text)
            if fault.exception != error.__name__:
                message = f"{text}: raised {fault.exception}, but {wanted} for these arguments."
                self.fail("exception", message, "refusal", (fault.exception, fault.private))
            missing = [str(word) for word in mentions if str(word) not in fault.private]
            if missing:
                message = (
                    f"{text}: raised {error.__name__} as it should, but the message does not say "
                    f"what was expected and what came: it lacks {english_list(missing)}."
                )
                self.fail("wrong", message, "mentions", (fault.exception, fault.private))
            return
        message = f"{text}: returned a result, but {wanted} for these arguments."
        # Not what it returned but that it did is judged; a mistake has to return the same, though.
        self.fail("wrong", message, "accepted", self.without_handles(reply.value))

    def keeps_dtype(self, function, /, *args, **kwargs):
        """Judge the dtype of a function's result, against the reference's.

        Parameters
        ----------
        function : str
            Its name.
        *args, **kwargs : object
            The arguments.

        Returns
        -------
        value : object
            The learner's result.
        """
        call = self.invoke(function, args, kwargs)
        self.demand_kind(call)
        several = isinstance(call.expected, tuple)
        expected = call.expected if several else (call.expected,)
        value = call.value if several else (call.value,)
        names = call.signature.returns
        if len(names) != len(expected):
            names = [f"result[{i}]" for i in range(len(expected))] if several else ["a result"]
        for i, name in enumerate(names):
            if i not in call.signature.keep:
                self.demand_dtype(call, value[i], expected[i], name)
        return call.value

    def leaves_arguments_alone(self, function, /, *args, **kwargs):
        """Judge that a function does not change its arguments.

        Parameters
        ----------
        function : str
            Its name.
        *args, **kwargs : object
            The arguments.

        Returns
        -------
        value : object
            The learner's result.
        """
        call = self.invoke(function, args, kwargs)
        self.demand_unchanged(call)
        self.demand_kind(call)
        return call.value

    def equal(self, left, right, what, *, tolerance=None):
        """Judge a law: two results that have to be equal.

        Parameters
        ----------
        left, right : array_like
            Both from the learner's functions, or made of what they gave.
        what : str
            The law, as a clause: "the output for a batch is that of its images one by one".
        tolerance : float, optional
            Relative to the largest value; by default 1e-9, for float32 1e-4.
        """
        problem = compare(left, right, name="the left side", tolerance=tolerance)
        if problem:
            where = problem.text.partition(", but ")[2]
            where = f" {where[0].upper()}{where[1:]}." if where and problem.kind == "values" else ""
            where = where.replace(" in the left side", "").replace(" of the left side", " of it")
            message = f"This has to hold and does not: {what.rstrip('.')}.{where}"
            self.fail("wrong", message, f"law {problem.kind}", (left, right))
