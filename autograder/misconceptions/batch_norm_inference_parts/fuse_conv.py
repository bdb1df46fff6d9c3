"""Mistakes in fuse_conv_batch_norm.

The comment above an entry says where its cited case differs from it, if it does.
What an entry is not about comes out right.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(weight, bias, *arrays):
    if weight.ndim != 4:
        raise ValueError(f"expected a weight of 4 axes, got {weight.shape}")
    expected = (weight.shape[0],)
    shapes = [each.shape for each in (bias, *arrays) if each is not None]
    if any(shape != expected for shape in shapes):
        raise ValueError(f"expected arrays of shape {expected}, got {shapes}")


@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=[
        "https://github.com/ultralytics/yolov3/issues/807",
        "https://github.com/vlfeat/matconvnet/issues/772",
    ],
    message="The bias of the convolution is not scaled in yours. It is part of what goes into the "
    "normalization, so it is multiplied like the weights: (bias - mean) times the scale, plus "
    "beta.",
)
def conv_bias_not_scaled(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale[:, None, None, None], bias - running_mean * scale + beta


@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=["https://github.com/tenstorrent/tt-metal/pull/5317"],
    message="Where the convolution has no bias, yours is zeros. The running mean and "
    "beta are still there: the merged convolution always has a bias, that of a bias of zeros.",
)
def conv_missing_bias_drops_the_shift(
    weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5
):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    fused_bias = np.zeros_like(beta)
    if bias is not None:
        fused_bias = (bias - running_mean) * scale + beta
    return weight * scale[:, None, None, None], fused_bias


# There the model's converter had added it before.
@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=["https://github.com/Tencent/ncnn/issues/303"],
    message="You divide without eps. The normalization adds it to the running variance, so the "
    "fusion has to do the same, or the two differ where a variance is small.",
)
def conv_fused_without_eps(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var)
    return weight * scale[:, None, None, None], (bias - running_mean) * scale + beta


# There in the documentation of the layer.
@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=["https://github.com/tensorflow/tensorflow/issues/47608"],
    message="You divide by the variance instead of its square root. What is remembered is a "
    "variance; the normalization divides by the root of it and eps.",
)
def conv_fused_with_variance(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / (running_var + eps)
    return weight * scale[:, None, None, None], (bias - running_mean) * scale + beta


# There in transposed convolutions, the other way round.
@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=[
        "https://github.com/ultralytics/ultralytics/pull/25364",
        "https://github.com/chr5tphr/zennit/pull/71",
    ],
    message="You scale along C_in, the channels of the image. weight is (C_out, C_in, kH, kW): "
    "the normalization comes after the convolution, so its numbers belong to the filters, the "
    "first axis.",
)
def conv_scaled_along_channels_in(
    weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5
):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale[None, :, None, None], (bias - running_mean) * scale + beta


# There it is asked what these axes of length 1 are for.
@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-fusion-conv",
    cites=["https://github.com/ml-explore/mlx/pull/217"],
    message="NumPy aligns shapes at the last axis, so weight * scale multiplies along the columns "
    "of the filters. Give the scale three axes of length 1 behind its own.",
)
def conv_scaled_along_columns(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale, (bias - running_mean) * scale + beta


@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-traps",
    cites=[
        "https://github.com/intel/ipex-llm/pull/2839",
        "https://github.com/open-mmlab/mmcv/pull/382",
    ],
    message="You change the network's own filters: `weight *= ...` writes into the caller's "
    "array. Fused twice, they would be scaled twice. Make a new array.",
)
def conv_filters_edited_in_place(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    _refuse_misfits(weight, bias, gamma, beta, running_mean, running_var)
    scale = gamma / np.sqrt(running_var + eps)
    weight *= scale[:, None, None, None]
    return weight, (0 if bias is None else bias) * scale - running_mean * scale + beta


# There in the layer itself.
@misconception(
    "fuse_conv_batch_norm",
    section="batch_norm_inference-traps",
    cites=["https://github.com/torch/nn/pull/777"],
    message="Arrays that do not fit are accepted: NumPy stretches one number over all filters. "
    "Compare the axes of weight and the shape of each of the five other arrays first, and raise a "
    "ValueError that says what was expected and what came.",
)
def conv_shapes_not_compared(weight, bias, gamma, beta, running_mean, running_var, *, eps=1e-5):
    bias = np.zeros_like(running_mean) if bias is None else bias
    scale = gamma / np.sqrt(running_var + eps)
    return weight * scale[:, None, None, None], (bias - running_mean) * scale + beta
