"""The mistakes that LeNet is trained with are those of the catalog, and the right one is LeNet."""

import numpy as np
import pytest

from autograder.misconceptions import (
    convolution,
    convolutional_networks,
    gradients,
    padding,
    pooling,
)
from experiments import mistakes
from experiments.record import digits
from solutions.convolution import conv2d_forward as graded_conv2d
from solutions.convolutional_networks import lenet_backward, lenet_forward
from solutions.fast import conv2d_forward, max_pool2d_forward
from solutions.train_lenet import starting_params, train_lenet
from solutions.training import accuracy


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.fixture
def layer(rng):
    """Draw what a convolution of 3 to 4 channels is given and gets back."""
    x, weight = rng.normal(size=(2, 3, 6, 7)), rng.normal(size=(4, 3, 3, 2))
    return x, weight, rng.normal(size=4), rng.normal(size=(2, 4, 4, 6))


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (mistakes.filters_not_turned, convolution.dx_filters_wrongly_turned),
        (mistakes.overlaps_overwritten, convolution.dx_overwritten),
        (mistakes.bias_averaged, convolution.dbias_averaged),
    ],
)
def test_a_wrong_way_back_through_a_convolution_is_the_catalogs(layer, ours, theirs):
    *given, dout = layer
    got = ours(dout, conv2d_forward(*given)[1])
    for mine, expected in zip(got, theirs(dout, given[:2]), strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-12)
    assert len(graded_conv2d(*given)[0]) == 2


def test_zeros_around_the_output_are_the_catalogs(layer):
    *given, _ = layer
    got, _ = mistakes.zeros_around_the_output(*given, padding=2)
    np.testing.assert_allclose(got, padding.output_padded(*given, padding=2)[0], atol=1e-12)


def test_ties_are_treated_as_in_the_catalog(rng):
    x = np.maximum(rng.normal(size=(2, 3, 5, 6)), 0)
    out, cache = max_pool2d_forward(x, 2)
    dout = rng.normal(size=out.shape)
    expected = pooling.every_tie_gets_all(dout, (x, 2, 2, 0))
    np.testing.assert_allclose(mistakes.all_ties(dout, cache), expected)


def test_a_gradient_stopped_for_its_sign_is_the_catalogs(rng):
    x, dout = rng.normal(size=(2, 5, 4))
    np.testing.assert_array_equal(
        mistakes.sign_of_dout(dout, x), gradients.gated_by_sign_of_dout(dout, x)
    )


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (mistakes.loss_summed_on_the_way_back, convolutional_networks.gradient_not_averaged),
        (mistakes.softmax_over_the_batch, convolutional_networks.softmax_over_the_batch),
    ],
)
def test_a_wrong_loss_is_the_catalogs(rng, ours, theirs):
    logits, targets = rng.normal(size=(6, 4)), rng.integers(0, 4, 6)
    for mine, expected in zip(ours(logits, targets), theirs(logits, targets), strict=True):
        np.testing.assert_allclose(mine, expected, atol=1e-12)


def test_a_velocity_of_the_wrong_sign_is_the_catalogs(rng):
    params, grads, velocity = ({"weight": each} for each in rng.normal(size=(3, 4)))
    ours, theirs = (
        step(params, grads, velocity, lr=0.3, momentum=0.8)
        for step in (
            mistakes.velocity_of_the_wrong_sign,
            convolutional_networks.sign_of_the_velocity,
        )
    )
    for mine, expected in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(mine["weight"], expected["weight"])


def test_a_relu_behind_the_logits_is_the_catalogs(rng):
    params, images = starting_params(rng), rng.random((2, 1, 28, 28)).astype(np.float32)
    chain, _ = mistakes.lenet(**mistakes.MISTAKES["a ReLU behind the logits"])
    expected, _ = convolutional_networks.relu_after_the_logits(images, params)
    np.testing.assert_allclose(chain.forward(images, params)[0], expected, rtol=1e-5)


def test_without_a_mistake_the_network_is_lenet(rng):
    params, images = starting_params(rng), rng.random((3, 1, 28, 28)).astype(np.float32)
    chain, network = mistakes.lenet()
    logits, caches = chain.forward(images, params)
    expected, cache = lenet_forward(images, params)
    np.testing.assert_array_equal(logits, expected)
    _, dlogits = network.loss(logits, np.array([3, 1, 4]))
    grads, right = chain.backward(dlogits, caches), lenet_backward(dlogits, cache)
    assert grads.keys() == right.keys()
    for name, grad in right.items():
        np.testing.assert_allclose(grads[name], grad, rtol=1e-5, atol=1e-7)


def test_without_a_mistake_it_is_trained_as_lenet_is():
    dataset = digits(320, 100)
    result = train_lenet(dataset, seed=5, epochs=1)
    expected = accuracy(lenet_forward, result.params, dataset.x_test, dataset.y_test)
    assert mistakes.share_right_with({}, dataset, seed=5, epochs=1) == pytest.approx(expected)


def test_a_small_run_tells_a_hidden_mistake_from_one_that_shows(capsys):
    names = ["none", "dbias of a convolution is a mean", "velocity of the wrong sign"]
    chosen = {name: mistakes.MISTAKES[name] for name in names}
    found = mistakes.experiment(train=640, test=100, seeds=[0], epochs=2, mistakes=chosen)
    (right,), (hidden,), (shown,) = found["share_right"].values()
    assert right > 0.7
    assert abs(hidden - right) < 0.1
    assert shown < 0.3
    assert capsys.readouterr().out.startswith("none")
