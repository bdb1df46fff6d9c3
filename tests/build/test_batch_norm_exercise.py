"""The exercise of the chapter batch_norm: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("batch_norm")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "batch_norm")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "one_column": 0,
        "normalize": 6.5,
        "scale_and_shift": 4,
        "identity": 2.5,
        "normalize_backward": 6.5,
        "dgamma_dbeta": 4,
        "dx": 3.5,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (27, 3, 82)
    assert exercise.answers == (
        "normalize_forward",
        "batch_norm_forward",
        "identity_parameters",
        "normalize_backward",
        "batch_norm_backward",
    )


def test_it_learns_with_normalization_and_hardly_without(monkeypatch):
    namespace = notebook_runs.run_answers("batch_norm", monkeypatch)
    assert namespace["within"][-1] < 1e-12
    assert namespace["without"][-1] > 0.5 * namespace["without"][0]
    blown_up = namespace["train"](False, learning_rate=2e-3)  # what the text tells to try
    assert blown_up[-1] > 1e6


def _normalize(mean=np.mean, divisor=None, *, axis=0, **keepdims):
    """Give the forward pass with another mean, or another number to divide by."""

    def normalize_forward(x, *, eps=1e-5):
        _REFERENCE.normalize_forward(x, eps=eps)
        centered = x - mean(x, axis=axis, **keepdims)
        var = np.mean(centered**2, axis=axis, **keepdims)
        std = divisor(var, eps, len(x)) if divisor else np.sqrt(var + eps)
        return centered / std, (centered, std)

    return normalize_forward


def _anything_goes(x, *, eps=1e-5):
    centered = x - x.mean(axis=0)
    std = np.sqrt(x.var(axis=0) + eps)
    return centered / std, (centered, std)


def _in_place(x, *, eps=1e-5):
    x -= x.mean(axis=0)
    x /= np.sqrt(x.var(axis=0) + eps)
    return x, None


def _scale(change):
    """Give the layer with another last line; gamma and beta are refused as they should be."""

    def batch_norm_forward(x, gamma, beta, *, eps=1e-5):
        _, cache = _REFERENCE.batch_norm_forward(x, gamma, beta, eps=eps)
        return change(x, gamma, beta, eps), cache

    return batch_norm_forward


def _x_hat(x, eps=1e-5):
    return _REFERENCE.normalize_forward(x, eps=eps)[0]


def _unchecked(x, gamma, beta, *, eps=1e-5):
    x_hat, cache = _REFERENCE.normalize_forward(x, eps=eps)
    return gamma * x_hat + beta, (x_hat, gamma, cache)


def _gamma_checked(x, gamma, beta, *, eps=1e-5):
    if gamma.shape != x.shape[1:]:
        raise ValueError(f"expected gamma of shape {x.shape[1:]}, got {gamma.shape}")
    return _unchecked(x, gamma, beta, eps=eps)


def _backward(*, power=3, sign=-1.0, by_variance=True, mean=np.mean, count=len, axis=0):
    """Give the way back as the text derives it, with one thing changed."""

    def normalize_backward(dout, cache):
        centered, std = cache
        dvar = np.sum(sign * dout * centered / (2 * std**power), axis=axis)
        dcentered = dout / std
        if by_variance:
            dcentered = dcentered + dvar * 2 * centered / count(centered)
        return dcentered - mean(dcentered, axis=axis)

    return normalize_backward


def _dout_in_place(dout, cache):
    dx = _REFERENCE.normalize_backward(dout, cache)
    dout -= dout.mean(axis=0)
    return dx


def _gradients(**changes):
    """Change the gradients of the layer, each made of dout, x_hat, gamma and the inner cache."""

    def batch_norm_backward(dout, cache):
        gradients = dict(
            zip(
                ("dx", "dgamma", "dbeta"),
                _REFERENCE.batch_norm_backward(dout, cache),
                strict=True,
            )
        )
        gradients |= {name: change(dout, *cache) for name, change in changes.items()}
        return tuple(gradients.values())

    return batch_norm_backward


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "seven numbers by hand in one row": Wrong(
        "by_hand_one_column",
        [5, 4, 0, -1.5, 1.5, -0.5, 0.5],
        "check_one_column",
        ("a number, a number, and a list of five numbers",),
    ),
    "the variance by hand divided by 4": Wrong(
        "by_hand_one_column",
        [5, 5, [0, -1.5, 1.5, -0.5, 0.5]],
        "check_one_column",
        ("the variance: 5 came", "divide by 5"),
    ),
    "divided by the variance by hand": Wrong(
        "by_hand_one_column",
        [5, 4, [0, -0.75, 0.75, -0.25, 0.25]],
        "check_one_column",
        ("normalized number 1: -0.75 came", "this one belongs to 2"),
    ),
    "mean and variance of a sample": Wrong(
        "normalize_forward",
        _normalize(axis=1),
        "check_normalize",
        ("came: shape (5, 5)", "over axis 0, the samples"),
    ),
    "one mean for all columns": Wrong(
        "normalize_forward",
        _normalize(axis=None),
        "check_normalize",
        ("a second column", "a mean and a variance of its own"),
    ),
    "divided by N - 1": Wrong(
        "normalize_forward",
        _normalize(divisor=lambda var, eps, N: np.sqrt(var * N / (N - 1) + eps)),
        "check_normalize",
        ("Do you divide by N",),
    ),
    "divided by the variance": Wrong(
        "normalize_forward",
        _normalize(divisor=lambda var, eps, N: var + eps),
        "check_normalize",
        ("then by its root",),
    ),
    "the mean not subtracted": Wrong(
        "normalize_forward",
        lambda x, *, eps=1e-5: (x / np.sqrt(x.var(axis=0) + eps), None),
        "check_normalize",
        ("the five numbers of the stage by hand",),
    ),
    "an eps of one's own": Wrong(
        "normalize_forward",
        _normalize(divisor=lambda var, eps, N: np.sqrt(var + 1e-5)),
        "check_normalize",
        ("-1.49999", "no other eps than the argument"),
    ),
    "eps outside the root": Wrong(
        "normalize_forward",
        _normalize(divisor=lambda var, eps, N: np.sqrt(var) + eps),
        "check_normalize",
        ("eps is added once, to the variance, before the root",),
    ),
    "eps twice": Wrong(
        "normalize_forward",
        _normalize(divisor=lambda var, eps, N: np.sqrt(var + eps) + eps),
        "check_normalize",
        ("sqrt(4 + 5) = 3",),
    ),
    "x changed": Wrong(
        "normalize_forward",
        _in_place,
        "check_normalize",
        ("changed its argument x", "write into the caller's array"),
    ),
    "no cache": Wrong(
        "normalize_forward", _x_hat, "check_normalize", ("came: ndarray", "x_hat and cache")
    ),
    "a row taken for a batch": Wrong(
        "normalize_forward",
        _anything_goes,
        "check_normalize",
        ("normalize_forward(x) with x (5,)", "came: no error", "under Raises"),
    ),
    "eps not handed on": Wrong(
        "batch_norm_forward",
        _scale(lambda x, gamma, beta, eps: gamma * _x_hat(x, 0.0) + beta),
        "check_scale_and_shift",
        ("eps=5.0", "handed on"),
    ),
    "x scaled and not x_hat": Wrong(
        "batch_norm_forward",
        _scale(lambda x, gamma, beta, eps: gamma * x + beta),
        "check_scale_and_shift",
        ("2 times the normalized numbers plus 30",),
    ),
    "shifted before it is scaled": Wrong(
        "batch_norm_forward",
        _scale(lambda x, gamma, beta, eps: gamma * (_x_hat(x, eps) + beta)),
        "check_scale_and_shift",
        ("2 times the normalized numbers plus 30",),
    ),
    "one gamma for all columns": Wrong(
        "batch_norm_forward",
        _unchecked,
        "check_scale_and_shift",
        ("gamma (1,), beta (2,)", "came: no error", "under Raises"),
    ),
    "one beta for all columns": Wrong(
        "batch_norm_forward",
        _gamma_checked,
        "check_scale_and_shift",
        ("gamma (2,), beta (1,)", "came: no error", "under Raises"),
    ),
    "gamma without eps": Wrong(
        "identity_parameters",
        lambda x, *, eps=1e-5: (x.std(axis=0), x.mean(axis=0)),
        "check_identity",
        ("that is gamma", "came:\n[2.]", "normalize_forward divided by 3"),
    ),
    "gamma is the variance": Wrong(
        "identity_parameters",
        lambda x, *, eps=1e-5: (x.var(axis=0) + eps, x.mean(axis=0)),
        "check_identity",
        ("came:\n[9.]", "normalize_forward divided by 3"),
    ),
    "one gamma for the batch": Wrong(
        "identity_parameters",
        lambda x, *, eps=1e-5: (np.sqrt(x.var() + eps), x.mean()),
        "check_identity",
        ("an array of shape (1,)", "one number for each column"),
    ),
    "beta with the other sign": Wrong(
        "identity_parameters",
        lambda x, *, eps=1e-5: (np.sqrt(x.var(axis=0) + eps), -x.mean(axis=0)),
        "check_identity",
        ("that is beta", "what normalize_forward subtracted"),
    ),
    "mean and variance held constant": Wrong(
        "normalize_backward",
        lambda dout, cache: dout / cache[1],
        "check_normalize_backward",
        ("Is the way through the mean there",),
    ),
    "the mean not divided by N": Wrong(
        "normalize_backward",
        _backward(mean=np.sum),
        "check_normalize_backward",
        ("divided by N = 5",),
    ),
    "the way through the variance left out": Wrong(
        "normalize_backward",
        _backward(by_variance=False),
        "check_normalize_backward",
        ("where dout is 10 for sample 2", "dv is -10 * 3 / (2 * 8)"),
    ),
    "the variance not divided by N": Wrong(
        "normalize_backward",
        _backward(count=lambda _: 1),
        "check_normalize_backward",
        ("dc is 0, 2.25, 2.75, 0.75, -0.75",),
    ),
    "dv with the other sign": Wrong(
        "normalize_backward",
        _backward(sign=1.0),
        "check_normalize_backward",
        ("dv is -10 * 3 / (2 * 8)",),
    ),
    "the square and not the cube": Wrong(
        "normalize_backward",
        _backward(power=2),
        "check_normalize_backward",
        ("dv is -10 * 3 / (2 * 8)",),
    ),
    "N counts all numbers": Wrong(
        "normalize_backward",
        _backward(count=np.size),
        "check_normalize_backward",
        ("against central differences", "is N the number of samples"),
    ),
    "one sum for all columns": Wrong(
        "normalize_backward",
        _backward(axis=None),
        "check_normalize_backward",
        ("against central differences", "over axis 0"),
    ),
    "dout changed": Wrong(
        "normalize_backward",
        _dout_in_place,
        "check_normalize_backward",
        ("changed its argument dout", "makes a new array"),
    ),
    "dbeta averaged": Wrong(
        "batch_norm_backward",
        _gradients(dbeta=lambda dout, *_: dout.mean(axis=0)),
        "check_dgamma_dbeta",
        ("that is dbeta", "add up dout over the samples"),
    ),
    "dgamma and dbeta swapped": Wrong(
        "batch_norm_backward",
        lambda dout, cache: _REFERENCE.batch_norm_backward(dout, cache)[::-1],
        "check_dgamma_dbeta",
        ("that is dbeta", "the order is dx, dgamma, dbeta"),
    ),
    "dgamma of the distances": Wrong(
        "batch_norm_backward",
        _gradients(dgamma=lambda dout, x_hat, gamma, inner: np.sum(dout * inner[0], axis=0)),
        "check_dgamma_dbeta",
        ("that is dgamma", "gamma multiplied the normalized numbers"),
    ),
    "dgamma without x_hat": Wrong(
        "batch_norm_backward",
        _gradients(dgamma=lambda dout, *_: dout.sum(axis=0)),
        "check_dgamma_dbeta",
        ("that is dgamma", "-15 + 150"),
    ),
    "dgamma for each sample": Wrong(
        "batch_norm_backward",
        _gradients(dgamma=lambda dout, x_hat, *_: dout * x_hat),
        "check_dgamma_dbeta",
        ("came: shape (5, 1)", "expected: shape (1,)"),
    ),
    "dbeta the same for all columns": Wrong(
        "batch_norm_backward",
        _gradients(dbeta=lambda dout, *_: np.full(dout.shape[1], dout.sum())),
        "check_dgamma_dbeta",
        ("dbeta with x (6, 4)", "Does every column keep its own sum"),
    ),
    "two gradients only": Wrong(
        "batch_norm_backward",
        lambda dout, cache: _REFERENCE.batch_norm_backward(dout, cache)[1:],
        "check_dgamma_dbeta",
        ("a tuple of three things", "return None, dgamma, dbeta"),
    ),
    "no dx, as the stage before allows": Wrong(
        "batch_norm_backward",
        _gradients(dx=lambda *_: None),
        "check_dx",
        ("came: None", "Is this computed by now"),
    ),
    "no gamma in dx": Wrong(
        "batch_norm_backward",
        _gradients(dx=lambda dout, x_hat, gamma, inner: _REFERENCE.normalize_backward(dout, inner)),
        "check_dx",
        ("Is gamma in it",),
    ),
    "dx through the scale only": Wrong(
        "batch_norm_backward",
        _gradients(dx=lambda dout, x_hat, gamma, inner: dout * gamma),
        "check_dx",
        ("three times what normalize_backward gave",),
    ),
    "the first gamma for all columns": Wrong(
        "batch_norm_backward",
        _gradients(
            dx=lambda dout, x_hat, gamma, inner: _REFERENCE.normalize_backward(
                dout * gamma[0], inner
            )
        ),
        "check_dx",
        ("against central differences", "its own gamma"),
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("batch_norm", monkeypatch, WRONG[mistake])


def test_the_backward_pass_as_the_text_derives_it_passes(monkeypatch):
    notebook_runs.run_answers("batch_norm", monkeypatch, normalize_backward=_backward())
