"""Questions about a backward pass: a gradient for each of them, judged on its own merit."""

from dataclasses import dataclass

import numpy as np

from autograder.errors import GraderError, LearnerFault
from autograder.sandbox.frames import Handle
from autograder.testing.calls import Calls
from autograder.testing.compare import compare, is_zero_everywhere, same_value
from autograder.testing.describe import english_list, kind_of, shape_text
from autograder.testing.gradients import Derivative
from autograder.testing.learner import LocalLearner
from autograder.testing.paths import leaf_paths, parameter_of_gradient, split_path, take
from autograder.testing.signature import backward_name

__all__ = ["BackwardChecks"]


@dataclass(frozen=True)
class _Pass:
    """A forward and a backward pass of the learner's."""

    forward: object  # Call
    backward: object  # Call
    dout: np.ndarray
    arguments: tuple  # args and kwargs of the forward pass
    own_shape: bool  # the learner's out has another shape than the reference's


class BackwardChecks(Calls):
    """The part of `Check` that is about backward passes; see there."""

    def __init__(self, learner, reference, seed=(0,), mistakes=()):
        super().__init__(learner, reference)
        self._seed = tuple(seed)
        self._mistakes = tuple(mistakes)

    def backward(self, forward, /, *args, wrt, dout=None, tolerance=None, **kwargs):
        """Judge one gradient of a backward pass, against the reference's.

        The learner's forward pass runs first, then the learner's backward pass with its cache and
        a random `dout`. Only the gradient `wrt` is judged; the others may be anything.

        Parameters
        ----------
        forward : str
            The forward pass, for instance ``conv2d_forward``.
        *args, **kwargs : object
            Its arguments.
        wrt : str
            The gradient, for instance ``dweight``; of a list or dict of gradients all of it, or
            one, for instance ``dparams[1][0]`` or ``grads['conv1_weight']``.
        dout : ndarray, optional
            The gradient with respect to ``out``.
        tolerance : float, optional
            Relative to the largest expected value; by default 1e-9, for float32 1e-4.

        Returns
        -------
        gradient : object
            The learner's.
        """
        both = self._run(forward, args, kwargs, dout)
        gradient = self._pick(both, wrt)
        problem = None
        if not both.own_shape:
            expected = self._part(both.backward.expected, both.backward.signature, wrt)
            problem = compare(gradient, expected, name=wrt, tolerance=tolerance)
            if not problem:
                return gradient
        self._judge_on_merit(both, wrt, gradient, problem)
        return gradient

    def gradient(self, forward, /, *args, wrt, dout=None, tolerance=None, **kwargs):
        """Judge one gradient, against central differences of the reference's forward pass.

        Parameters
        ----------
        forward : str
            The forward pass.
        *args, **kwargs : object
            Its arguments; arrays of float64.
        wrt : str
            The gradient of one array, as in `backward`.
        dout : ndarray, optional
            The gradient with respect to ``out``.
        tolerance : float, optional
            Relative to the largest expected value; by default 1e-8, and 1e-9 where the forward
            pass is linear in the argument.

        Returns
        -------
        gradient : object
            The learner's.
        """
        both = self._run(forward, args, kwargs, dout)
        gradient = self._pick(both, wrt)
        problem = None
        if not both.own_shape:
            derivative = self._derivative(self._reference[forward], both, wrt)
            if tolerance is None and derivative.agrees_with(gradient):
                return gradient
            tolerance = tolerance or derivative.tolerance
            problem = compare(gradient, derivative.gradient(), name=wrt, tolerance=tolerance)
            if not problem:
                return gradient
        self._judge_on_merit(both, wrt, gradient, problem)
        return gradient

    def keeps_gradient_dtype(self, forward, /, *args, wrt, **kwargs):
        """Judge the dtype of one gradient, against the reference's.

        Parameters
        ----------
        forward : str
            The forward pass.
        *args, **kwargs : object
            Its arguments.
        wrt : str
            The gradient of one array, as in `backward`.

        Returns
        -------
        gradient : object
            The learner's.
        """
        both = self._run(forward, args, kwargs, None)
        gradient = self._pick(both, wrt)
        expected = self._part(both.backward.expected, both.backward.signature, wrt)
        if not isinstance(gradient, np.ndarray | np.number):
            text = f"{both.backward.text}, returned {kind_of(gradient)} as {wrt}."
            self.fail("type", text, "kind", gradient)
        if expected is not None:
            self.demand_effort(both.backward, gradient, expected, f"a {wrt} of")
            self.demand_dtype(both.backward, gradient, expected, wrt)
        elif gradient.dtype != both.dout.dtype:
            self.demand_dtype(both.backward, gradient, both.dout, wrt)
        return gradient

    def backward_leaves_arguments_alone(self, forward, /, *args, **kwargs):
        """Judge that a backward pass changes neither `dout` nor the cache.

        It is called twice with the same arguments: both times it has to give the same gradients.

        Parameters
        ----------
        forward : str
            The forward pass.
        *args, **kwargs : object
            Its arguments.

        Returns
        -------
        gradients : object
            The learner's.
        """
        both = self._run(forward, args, kwargs, None)
        call = both.backward
        self.demand_unchanged(call)
        if not both.own_shape:
            self.demand_effort(call, call.value, call.expected)
        elif is_zero_everywhere(call.value):
            self.fail("wrong", f"{call.text}, returned only zeros.", "values", call.value)
        cache = both.forward.value[both.forward.signature.keep[0]]
        again = self.invoke(
            backward_name(forward), (both.dout, cache), {}, with_reference=not both.own_shape
        )
        if not same_value(self.without_handles(again.value), self.without_handles(call.value)):
            message = (
                f"{call.text}, gave other gradients when it was called a second time with the same "
                "arguments: the first call changed the cache."
            )
            self.fail("wrong", message, "repeated", self.without_handles(again.value))
        return call.value

    def demand_dtype(self, call, value, expected, name):
        """Fail a result of another dtype than the expected one.

        Parameters
        ----------
        call : Call
            The call.
        value, expected : object
            The result and the reference's; of a list or dict each part is judged.
        name : str
            The result's name.
        """
        for path in leaf_paths(expected):
            got, right = (np.asarray(take(each, path)).dtype for each in (value, expected))
            if got != right:
                place = name + "".join(f"[{key!r}]" for key in path)
                message = f"{call.text}, returned {place} as {got}; {right} was expected."
                self.fail("wrong", message, "dtype", (place, str(got)))

    def demand_unchanged(self, call):
        """Fail a call that has changed its arguments.

        Parameters
        ----------
        call : Call
            The call.
        """
        if call.mutated:
            plural = "s" if len(call.mutated) > 1 else ""
            named = english_list(call.mutated)
            message = f"{call.text}, changed its argument{plural} {named}; work on a copy instead."
            self.fail("wrong", message, "mutated", call.mutated)

    def without_handles(self, value):
        """Replace the handles in a result by None.

        Parameters
        ----------
        value : object
            A result.

        Returns
        -------
        value : object
            The same without handles.
        """
        if isinstance(value, Handle):
            return None
        if isinstance(value, tuple):
            return tuple(self.without_handles(each) for each in value)
        return value

    def _run(self, forward, args, kwargs, dout):
        """Run both passes of the learner's; fail where the forward pass is no use."""
        backward = backward_name(forward)
        note = f"{backward} is tried on what {forward} returns: that has to be mended first."
        ahead = self.invoke(forward, args, kwargs, note=note)
        expected = ahead.expected[0]
        out = ahead.value[0] if isinstance(ahead.value, tuple) and ahead.value else ahead.value
        count = len(ahead.expected)
        if not isinstance(ahead.value, tuple) or len(ahead.value) != count:
            text = f"{ahead.text}, returned {kind_of(ahead.value)}"
            text += f" where a tuple of {count} was expected. {note}"
            self.fail("type", text, "forward", self.without_handles(ahead.value))
        if type(out) is not np.ndarray or out.dtype.kind not in "biuf":
            text = f"{ahead.text}, returned {kind_of(out)} as out"
            self.fail("type", f"{text}. {note}", "forward", out)
        own_shape = out.shape != expected.shape
        if own_shape and not self._explanations(ahead, args, kwargs):
            text = f"{ahead.text}, returned out of shape {shape_text(out)}; "
            text += f"a shape of {shape_text(expected)} was expected"
            self.fail("wrong", f"{text}. {note}", "forward", out)
        if dout is None or np.shape(dout) != out.shape:
            rng = np.random.default_rng([*self._seed, self._step])
            dout = rng.standard_normal(out.shape).astype(expected.dtype)
        cache = ahead.value[ahead.signature.keep[0]]
        behind = self.invoke(backward, (dout, cache), {}, with_reference=not own_shape)
        return _Pass(ahead, behind, dout, (args, kwargs), own_shape)

    @staticmethod
    def _part(value, signature, wrt):
        """Take one gradient out of what a backward pass of the reference returned."""
        if value is None:
            return None
        name, keys = split_path(wrt)
        if len(signature.returns) > 1:
            value = value[signature.returns.index(name)]
        try:
            return take(value, keys)
        except LookupError as error:
            raise GraderError(f"{signature.name} of the reference gives no {wrt}") from error

    def _pick(self, both, wrt):
        """Take one gradient out of what the learner's backward pass returned."""
        call = both.backward
        names = call.signature.returns
        value = call.value
        if len(names) > 1 and (not isinstance(value, tuple) or len(value) != len(names)):
            text = (
                f"{call.text}, returned {kind_of(value)} where a tuple of {len(names)} was "
                f"expected: {english_list(names)}."
            )
            self.fail("type", text, "kind", self.without_handles(value))
        name, keys = split_path(wrt)
        if name not in names:
            raise GraderError(f"{call.signature.name} has no gradient {name} in its Returns")
        whole = value[names.index(name)] if len(names) > 1 else value
        try:
            return take(whole, keys)
        except LookupError:
            text = f"{call.text}, returned {kind_of(whole)} as {name}, in which there is no {wrt}."
            self.fail("type", text, "kind", self.without_handles(value))

    def _explanations(self, ahead, args, kwargs):
        """Find the catalogued forward mistakes that give the learner's out on these arguments."""
        found = []
        for mistake in self._mistakes:
            if mistake.function != ahead.signature.name:
                continue
            try:
                value = LocalLearner(mistake.functions).call(mistake.function, args, kwargs).value
            except LearnerFault:
                continue
            if not (isinstance(value, tuple) and value):
                continue
            if not compare(ahead.value[0], value[0]) and compare(value[0], ahead.expected[0]):
                found.append(mistake)
        return found

    def _derivative(self, forward, both, wrt, more=()):
        args, kwargs = both.arguments
        name, keys = split_path(wrt)
        return Derivative(
            forward,
            args,
            kwargs,
            parameter_of_gradient(name),
            both.dout,
            names=both.forward.signature.parameters,
            keys=(*keys, *more),
        )

    def _is_derivative(self, forward, both, wrt, gradient):
        """Tell whether a gradient, or each of a list or dict of them, is that of a forward pass."""
        args, kwargs = both.arguments
        name, keys = split_path(wrt)
        arguments = dict(zip(both.forward.signature.parameters, args, strict=False)) | kwargs
        paths = leaf_paths(take(arguments[parameter_of_gradient(name)], keys))
        return set(paths) == set(leaf_paths(gradient)) and all(
            self._derivative(forward, both, wrt, path).agrees_with(take(gradient, path))
            for path in paths
        )

    def _judge_on_merit(self, both, wrt, gradient, problem):
        """Fail the gradient unless it is the derivative of a catalogued wrong forward pass."""
        args, kwargs = both.arguments
        if not is_zero_everywhere(gradient):
            for mistake in self._explanations(both.forward, args, kwargs):
                try:
                    wrong = mistake.functions[mistake.function]
                    if self._is_derivative(wrong, both, wrt, gradient):
                        return
                except (GraderError, ArithmeticError, LookupError, TypeError, ValueError):
                    continue  # not a derivative that can be had: no merit to be earned by it
        if problem is None:
            text = (
                f"{both.backward.text}, returned a {wrt} that is not the derivative of your own "
                f"{both.forward.signature.name}, whose out has a wrong shape: mend "
                f"{both.forward.signature.name} first."
            )
            self.fail("wrong", text, "values", gradient)
        self.fail_problem(both.backward, problem, judged=gradient)
