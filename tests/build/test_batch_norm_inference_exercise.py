"""The exercise of the chapter on test time: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_SLUG = "batch_norm_inference"
_REFERENCE = notebook_runs.reference(_SLUG)


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, _SLUG)
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "two_batches": 0,
        "training": 7,
        "test_time": 5,
        "back_training": 2.5,
        "back_test": 4.5,
        "one_output": 0,
        "fuse_linear": 4.5,
        "fuse_conv": 4,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (27.5, 3, 82)
    assert exercise.answers == (
        "batch_norm_forward",
        "batch_norm_backward",
        "fuse_linear_batch_norm",
        "fuse_conv_batch_norm",
    )


def test_the_wrong_mode_fails_as_the_text_says(monkeypatch):
    names = notebook_runs.run_answers(_SLUG, monkeypatch)
    assert len(set(names["test_mode"])) == 1
    assert names["test_mode"][0] > 0.97
    # One point alone: everybody gets the same answer.
    assert 0.25 < names["mixed"][0] < 0.42
    assert names["mixed"][0] < names["mixed"][2] < names["mixed"][4] < names["mixed"][-1]
    assert names["mixed"][-1] > 0.95
    assert max(names["sorted_by_arm"]) < 0.6


def test_the_memory_fills_as_the_text_says(monkeypatch):
    paths = notebook_runs.run_answers(_SLUG, monkeypatch)["paths"]
    steps = {momentum: np.abs(np.diff(path[100:, 0])).mean() for momentum, path in paths.items()}
    assert steps[0.5] > 3 * steps[0.1] > 9 * steps[0.02]
    assert abs(paths[0.5][9, 0] - 3) < 1 < abs(paths[0.02][9, 0] - 3)


def test_the_fused_network_gives_the_same(monkeypatch):
    names = notebook_runs.run_answers(_SLUG, monkeypatch)
    np.testing.assert_allclose(names["without_layer"], names["with_layer"], atol=1e-10)
    assert names["numbers"] == [291, 195]


def _forward(change):
    """Change what the right forward pass returns, in the mode that it ran in."""

    def batch_norm_forward(x, gamma, beta, mean, var, *, training, momentum=0.1, eps=1e-5):
        found = _REFERENCE.batch_norm_forward(
            x, gamma, beta, mean, var, training=training, momentum=momentum, eps=eps
        )
        given = {"x": x, "gamma": gamma, "beta": beta, "mean": mean, "var": var}
        return change(found, training, given, momentum, eps)

    return batch_norm_forward


def _averages(mix):
    """Move the running averages in training by a rule of one's own."""

    def change(found, training, given, momentum, eps):
        if not training:
            return found
        return *found[:2], *mix(given["x"], given["mean"], given["var"], momentum)

    return _forward(change)


def _changed_in_place(x, mean, var, momentum):
    mean *= 1 - momentum
    mean += momentum * x.mean(axis=0)
    return mean, (1 - momentum) * var + momentum * x.var(axis=0)


def _at_test_time(run):
    def change(found, training, given, momentum, eps):
        return found if training else run(found, given, momentum, eps)

    return _forward(change)


def _by_the_batch(found, given, momentum, eps):
    out, cache, *_ = _REFERENCE.batch_norm_forward(*given.values(), training=True, eps=eps)
    return out, cache, given["mean"], given["var"]


def _without_eps(found, given, momentum, eps):
    out, cache, *_ = _REFERENCE.batch_norm_forward(*given.values(), training=False, eps=0.0)
    return out, cache, given["mean"], given["var"]


def _and_learns(found, given, momentum, eps):
    new = (1 - momentum) * given["mean"] + momentum * given["x"].mean(axis=0)
    return *found[:2], new, given["var"]


def _any_shapes(x, gamma, beta, mean, var, **options):
    four = [np.broadcast_to(each, x.shape[1:]).copy() for each in (gamma, beta, mean, var)]
    return _REFERENCE.batch_norm_forward(x, *four, **options)


def _gradients(change):
    def batch_norm_backward(dout, cache):
        training, x_hat, gamma, std = cache
        found = _REFERENCE.batch_norm_backward(dout, cache)
        return change(*found, dout=dout, training=training, x_hat=x_hat, gamma=gamma, std=std)

    return batch_norm_backward


def _as_in_training(dx, dgamma, dbeta, *, dout, training, x_hat, gamma, std):
    if not training:
        through = dout - dout.mean(axis=0) - x_hat * (dout * x_hat).mean(axis=0)
        dx = gamma * through / std
    return dx, dgamma, dbeta


def _as_at_test_time(dx, dgamma, dbeta, *, dout, training, x_hat, gamma, std):
    return gamma * dout / std, dgamma, dbeta


def _raw(dx, dgamma, dbeta, *, dout, training, x_hat, gamma, std):
    return dx, dgamma if training else (dout * x_hat * std).sum(axis=0), dbeta


def _fused(function, change):
    def fuse(weight, bias, gamma, beta, mean, var, *, eps=1e-5):
        found = getattr(_REFERENCE, function)(weight, bias, gamma, beta, mean, var, eps=eps)
        scale = gamma / np.sqrt(var + eps)
        return change(*found, weight=weight, bias=bias, beta=beta, mean=mean, scale=scale)

    return fuse


def _linear(change):
    return _fused("fuse_linear_batch_norm", change)


def _conv(change):
    return _fused("fuse_conv_batch_norm", change)


def _edit(new_weight, new_bias, *, weight, bias, beta, mean, scale):
    weight[...] = new_weight
    return weight, new_bias


def _dropped(new_weight, new_bias, *, weight, bias, beta, mean, scale):
    return new_weight, beta if bias is None else new_bias


def _linear_of_any_shapes(weight, bias, gamma, *others, eps=1e-5):
    wide = np.broadcast_to(gamma, weight.shape[1:])
    return _REFERENCE.fuse_linear_batch_norm(weight, bias, wide, *others, eps=eps)


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "momentum the other way round": Wrong(
        "batch_norm_forward",
        _averages(
            lambda x, mean, var, m: (
                m * mean + (1 - m) * x.mean(axis=0),
                m * var + (1 - m) * x.var(axis=0),
            )
        ),
        "check_training",
        ("running_mean after the first batch", "Which one is momentum?"),
    ),
    "standard deviations averaged": Wrong(
        "batch_norm_forward",
        _averages(
            lambda x, mean, var, m: (
                (1 - m) * mean + m * x.mean(axis=0),
                (1 - m) * var + m * x.std(axis=0),
            )
        ),
        "check_training",
        ("running_var after the first batch", "no root, no eps"),
    ),
    "divided by N - 1": Wrong(
        "batch_norm_forward",
        _averages(
            lambda x, mean, var, m: (
                (1 - m) * mean + m * x.mean(axis=0),
                (1 - m) * var + m * x.var(axis=0, ddof=1),
            )
        ),
        "check_training",
        ("running_var after the first batch", "divided by N"),
    ),
    "averages not moved": Wrong(
        "batch_norm_forward",
        _averages(lambda x, mean, var, m: (mean, var)),
        "check_training",
        ("running_mean after the first batch",),
    ),
    "momentum fixed": Wrong(
        "batch_norm_forward",
        _averages(
            lambda x, mean, var, m: (
                0.75 * mean + 0.25 * x.mean(axis=0),
                0.75 * var + 0.25 * x.var(axis=0),
            )
        ),
        "check_training",
        ("when momentum is not named", "Do you use the argument momentum?"),
    ),
    "started anew with each batch": Wrong(
        "batch_norm_forward",
        _averages(lambda x, mean, var, m: (m * x.mean(axis=0), 1 - m + m * x.var(axis=0))),
        "check_training",
        ("after the second batch", "comes in as an argument"),
    ),
    "averages written into the caller's arrays": Wrong(
        "batch_norm_forward",
        _averages(_changed_in_place),
        "check_training",
        ("changed its argument running_mean",),
    ),
    "normalized by the averages in training": Wrong(
        "batch_norm_forward",
        _forward(
            lambda found, training, given, momentum, eps: (
                *_REFERENCE.batch_norm_forward(*given.values(), training=False, eps=eps)[:2],
                *found[2:],
            )
        ),
        "check_training",
        ("column 0 of out", "are those of the batch"),
    ),
    "shapes not compared": Wrong(
        "batch_norm_forward",
        _any_shapes,
        "check_training",
        ("running_mean (1,)", "expected: a ValueError"),
    ),
    "two results": Wrong(
        "batch_norm_forward",
        _forward(lambda found, *_: found[:2]),
        "check_training",
        ("came: tuple of 2", "four things"),
    ),
    "normalized by the batch at test time": Wrong(
        "batch_norm_forward",
        _at_test_time(_by_the_batch),
        "check_test_time",
        ("out for one sample", "that is training"),
    ),
    "averages moved at test time": Wrong(
        "batch_norm_forward",
        _at_test_time(_and_learns),
        "check_test_time",
        ("running_mean after a call at test time", "stays what it is"),
    ),
    "no eps at test time": Wrong(
        "batch_norm_forward",
        _at_test_time(_without_eps),
        "check_test_time",
        ("and eps = 5", "eps is missing"),
    ),
    "one way back, that of test time": Wrong(
        "batch_norm_backward",
        _gradients(_as_at_test_time),
        "check_back_training",
        ("dx in training", "all three terms"),
    ),
    "dgamma not weighed": Wrong(
        "batch_norm_backward",
        _gradients(lambda dx, dgamma, dbeta, **_: (dx, dbeta, dbeta)),
        "check_back_training",
        ("dgamma in training", "weigh dout"),
    ),
    "one way back, that of training": Wrong(
        "batch_norm_backward",
        _gradients(_as_in_training),
        "check_back_test",
        ("dx at test time", "no longer depend on x"),
    ),
    "dgamma from distances at test time": Wrong(
        "batch_norm_backward",
        _gradients(_raw),
        "check_back_test",
        ("dgamma at test time", "Weigh dout with it"),
    ),
    "bias not scaled": Wrong(
        "fuse_linear_batch_norm",
        _linear(
            lambda w, b, *, weight, bias, beta, mean, scale: (
                w,
                (0 if bias is None else bias) - mean * scale + beta,
            )
        ),
        "check_fuse_linear",
        ("the bias, with bias [1, 10]", "The bias is multiplied"),
    ),
    "beta scaled too": Wrong(
        "fuse_linear_batch_norm",
        _linear(lambda w, b, *, weight, bias, beta, mean, scale: (w, b + beta * (scale - 1))),
        "check_fuse_linear",
        ("the bias, with bias [1, 10]", "and beta is not"),
    ),
    "missing bias drops the mean": Wrong(
        "fuse_linear_batch_norm",
        _linear(_dropped),
        "check_fuse_linear",
        ("bias=None", "a missing bias counts as 0"),
    ),
    "missing bias stays missing": Wrong(
        "fuse_linear_batch_norm",
        _linear(lambda w, b, *, weight, bias, beta, mean, scale: (w, None if bias is None else b)),
        "check_fuse_linear",
        ("bias=None", "came: None"),
    ),
    "one gamma for all outputs accepted": Wrong(
        "fuse_linear_batch_norm",
        _linear_of_any_shapes,
        "check_fuse_linear",
        ("gamma (1,)", "expected: a ValueError"),
    ),
    "weights edited": Wrong(
        "fuse_linear_batch_norm",
        _linear(_edit),
        "check_fuse_linear",
        ("changed its argument weight",),
    ),
    "filters scaled along C_in": Wrong(
        "fuse_conv_batch_norm",
        _conv(
            lambda w, b, *, weight, bias, beta, mean, scale: (
                weight * scale[None, :, None, None] if weight.shape[1] == len(scale) else w,
                b,
            )
        ),
        "check_fuse_conv",
        ("the weight, with weight (2, 2, 1, 2)", "filter 0, with both its channels"),
    ),
    "filters scaled along the columns": Wrong(
        "fuse_conv_batch_norm",
        _conv(
            lambda w, b, *, weight, bias, beta, mean, scale: (
                weight * scale if weight.shape[3] == len(scale) else w,
                b,
            )
        ),
        "check_fuse_conv",
        ("the weight, with weight (2, 2, 1, 2)", "is multiplied by 2"),
    ),
    "missing bias of a convolution drops the mean": Wrong(
        "fuse_conv_batch_norm",
        _conv(_dropped),
        "check_fuse_conv",
        ("bias=None", "a missing bias counts as 0"),
    ),
    "filters edited": Wrong(
        "fuse_conv_batch_norm",
        _conv(_edit),
        "check_fuse_conv",
        ("changed its argument weight",),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped(_SLUG, monkeypatch, WRONG[mistake])
