"""Mistakes in fuse_linear_batch_norm.

The comment above an entry says where its cited case differs from it, if it does.
What an entry is not about comes out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(weight, bias, *arrays):
    if weight.ndim != 2:
        raise ValueError(f"expected a weight of 2 axes, got {weight.shape}")
    expected = (weight.shape[1],)
    shapes = [each.shape for each in (bias, *arrays) if each is not None]
    if any(shape != expected for shape in shapes):
        raise ValueError(f"expected arrays of shape {expected}, got {shapes}")


@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=[
        "https://github.com/ultralytics/yolov3/issues/807",
        "https://github.com/vlfeat/matconvnet/issues/772",
    ],
    message="The bias of the linear layer is not scaled in yours. It is part of what goes into "
    "the normalization, so it is multiplied like the weights: (bias - mean) times the scale, plus "
    "beta.",
)
def bias_not_scaled(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, bias - running_mean * scale + beta


@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/tenstorrent/tt-metal/pull/5317"],
    message="Where the linear layer has no bias, you return none either. The running mean and "
    "beta are still there: the merged layer always has a bias, that of a bias of zeros.",
)
def missing_bias_stays_missing(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    if bias is None:
        return weight * scale, None
    return weight * scale, (bias - running_mean) * scale + beta


# There the shift is dropped as well.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/tenstorrent/tt-metal/pull/5317"],
    message="Where the linear layer has no bias, yours is beta alone. The running mean is "
    "subtracted all the same: a missing bias counts as zeros in the whole formula.",
)
def missing_bias_drops_the_mean(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    fused_bias = beta.copy()
    if bias is not None:
        fused_bias = (bias - running_mean) * scale + beta
    return weight * scale, fused_bias


@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/jiazhihao/TASO/pull/47"],
    message="Your bias is that of the linear layer, as if the normalization had no shift. The "
    "running mean is subtracted and beta is added: both end in the bias.",
)
def bias_left_as_it_was(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, bias.copy()


# There the model's converter had added it before.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/Tencent/ncnn/issues/303"],
    message="You divide without eps. The normalization adds it to the running variance, so the "
    "fusion has to do the same, or the two differ where a variance is small.",
)
def fused_without_eps(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var)
    return weight * scale, (bias - running_mean) * scale + beta


# There in the documentation of the layer.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/tensorflow/tensorflow/issues/47608"],
    message="You divide by the variance instead of its square root. What is remembered is a "
    "variance; the normalization divides by the root of it and eps.",
)
def fused_with_variance(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / (running_var + eps)
    return weight * scale, (bias - running_mean) * scale + beta


@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/Tencent/ncnn/pull/311"],
    message="You add eps outside the root. It is added to the running variance, and the root is "
    "taken of the sum, as in the normalization.",
)
def fused_with_eps_outside(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / (np.sqrt(running_var) + eps)
    return weight * scale, (bias - running_mean) * scale + beta


# There the merged formula is said to be wrong, not how.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/NHZlX/Merge_bn_Caffe/issues/8"],
    message="Your beta is multiplied by the scale. It is added last, after the division: only "
    "what stands before it, the bias minus the running mean, is multiplied.",
)
def beta_scaled_too(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, (bias - running_mean + beta) * scale


# There none was found in the stored network.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/thtrieu/darkflow/issues/234"],
    message="beta is missing in your bias. It is added to every output at the end, so it is added "
    "to the merged bias.",
)
def beta_forgotten(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, (bias - running_mean) * scale


# There the order of the steps had to be sorted out first.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/sanghoon/pva-faster-rcnn/issues/5"],
    message="The running mean is not scaled in your bias. It is subtracted before the division, "
    "so it is multiplied like the bias: (bias - mean) times the scale.",
)
def mean_not_scaled(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, bias * scale - running_mean + beta


# There beta was missing as well.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/jiazhihao/TASO/pull/47"],
    message="The running mean is missing in your bias. The normalization subtracts it from what "
    "the linear layer gives, so it is subtracted from the bias, before the scale.",
)
def mean_not_subtracted(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, bias * scale + beta


# There the network was trained without it.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/leela-zero/leela-zero/issues/925"],
    message="gamma takes no part in your fusion. The normalization multiplies by gamma and "
    "divides by the root: the scale is gamma over the root.",
)
def gamma_forgotten(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = 1 / np.sqrt(running_var + eps)
    return weight * scale, (bias - running_mean) * scale + beta


# There in a transposed convolution, whose weight has its channels in this order.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-fusion",
    cites=["https://github.com/chr5tphr/zennit/pull/71"],
    message="You multiply the rows of weight, which belong to the inputs. Its shape is (D_in, "
    "D_out): what leads to one output is a column, and the scale has one number for each column.",
)
def scaled_along_inputs(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale[:, np.newaxis], (bias - running_mean) * scale + beta


@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-traps",
    cites=[
        "https://github.com/intel/ipex-llm/pull/2839",
        "https://github.com/open-mmlab/mmcv/pull/382",
    ],
    message="You change the network's own weights: `weight *= scale` writes into the caller's "
    "array. Fused twice, they would be scaled twice. Make a new array: weight * scale.",
)
def weights_edited_in_place(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    weight *= scale
    return weight, (0 if bias is None else bias) * scale - running_mean * scale + beta


# There in images and their mean.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-traps",
    cites=["https://github.com/CODAIT/deep-histopath/pull/9"],
    message="Your merged layer is always float64, because np.zeros makes float64 unless told "
    "otherwise. A layer of float32 stays float32.",
)
def fused_float64(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    start = np.zeros(weight.shape[1]) if bias is None else bias
    return weight * scale, (start - running_mean) * scale + beta


# There in the layer itself.
@misconception(
    "fuse_linear_batch_norm",
    section="batch_norm_inference-traps",
    cites=["https://github.com/torch/nn/pull/777"],
    message="Arrays that do not fit are accepted: NumPy stretches one number over all outputs. "
    "Compare the axes of weight and the shape of each of the five other arrays first, and raise a "
    "ValueError that says what was expected and what came.",
)
def fused_shapes_not_compared(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, (bias - running_mean) * scale + beta
