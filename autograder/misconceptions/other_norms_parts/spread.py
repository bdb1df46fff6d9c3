"""Mistakes in what a set of numbers is divided by: eps, the variance, the root.

They are as likely in each of the three layers, so each stands here three times.
The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_parameters(x, gamma, beta):
    C = x.shape[1]
    if gamma.shape != (C,) or beta.shape != (C,):
        raise ValueError(f"expected gamma and beta ({C},), got {gamma.shape} and {beta.shape}")


def _layer(x, gamma, beta, divisor):
    if x.ndim != 2 or x.shape[1] == 0:
        raise ValueError(f"expected x (N, D), got {x.shape}")
    _refuse_parameters(x, gamma, beta)
    mean = x.mean(axis=1, keepdims=True)
    return gamma * (x - mean) / divisor + beta, (x, mean, divisor, gamma)


def _maps(x, num_groups, gamma, beta, divide):
    """Normalize groups of channels; with None, every map."""
    if x.ndim != 4 or x[0].size == 0:
        raise ValueError(f"expected x (N, C, H, W), got {x.shape}")
    if num_groups is not None and (num_groups < 1 or x.shape[1] % num_groups):
        raise ValueError(f"{num_groups} groups do not divide {x.shape[1]} channels")
    _refuse_parameters(x, gamma, beta)
    axes = (2, 3)
    numbers = x
    if num_groups is not None:
        axes = 2
        numbers = x.reshape(len(x), num_groups, -1)
    mean = numbers.mean(axis=axes, keepdims=True)
    divisor = divide(numbers, axes)
    scale, shift = gamma[:, np.newaxis, np.newaxis], beta[:, np.newaxis, np.newaxis]
    out = scale * ((numbers - mean) / divisor).reshape(x.shape) + shift
    return out, (numbers, mean, divisor, scale)


# eps outside the root -------------------------------------------------------------------------

_OUTSIDE = (
    "You add eps to the standard deviation, outside the root. It belongs to the variance: "
    "sqrt(var + eps). With a tiny variance the two differ a lot."
)


@misconception(
    "layer_norm_forward",
    section="other_norms-eps",
    cites=[
        "https://github.com/hkproj/pytorch-transformer/pull/31",
        "https://github.com/codertimo/BERT-pytorch/issues/30",
    ],
    message=_OUTSIDE,
)
def layer_eps_outside(x, gamma, beta, *, eps=1e-5):
    return _layer(x, gamma, beta, x.std(axis=-1, keepdims=True) + eps)


# There in group normalization, as below.
@misconception(
    "instance_norm2d_forward",
    section="other_norms-eps",
    cites=["https://github.com/taokong/group_normalization/issues/1"],
    message=_OUTSIDE,
)
def instance_eps_outside(x, gamma, beta, *, eps=1e-5):
    return _maps(x, None, gamma, beta, lambda n, axes: n.std(axis=axes, keepdims=True) + eps)


@misconception(
    "group_norm2d_forward",
    section="other_norms-eps",
    cites=["https://github.com/taokong/group_normalization/issues/1"],
    message=_OUTSIDE,
)
def group_eps_outside(x, num_groups, gamma, beta, *, eps=1e-5):
    return _maps(x, num_groups, gamma, beta, lambda n, axes: n.std(axis=axes, keepdims=True) + eps)


# No eps ---------------------------------------------------------------------------------------

_NO_EPS = (
    "eps takes no part in your result. It is added to the variance before the root is taken; "
    "without it, numbers that are all equal give 0 divided by 0."
)
_NO_EPS_CITES = [
    "https://github.com/deeplearning4j/deeplearning4j/issues/8241",
    "https://github.com/VeriSilicon/TIM-VX/pull/589",
]


@misconception(
    "layer_norm_forward", section="other_norms-eps", cites=_NO_EPS_CITES, message=_NO_EPS
)
def layer_no_eps(x, gamma, beta, *, eps=1e-5):
    return _layer(x, gamma, beta, x.std(axis=-1, keepdims=True))


# There in layer normalization, as above.
@misconception(
    "instance_norm2d_forward", section="other_norms-eps", cites=_NO_EPS_CITES, message=_NO_EPS
)
def instance_no_eps(x, gamma, beta, *, eps=1e-5):
    return _maps(x, None, gamma, beta, lambda n, axes: n.std(axis=axes, keepdims=True))


# There the advice for a normalization that gave NaN, with a look at group normalization.
@misconception(
    "group_norm2d_forward",
    section="other_norms-eps",
    cites=["https://github.com/facebookresearch/fastMRI/issues/139"],
    message=_NO_EPS,
)
def group_no_eps(x, num_groups, gamma, beta, *, eps=1e-5):
    return _maps(x, num_groups, gamma, beta, lambda n, axes: n.std(axis=axes, keepdims=True))


# eps twice ------------------------------------------------------------------------------------

_TWICE = (
    "You add eps twice: to the variance, and once more to the root. One of the two is enough, and "
    "the one that belongs there is inside: sqrt(var + eps)."
)
# There both stood under the root.
_TWICE_CITES = ["https://github.com/flagos-ai/FlagGems/pull/4955"]


@misconception("layer_norm_forward", section="other_norms-eps", cites=_TWICE_CITES, message=_TWICE)
def layer_eps_twice(x, gamma, beta, *, eps=1e-5):
    return _layer(x, gamma, beta, np.sqrt(x.var(axis=-1, keepdims=True) + eps) + eps)


@misconception(
    "instance_norm2d_forward", section="other_norms-eps", cites=_TWICE_CITES, message=_TWICE
)
def instance_eps_twice(x, gamma, beta, *, eps=1e-5):
    return _maps(
        x, None, gamma, beta, lambda n, axes: np.sqrt(n.var(axis=axes, keepdims=True) + eps) + eps
    )


@misconception(
    "group_norm2d_forward", section="other_norms-eps", cites=_TWICE_CITES, message=_TWICE
)
def group_eps_twice(x, num_groups, gamma, beta, *, eps=1e-5):
    def root(n, axes):
        return np.sqrt(n.var(axis=axes, keepdims=True) + eps) + eps

    return _maps(x, num_groups, gamma, beta, root)


# ddof = 1 -------------------------------------------------------------------------------------

_UNBIASED = (
    "Your variance divides by one less than the count of numbers, as ddof=1 does. Here it divides "
    "by the count itself: it is the variance of these numbers, not an estimate for others."
)


@misconception(
    "layer_norm_forward",
    section="other_norms-layer",
    cites=[
        "https://github.com/harvardnlp/annotated-transformer/pull/119",
        "https://github.com/allenai/allennlp/pull/953",
    ],
    message=_UNBIASED,
)
def layer_ddof_1(x, gamma, beta, *, eps=1e-5):
    return _layer(x, gamma, beta, np.sqrt(x.var(axis=-1, keepdims=True, ddof=1) + eps))


@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=["https://github.com/LBANN/lbann/pull/2024"],
    message=_UNBIASED,
)
def instance_ddof_1(x, gamma, beta, *, eps=1e-5):
    def root(n, axes):
        return np.sqrt(n.var(axis=axes, keepdims=True, ddof=1) + eps)

    return _maps(x, None, gamma, beta, root)


# There in the formula by which somebody judged a library.
@misconception(
    "group_norm2d_forward",
    section="other_norms-group",
    cites=["https://github.com/pytorch/pytorch/issues/22617"],
    message=_UNBIASED,
)
def group_ddof_1(x, num_groups, gamma, beta, *, eps=1e-5):
    def root(n, axes):
        return np.sqrt(n.var(axis=axes, keepdims=True, ddof=1) + eps)

    return _maps(x, num_groups, gamma, beta, root)


# Other spreads --------------------------------------------------------------------------------


@misconception(
    "layer_norm_forward",
    section="other_norms-layer",
    cites=["https://github.com/131250208/TPlinker-joint-extraction/issues/37"],
    message="You square the variance where its square root was meant: (var + eps) ** 2 instead of "
    "(var + eps) ** 0.5.",
)
def layer_square_for_root(x, gamma, beta, *, eps=1e-5):
    return _layer(x, gamma, beta, (x.var(axis=-1, keepdims=True) + eps) ** 2)


@misconception(
    "instance_norm2d_forward",
    section="other_norms-instance",
    cites=["https://github.com/znxlwm/UGATIT-pytorch/issues/30"],
    message="You take the variance over one axis, and then the variance of these variances. Means "
    "of means are the mean of all, but with variances that is not so: name both axes at once.",
)
def instance_variance_of_variances(x, gamma, beta, *, eps=1e-5):
    def root(n, axes):
        return np.sqrt(n.var(axis=2, keepdims=True).var(axis=3, keepdims=True) + eps)

    return _maps(x, None, gamma, beta, root)
