"""The exercise of the chapter other_norms: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("other_norms")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "other_norms")
    assert {stage.name: (stage.minutes, stage.points) for stage in exercise.stages} == {
        "two_samples": (6, 0),
        "layer_norm": (9, 6),
        "layer_dgamma_dbeta": (6, 2.5),
        "layer_dx": (14, 5),
        "instance_norm": (7, 4),
        "instance_backward": (9, 3.5),
        "group_norm": (12, 5),
        "group_backward": (11, 4),
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (30, 3, 82)


def test_the_picture_shows_what_its_text_says(monkeypatch):
    namespace = notebook_runs.run_answers("other_norms", monkeypatch)
    each, together = namespace["each"], namespace["together"]  # by day, in the dark, under a lamp
    np.testing.assert_allclose(each, [each[0]] * 3, atol=0.03)
    np.testing.assert_allclose(together[1], together[0], atol=0.03)
    assert np.abs(together[2] - together[0]).mean() > 0.5


def _gradients(function, **changes):
    def backward(dout, cache):
        gradients = getattr(_REFERENCE, function)(dout, cache)
        found = dict(zip(("dx", "dgamma", "dbeta"), gradients, strict=True))
        found |= {name: change(found[name], dout, cache) for name, change in changes.items()}
        return found["dx"], found["dgamma"], found["dbeta"]

    return backward


def _normalized(x, axes, eps):
    mean = x.mean(axis=axes, keepdims=True)
    return (x - mean) / np.sqrt(x.var(axis=axes, keepdims=True) + eps)


def _layer(normalized, refused=True):
    """Give a wrong layer norm; the checks stop it before they need its cache."""

    def layer_norm_forward(x, gamma, beta, *, eps=1e-5):
        if refused and gamma.shape != beta.shape:
            raise ValueError(f"{gamma.shape} and {beta.shape}")
        return gamma * normalized(x, eps) + beta, None

    return layer_norm_forward


def _divided(divisor):
    return lambda x, eps: (x - x.mean(axis=1, keepdims=True)) / divisor(x, eps)


def _instance(axes):
    def instance_norm2d_forward(x, gamma, beta, *, eps=1e-5):
        return gamma[:, None, None] * _normalized(x, axes, eps) + beta[:, None, None], None

    return instance_norm2d_forward


def _group(regroup):
    """Give a wrong group norm: another number of groups, or channels in another order."""

    def group_norm2d_forward(x, num_groups, gamma, beta, *, eps=1e-5):
        count, order = regroup(x.shape[1], num_groups)
        arguments = x[:, order], count, gamma[order], beta[order]
        out, cache = _REFERENCE.group_norm2d_forward(*arguments, eps=eps)
        return out[:, np.argsort(order)], cache

    return group_norm2d_forward


def _interleaved(C, num_groups):
    return num_groups, np.arange(C).reshape(-1, num_groups).T.ravel()


def _one_gamma_a_group(x, num_groups, gamma, beta, *, eps=1e-5):
    size = len(gamma) // num_groups
    gamma, beta = np.repeat(gamma[::size], size), np.repeat(beta[::size], size)
    return _REFERENCE.group_norm2d_forward(x, num_groups, gamma, beta, eps=eps)


def _one_gamma(x, gamma, beta, *, eps=1e-5):
    return _REFERENCE.layer_norm_forward(x, np.full_like(gamma, gamma[0]), beta, eps=eps)


def _remainder_ignored(x, num_groups, gamma, beta, *, eps=1e-5):
    num_groups = num_groups if x.shape[1] % num_groups == 0 else 1
    return _REFERENCE.group_norm2d_forward(x, num_groups, gamma, beta, eps=eps)


def _gamma_after_means(function):
    def change(dx, dout, cache):
        numbers, mean, std, scale = cache
        ones = np.ones_like(scale)
        plain, _, _ = getattr(_REFERENCE, function)(dout, (numbers, mean, std, ones))
        return scale * plain

    return change


def _in_place(x, gamma, beta, *, eps=1e-5):
    result = _REFERENCE.layer_norm_forward(x.copy(), gamma, beta, eps=eps)
    x -= x.mean(axis=1, keepdims=True)
    return result


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "columns normalized": Wrong(
        "layer_norm_forward",
        _layer(lambda x, eps: _normalized(x, 0, eps)),
        "check_layer_norm",
        ("for the two samples", "axis 1", "If only 1 and -1 came: you normalized the columns"),
    ),
    "whole batch normalized": Wrong(
        "layer_norm_forward",
        _layer(lambda x, eps: _normalized(x, None, eps)),
        "check_layer_norm",
        ("the numbers of a sample",),
    ),
    "no cache": Wrong(
        "layer_norm_forward",
        lambda x, gamma, beta, *, eps=1e-5: x,
        "check_layer_norm",
        ("came: ndarray", "out and cache"),
    ),
    "x changed": Wrong(
        "layer_norm_forward", _in_place, "check_layer_norm", ("changed its argument x",)
    ),
    "divided by D - 1": Wrong(
        "layer_norm_forward",
        _layer(_divided(lambda x, eps: np.sqrt(x.var(axis=1, keepdims=True, ddof=1) + eps))),
        "check_layer_norm",
        ("9 of 10 numbers are wrong", "stage by hand"),
    ),
    "one gamma for all features": Wrong(
        "layer_norm_forward",
        _one_gamma,
        "check_layer_norm",
        ("column j is multiplied by gamma[j]",),
    ),
    "eps outside the root": Wrong(
        "layer_norm_forward",
        _layer(_divided(lambda x, eps: x.std(axis=1, keepdims=True) + eps)),
        "check_layer_norm",
        ("sqrt(4 + 12) = 4",),
    ),
    "gamma of one number taken": Wrong(
        "layer_norm_forward",
        _layer(lambda x, eps: _normalized(x, 1, eps), refused=False),
        "check_layer_norm",
        ("gamma (1,)", "expected: a ValueError", "Raises"),
    ),
    "dbeta along the sample": Wrong(
        "layer_norm_backward",
        _gradients("layer_norm_backward", dbeta=lambda _, dout, __: dout.sum(axis=1)),
        "check_layer_dgamma_dbeta",
        ("came: shape (2,)", "expected: shape (5,)", "add up dout over the samples"),
    ),
    "dgamma from x": Wrong(
        "layer_norm_backward",
        _gradients(
            "layer_norm_backward", dgamma=lambda _, dout, cache: (dout * cache[0]).sum(axis=0)
        ),
        "check_layer_dgamma_dbeta",
        ("that is dgamma", "the normalized numbers of column j"),
    ),
    "dgamma and dbeta only, as the stage allows": Wrong(
        "layer_norm_backward",
        _gradients("layer_norm_backward", dx=lambda *_: None),
        "check_layer_dx",
        ("dx with gamma [1, 2, 3, 4, 5]", "came: None"),
    ),
    "gamma after the means": Wrong(
        "layer_norm_backward",
        _gradients("layer_norm_backward", dx=_gamma_after_means("layer_norm_backward")),
        "check_layer_dx",
        ("4 of 10 numbers are wrong", "Is gamma in g before the means are taken?"),
    ),
    "mean and variance held constant": Wrong(
        "layer_norm_backward",
        _gradients("layer_norm_backward", dx=lambda _, dout, cache: dout * cache[3] / cache[2]),
        "check_layer_dx",
        ("the mean of g is 6", "s is 4"),
    ),
    "the first sample's gradient for all": Wrong(
        "layer_norm_backward",
        _gradients("layer_norm_backward", dx=lambda dx, *_: dx * (np.arange(len(dx)) < 1)[:, None]),
        "check_layer_dx",
        ("against central differences", "one sample is right already"),
    ),
    "instance norm over the batch": Wrong(
        "instance_norm2d_forward",
        _instance((0, 2, 3)),
        "check_instance_norm",
        ("every map of every sample",),
    ),
    "instance norm over the channels": Wrong(
        "instance_norm2d_forward",
        _instance((1, 2, 3)),
        "check_instance_norm",
        ("every map of every sample",),
    ),
    "instance norm of every row": Wrong(
        "instance_norm2d_forward",
        _instance(3),
        "check_instance_norm",
        ("each map laid into a row", "Are rows and columns both averaged away"),
    ),
    "instance norm takes a gamma of one number": Wrong(
        "instance_norm2d_forward",
        _instance((2, 3)),
        "check_instance_norm",
        ("gamma (1,)", "expected: a ValueError", "Raises"),
    ),
    "dgamma for every sample": Wrong(
        "instance_norm2d_backward",
        _gradients("instance_norm2d_backward", dbeta=lambda _, dout, __: dout.sum(axis=(2, 3))),
        "check_instance_backward",
        ("came: shape (2, 2)", "in all samples"),
    ),
    "no gamma in dx": Wrong(
        "instance_norm2d_backward",
        _gradients("instance_norm2d_backward", dx=lambda dx, _, cache: dx / cache[3]),
        "check_instance_backward",
        ("g is 20 at that place", "is gamma in it?"),
    ),
    "group count read as group size": Wrong(
        "group_norm2d_forward",
        _group(lambda C, num_groups: (C // num_groups, np.arange(C))),
        "check_group_norm",
        ("three groups of two channels each",),
    ),
    "interleaved groups": Wrong(
        "group_norm2d_forward",
        _group(_interleaved),
        "check_group_norm",
        ("neighbors together",),
    ),
    "one gamma for a group": Wrong(
        "group_norm2d_forward",
        _one_gamma_a_group,
        "check_group_norm",
        ("every channel has its own gamma and beta",),
    ),
    "groups that do not divide": Wrong(
        "group_norm2d_forward",
        _remainder_ignored,
        "check_group_norm",
        ("with C = 6 channels", "expected: a ValueError"),
    ),
    "gradient for the number of groups": Wrong(
        "group_norm2d_backward",
        lambda dout, cache: (None, *_REFERENCE.group_norm2d_backward(dout, cache)),
        "check_group_backward",
        ("a tuple of three things: dx, dgamma, dbeta",),
    ),
    "group's gamma after the means": Wrong(
        "group_norm2d_backward",
        _gradients("group_norm2d_backward", dx=_gamma_after_means("group_norm2d_backward")),
        "check_group_backward",
        ("Is gamma in g before the means are taken?",),
    ),
    "dx of the last group only": Wrong(
        "group_norm2d_backward",
        _gradients(
            "group_norm2d_backward",
            dx=lambda dx, *_: dx * (np.arange(dx.shape[1]) < 3)[:, None, None],
        ),
        "check_group_backward",
        ("against central differences", "the small example is right already"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("other_norms", monkeypatch, WRONG[mistake])
