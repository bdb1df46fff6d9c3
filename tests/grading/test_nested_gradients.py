"""Gradients in dicts and lists: one of them by its place, or all of them."""

import numpy as np
import pytest

from autograder.errors import GraderError
from autograder.testing import Check, CheckFailure, misconception
from autograder.testing.gradients import Derivative
from autograder.testing.learner import LocalLearner
from autograder.testing.mistakes import Mistake
from autograder.testing.paths import leaf_paths, replaced, split_path, take


def net_forward(x, params):
    """Multiply by a gain, add a shift, twice.

    Returns
    -------
    out : ndarray
        The result.
    cache : object
        For the way back.
    """
    out = x * params["gain"] + params["shift"][0]
    return out * params["shift"][1], (x, params)


def net_backward(dout, cache):
    """Go back.

    Returns
    -------
    grads : dict
        For each parameter.
    """
    x, params = cache
    first, second = params["shift"]
    before = x * params["gain"] + first
    dbefore = dout * second
    return {
        "shift": [dbefore.sum(axis=0), (dout * before).sum(axis=0)],
        "gain": (dbefore * x).sum(axis=0),
    }


def _doubled(x, params):
    out, cache = net_forward(x, params)
    return 2 * out, cache


def _doubled_backward(dout, cache):
    return net_backward(2 * dout, cache)


def _ask(forward=net_forward, backward=net_backward):
    entry = misconception(
        "net_forward", message="It is doubled twice.", section="s", cites="c", id="doubled"
    )(lambda x, params: _doubled(x, params)).misconception
    reference = {"net_forward": net_forward, "net_backward": net_backward}
    mistake = Mistake((entry,), reference | {"net_forward": entry.implementation})
    learner = LocalLearner({"net_forward": forward, "net_backward": backward})
    return Check(learner, reference, (1, 2), [mistake])


def _arguments(dtype=np.float64):
    rng = np.random.default_rng(5)
    x, gain, first, second = (rng.uniform(1, 2, shape).astype(dtype) for shape in ((4, 3), 3, 3, 3))
    return x, {"gain": gain, "shift": [first, second]}


PLACES = ["grads", "grads['gain']", "grads['shift']", "grads['shift'][1]"]


@pytest.mark.parametrize("wrt", PLACES)
def test_a_right_gradient_passes_wherever_it_stands(wrt):
    _ask().backward("net_forward", *_arguments(), wrt=wrt)


@pytest.mark.parametrize("wrt", PLACES)
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_the_derivative_of_a_catalogued_wrong_forward_passes_wherever_it_stands(wrt, dtype):
    _ask(_doubled, _doubled_backward).backward("net_forward", *_arguments(dtype), wrt=wrt)


@pytest.mark.parametrize("wrt", PLACES)
def test_the_derivative_of_a_wrong_forward_fails_beside_the_right_one(wrt):
    with pytest.raises(CheckFailure):
        _ask(net_forward, _doubled_backward).backward("net_forward", *_arguments(), wrt=wrt)


@pytest.mark.parametrize("wrt", ["grads['gain']", "grads['shift'][0]"])
def test_central_differences_reach_into_a_dict(wrt):
    _ask().gradient("net_forward", *_arguments(), wrt=wrt)
    _ask(_doubled, _doubled_backward).gradient("net_forward", *_arguments(), wrt=wrt)
    with pytest.raises(CheckFailure, match="returned grads"):
        _ask(net_forward, _doubled_backward).gradient("net_forward", *_arguments(), wrt=wrt)


def test_the_dtype_of_one_gradient_of_a_dict_is_judged():
    def wide(dout, cache):
        grads = net_backward(dout, cache)
        return grads | {"gain": grads["gain"].astype(np.float64)}

    check = _ask(backward=wide)
    check.keeps_gradient_dtype("net_forward", *_arguments(np.float32), wrt="grads['shift'][0]")
    with pytest.raises(CheckFailure, match="float64; float32 was expected"):
        check.keeps_gradient_dtype("net_forward", *_arguments(np.float32), wrt="grads['gain']")


def test_the_dtype_of_each_part_of_a_result_is_judged():
    def made(dtype):
        def start(shape):
            """Make parameters.

            Returns
            -------
            params : dict
                Zeros and ones.
            """
            return {"gain": np.ones(shape), "shift": [np.ones(shape), np.zeros(shape, dtype)]}

        return start

    check = Check(LocalLearner({"start": made(np.float32)}), {"start": made(np.float64)})
    with pytest.raises(CheckFailure, match=r"params\['shift'\]\[1\] as float32; float64 was"):
        check.keeps_dtype("start", 3)


@pytest.mark.parametrize(
    "grads", [None, {}, {"shift": 1}, (1, 2), [{"gain": 1}], np.ones(3)], ids=str
)
def test_a_gradient_that_is_not_there_is_a_fault_of_type(grads):
    check = _ask(backward=lambda dout, cache: grads)
    with pytest.raises(CheckFailure, match=r"as grads, in which there is no grads\['gain'\]") as no:
        check.backward("net_forward", *_arguments(), wrt="grads['gain']")
    assert no.value.fault == "type"


def test_a_merited_dict_must_hold_every_gradient():
    def without_shift(dout, cache):
        return {"gain": _doubled_backward(dout, cache)["gain"]}

    check = _ask(_doubled, without_shift)
    check.backward("net_forward", *_arguments(), wrt="grads['gain']")
    with pytest.raises(CheckFailure):
        check.backward("net_forward", *_arguments(), wrt="grads")


@pytest.mark.parametrize("wrt", ["dx", "grads.gain", "grads['lost']", "grads['shift'][2]"])
def test_a_place_that_the_reference_does_not_have_is_the_graders_fault(wrt):
    def more(dout, cache):
        grads = net_backward(dout, cache)
        return {"gain": 1, "lost": 1, "shift": [*grads["shift"], 1]}

    with pytest.raises(GraderError):
        _ask(backward=more).backward("net_forward", *_arguments(), wrt=wrt)


def test_a_function_that_bends_only_far_away_is_not_taken_for_a_linear_one():
    def bent(x, params):
        return np.maximum(x + params["shift"], 0), None

    # No number is within 3 of its bend, where steps of 1 mostly do not reach.
    x, dout = np.array([3.5, -3.5, 4.0]), np.array([1.0, 2.0, 3.0])
    for seed in range(5):
        params = {"shift": np.full(3, seed / 100)}
        derivative = Derivative(
            bent, (x, params), {}, "params", dout, names=("x", "params"), keys=("shift",)
        )
        assert derivative.tolerance == 1e-8


def test_places_are_split_followed_listed_and_replaced():
    value = {"a": [1, (2, 3)], "b": 4}
    assert split_path("grads['a'][1][0]") == ("grads", ("a", 1, 0))
    assert take(value, ("a", 1, 0)) == 2
    assert leaf_paths(value) == [("a", 0), ("a", 1, 0), ("a", 1, 1), ("b",)]
    assert replaced(value, ("a", 1, 0), 9) == {"a": [1, (9, 3)], "b": 4}
    assert value == {"a": [1, (2, 3)], "b": 4}
