"""The questions of hidden tests, put to trusted programs in the learner's place."""

import re
from dataclasses import replace

import numpy as np
import pytest

from autograder.errors import GraderError, LearnerFault
from autograder.testing import Check, mistakes_of
from autograder.testing.learner import LocalLearner


def _right(x, gain, shift):
    return x * gain + shift, (x, gain)


def _squared(x, gain, shift):
    return x * gain**2 + shift, (x, gain)


def _squared_backward(dout, cache):
    x, gain = cache
    return dout * gain**2, (dout * x).sum(axis=0) * 2 * gain, dout.sum(axis=0)


def _row_lost(x, gain, shift):
    return (x * gain + shift)[:-1], (x, gain)


def _row_lost_backward(dout, cache):
    x, gain = cache
    dx = np.concatenate([dout * gain, np.zeros((1, x.shape[1]))])
    return dx, (dout * x[:-1]).sum(axis=0), dout.sum(axis=0)


def _zeros_backward(dout, cache):
    x, gain = cache
    return x * 0, gain * 0, gain * 0


def test_a_right_program_passes_every_question(ask, layer):
    check = ask()
    check.returns("affine_forward", *layer)
    check.keeps_dtype("affine_forward", *layer)
    check.leaves_arguments_alone("affine_forward", *layer)
    check.backward_leaves_arguments_alone("affine_forward", *layer)
    check.raises(ValueError, "affine_forward", layer[0], layer[1][:2], layer[2], mentions=("3",))
    out, _ = check.call("affine_forward", *layer)
    check.equal(out, layer[0] * layer[1] + layer[2], "the layer is what it is")
    for wrt in ("dx", "dgain", "dshift"):
        check.backward("affine_forward", *layer, wrt=wrt)
        check.gradient("affine_forward", *layer, wrt=wrt)
        check.keeps_gradient_dtype("affine_forward", *layer, wrt=wrt)


def test_a_message_names_the_call_what_came_and_which_elements(ask, layer, failure):
    def half(x, gain, shift):
        out, cache = _right(x, gain, shift)
        out[:, 1:] /= 2
        return out, cache

    found = failure(ask(affine_forward=half).returns, "affine_forward", *layer)
    assert found.fault == "wrong"
    assert found.message == (
        "`affine_forward(x, gain, shift)` with x (5, 3), gain (3,), shift (3,), all float64, "
        "returned out with the right shape (5, 3), but 10 of 15 values are wrong: all of them in "
        "out[:, 1:]; out[:, 0] is right; each of them is 1/2 of what it should be."
    )


def test_mixed_dtypes_are_named_one_by_one(ask, layer, failure):
    x, gain, shift = layer
    check = ask(affine_forward=lambda x, gain, shift: (None, None))
    found = failure(check.returns, "affine_forward", x.astype(np.float32), gain, shift=shift)
    assert "x (5, 3) float32, gain (3,) float64, shift (3,) float64, returned None" in found.message
    assert found.fault == "type"


def test_a_tuple_of_the_wrong_length_is_a_fault_of_type(ask, layer, failure):
    check = ask(affine_backward=lambda dout, cache: (dout, dout))
    found = failure(check.backward, "affine_forward", *layer, wrt="dx")
    assert found.fault == "type"
    assert "a tuple of 3 was expected: dx, dgain and dshift" in found.message


def test_gradients_that_are_not_asked_for_may_be_none(ask, layer):
    check = ask(affine_backward=lambda dout, cache: (None, None, dout.sum(axis=0)))
    check.backward("affine_forward", *layer, wrt="dshift")


def test_results_that_are_not_asked_for_may_be_anything(ask, layer, failure):
    x, gain, shift = layer
    check = ask(affine_backward=lambda dout, cache: (None, dout.sum(), 2 * dout.sum(axis=0)))
    _, cache = check.call("affine_forward", x, gain, shift)
    found = failure(check.returns, "affine_backward", x, cache, only="dshift")
    assert "returned dshift with the right shape (3,), but" in found.message
    assert found.judged[:2] == (None, None)
    np.testing.assert_array_equal(found.judged[2], 2 * x.sum(axis=0))
    found = failure(check.returns, "affine_backward", x, cache, only=("dx", "dshift"))
    assert "returned None where dx, an array, was expected" in found.message
    with pytest.raises(GraderError, match="no such results: dscale"):
        check.returns("affine_backward", x, cache, only=("dscale",))


def test_results_that_are_asked_for_have_to_come_in_the_whole_tuple(ask, layer, failure):
    x, gain, shift = layer
    check = ask(affine_backward=lambda dout, cache: (dout, dout))
    _, cache = check.call("affine_forward", x, gain, shift)
    found = failure(check.returns, "affine_backward", x, cache, only=("dx",))
    assert found.fault == "type"
    assert "a tuple of 3 was expected: dx, dgain and dshift" in found.message


def test_one_result_of_several_is_judged_by_itself(failure):
    def spread(x):
        """Tell how far apart the numbers are.

        Returns
        -------
        width : float
            From the smallest to the largest.
        middle : ndarray
            What lies between them.
        """
        return float(np.ptp(x)), np.sort(x)[1:-1]

    def ask(learner):
        return Check(LocalLearner({"spread": learner}), {"spread": spread})

    x = np.array([3.0, 1.0, 7.0, 4.0])
    half_done = ask(lambda x: (float(np.ptp(x)), None))
    half_done.returns("spread", x, only="width")
    assert failure(half_done.returns, "spread", x).fault == "type"
    assert failure(half_done.returns, "spread", x, only="middle").fault == "type"
    wrong = failure(ask(lambda x: (2.5, None)).returns, "spread", x, only="width")
    assert (wrong.kind, wrong.judged) == ("values", (2.5, None))
    assert failure(ask(lambda x: 6.0).returns, "spread", x, only="width").fault == "type"
    with pytest.raises(GraderError, match="no such results: height"):
        half_done.returns("spread", x, only="height")


def test_an_exception_is_told_by_its_class_and_not_by_its_text(ask, layer, failure):
    def explode(x, gain, shift):
        raise KeyError(x)

    found = failure(ask(affine_forward=explode).returns, "affine_forward", *layer)
    assert found.fault == "exception"
    assert "KeyError" in found.message
    assert "7654" not in found.message


def test_what_a_stub_says_is_passed_on(ask, layer, failure):
    def stub(x, gain, shift):
        raise NotImplementedError

    found = failure(ask(affine_forward=stub).backward, "affine_forward", *layer, wrt="dx")
    assert found.fault == "missing"
    assert found.message.endswith("affine_forward returns: that has to be mended first.")


def test_dtypes_are_judged_where_a_test_asks(ask, layer, failure):
    single = [each.astype(np.float32) for each in layer]

    def wide(x, gain, shift):
        return x.astype(float) * gain + shift, (x, gain)

    check = ask(affine_forward=wide)
    check.returns("affine_forward", *single)
    found = failure(check.keeps_dtype, "affine_forward", *single)
    assert found.message.endswith("returned out as float64; float32 was expected.")
    check = ask(affine_backward=lambda dout, cache: (dout.astype(float) * cache[1], None, None))
    found = failure(check.keeps_gradient_dtype, "affine_forward", *single, wrt="dx")
    assert found.message.endswith("returned dx as float64; float32 was expected.")


def test_a_changed_argument_is_named(ask, layer, failure):
    def in_place(x, gain, shift):
        x *= gain
        x += shift
        return x, (x / gain, gain)

    found = failure(ask(affine_forward=in_place).leaves_arguments_alone, "affine_forward", *layer)
    assert "changed its argument x; work on a copy" in found.message


@pytest.mark.parametrize(
    "params", [[(np.ones(2), np.ones(3))], {"weights": [np.ones(2)]}], ids=["list", "dict"]
)
def test_a_container_that_a_call_has_emptied_is_told(params):
    reply = LocalLearner({"empty": lambda given: given.clear()}).call("empty", [params])
    assert reply.mutated == ("args[0]",)
    assert params


def test_a_cache_that_the_backward_pass_spoils_is_found(ask, layer, failure):
    def spoil(dout, cache):
        x, gain = cache
        gradients = dout * gain, (dout * x).sum(axis=0), dout.sum(axis=0)
        x += 1
        return gradients

    check = ask(affine_backward=spoil)
    check.backward("affine_forward", *layer, wrt="dgain")
    found = failure(check.backward_leaves_arguments_alone, "affine_forward", *layer)
    assert "second time" in found.message


def test_zeros_earn_nothing(ask, layer, failure):
    def zeros(x, gain, shift):
        return x * 0, (x, gain)

    check = ask(affine_forward=zeros, affine_backward=_zeros_backward)
    for question in (check.returns, check.keeps_dtype, check.leaves_arguments_alone, check.call):
        assert failure(question, "affine_forward", *layer).fault == "wrong"
    assert failure(check.backward_leaves_arguments_alone, "affine_forward", *layer)
    for wrt in ("dx", "dgain", "dshift"):
        assert failure(check.backward, "affine_forward", *layer, wrt=wrt).fault == "wrong"
        assert failure(check.gradient, "affine_forward", *layer, wrt=wrt).fault == "wrong"
        assert failure(check.keeps_gradient_dtype, "affine_forward", *layer, wrt=wrt)


def test_a_zero_gradient_that_is_the_derivative_of_a_wrong_forward_earns_nothing(
    ask, layer, failure
):
    # Without its shift the layer does not depend on it: zero is the true derivative.
    check = ask(
        affine_forward=lambda x, gain, shift: (x * gain, (x, gain)), affine_backward=_zeros_backward
    )
    assert failure(check.backward, "affine_forward", *layer, wrt="dshift").fault == "wrong"


@pytest.mark.parametrize("question", ["backward", "gradient"])
@pytest.mark.parametrize("wrt", ["dx", "dgain", "dshift"])
def test_the_derivative_of_a_catalogued_wrong_forward_passes(ask, layer, question, wrt):
    check = ask(affine_forward=_squared, affine_backward=_squared_backward)
    getattr(check, question)("affine_forward", *layer, wrt=wrt)


def test_the_right_gradient_beside_a_wrong_forward_passes_too(ask, layer):
    ask(affine_forward=_squared).backward("affine_forward", *layer, wrt="dgain")


@pytest.mark.parametrize("question", ["backward", "gradient"])
def test_the_derivative_of_a_wrong_forward_fails_beside_the_right_one(
    ask, layer, question, failure
):
    check = ask(affine_backward=_squared_backward)
    assert failure(getattr(check, question), "affine_forward", *layer, wrt="dgain").kind == "values"


def test_the_derivative_of_a_wrong_forward_outside_the_catalogue_fails(ask, layer, failure):
    def cubed(x, gain, shift):
        return x * gain**3 + shift, (x, gain)

    def cubed_backward(dout, cache):
        x, gain = cache
        return dout * gain**3, (dout * x).sum(axis=0) * 3 * gain**2, dout.sum(axis=0)

    check = ask(affine_forward=cubed, affine_backward=cubed_backward)
    assert failure(check.backward, "affine_forward", *layer, wrt="dgain").fault == "wrong"


@pytest.mark.parametrize("wrt", ["dx", "dgain", "dshift"])
def test_merit_holds_for_a_forward_of_a_wrong_shape(ask, layer, wrt):
    check = ask(affine_forward=_row_lost, affine_backward=_row_lost_backward)
    check.backward("affine_forward", *layer, wrt=wrt)


def test_a_mistake_that_gives_the_right_output_here_lends_no_merit(chapter, layer, failure):
    def right_here(x, gain, shift):
        return x * gain + 2 * shift - 31.25, (x, gain)

    def doubled(dout, cache):
        return None, None, 2 * dout.sum(axis=0)

    (entry,) = (each for each in chapter.entries if each.id == "shift_forgotten")
    mistake = mistakes_of(chapter.reference, [replace(entry, implementation=right_here)])
    learner = LocalLearner(chapter.functions | {"affine_backward": doubled})
    check = Check(learner, chapter.functions, (1, 2), [mistake])
    assert failure(check.backward, "affine_forward", *layer, wrt="dshift").kind == "values"


def test_one_wrong_element_of_a_merited_gradient_fails(ask, layer, failure):
    def nearly(dout, cache):
        dx, dgain, dshift = _squared_backward(dout, cache)
        dx[0, 0] *= 1 + 1e-5
        return dx, dgain, dshift

    check = ask(affine_forward=_squared, affine_backward=nearly)
    assert failure(check.backward, "affine_forward", *layer, wrt="dx").kind == "values"


def test_a_wrong_shape_outside_the_catalogue_has_to_be_mended_first(ask, layer, failure):
    check = ask(affine_forward=lambda x, gain, shift: ((x * gain)[1:], (x, gain)))
    found = failure(check.backward, "affine_forward", *layer, wrt="dx")
    assert "out of shape (4, 3); a shape of (5, 3) was expected" in found.message
    assert found.message.endswith("mended first.")


def test_a_refusal_is_judged_by_class_and_by_what_the_message_mentions(ask, layer, failure):
    arguments = (ValueError, "affine_forward", layer[0], layer[1][:2], layer[2])

    def refuse(error):
        def forward(x, gain, shift):
            raise error

        return ask(affine_forward=forward).raises

    assert "IndexError, but a ValueError was" in failure(refuse(IndexError()), *arguments).message
    refuse(ValueError("bad"))(*arguments)
    found = failure(refuse(ValueError("3 is bad")), *arguments, mentions=("3", "2"))
    assert found.message.endswith("it lacks 2.")
    accept = ask(affine_forward=lambda x, gain, shift: (x, gain)).raises
    assert "returned a result, but a ValueError" in failure(accept, *arguments).message


def test_a_law_says_what_has_to_hold(ask, layer, failure):
    out, _ = ask().call("affine_forward", *layer)
    found = failure(ask().equal, out, 2 * out, "the layer is linear")
    assert found.message == (
        "This has to hold and does not: the layer is linear. All 15 values are wrong; each of them "
        "is 1/2 of what it should be."
    )


def test_a_fault_of_the_reference_is_the_graders(ask, layer):
    with pytest.raises(GraderError):
        ask().returns("affine_forward", layer[0], layer[1][:2], layer[2])
    with pytest.raises(GraderError):
        ask().raises(ValueError, "affine_forward", *layer)
    with pytest.raises(GraderError):
        ask().backward("affine_forward", *layer, wrt="dnothing")


def test_a_call_gets_time_for_a_slow_reference_and_two_seconds_at_least(chapter, layer):
    limits = []

    class Watch:
        def call(self, function, args, kwargs, *, keep, cpu_seconds):
            limits.append(cpu_seconds)
            raise LearnerFault("cpu", "too slow")

    def slow(x):
        for _ in range(40_000):
            sum(range(100))
        return 1.0

    for functions in (chapter.functions, {"mean_square": slow}):
        with pytest.raises(AssertionError):
            Check(Watch(), functions).returns("mean_square", layer[0])
    assert limits[0] == 2.0
    assert limits[1] > 2.0


def test_no_message_holds_a_hidden_value(ask, layer, failure):
    def shout(x, gain, shift):
        raise ValueError(f"got {x}")

    wrong = {
        "values": lambda x, gain, shift: (x, None),
        "shape": lambda x, gain, shift: (x[1:], None),
        "list": lambda x, gain, shift: (x.tolist(), None),
        "number": lambda x, gain, shift: (x.sum(), None),
        "dtype": lambda x, gain, shift: (x.astype(int), None),
        "text": lambda x, gain, shift: (str(x), None),
        "shout": shout,
    }
    for name, forward in wrong.items():
        check = ask(affine_forward=forward)
        for found in (
            failure(check.returns, "affine_forward", *layer),
            failure(check.backward, "affine_forward", *layer, wrt="dx", dout=layer[0] + 1),
        ):
            numbers = {float(text) for text in re.findall(r"\d+\.?\d*", found.message)}
            assert max(numbers) <= 64, (name, found.message)


@pytest.mark.parametrize("value", [(), (1.0,), (1.0, 2.0)])
def test_a_tuple_in_the_place_of_a_number_is_a_fault_of_type(ask, layer, failure, value):
    found = failure(ask(mean_square=lambda x: value).returns, "mean_square", layer[0])
    assert found.fault == "type"
