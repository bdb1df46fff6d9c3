"""Mistakes in conv2d_cost.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _sizes(x_shape, weight_shape, stride, padding):
    """Read the sizes, refuse misfits, and count the places: N, C_in, C_out, kH kW, H_out, W_out."""
    if len(x_shape) != 4 or len(weight_shape) != 4:
        raise ValueError(f"expected 4 sizes each, got {x_shape} and {weight_shape}")
    N, C_in, H, W = x_shape
    C_out, channels, kH, kW = weight_shape
    if channels != C_in:
        raise ValueError(f"expected {channels} channels, got {C_in}")
    room = H + 2 * padding - kH, W + 2 * padding - kW
    if min(*x_shape, *weight_shape, stride) < 1 or padding < 0 or min(room) < 0:
        raise ValueError(f"the filter {kH} x {kW} does not fit {x_shape} with stride {stride}")
    return N, C_in, C_out, kH * kW, room[0] // stride + 1, room[1] // stride + 1


# There the input's size, divided by the stride, stands for the output's.
@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/ckyrkou/Keras_FLOP_Estimator/issues/2"],
    message="You count one place for each pixel of the input. Products are made where the filter "
    "stops: at the H_out times W_out places of the output.",
)
def cost_by_input_size(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, _, _ = _sizes(x_shape, weight_shape, stride, padding)
    H, W = x_shape[2:]
    return C_out * (C_in * kernel + 1), N * C_out * H * W * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/ckyrkou/Keras_FLOP_Estimator/issues/2"],
    message="You take the input's size over the stride for the output's size. Kernel and padding "
    "change it too: conv_output_size counts the places.",
)
def cost_by_input_over_stride(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, _, _ = _sizes(x_shape, weight_shape, stride, padding)
    H_out, W_out = x_shape[2] // stride, x_shape[3] // stride
    return C_out * (C_in * kernel + 1), N * C_out * H_out * W_out * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/Lyken17/pytorch-OpCounter/issues/8"],
    message="You divide the size of the output by the stride once more. The output is already "
    "that of the strided layer.",
)
def stride_divided_twice(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    places = (H_out // stride) * (W_out // stride)
    return C_out * (C_in * kernel + 1), N * C_out * places * C_in * kernel


# There the question is whether the stride is in it; it is, in the output's size.
@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/sovrasov/flops-counter.pytorch/issues/19"],
    message="You count the places of a layer with a stride of 1. With a stride of S there are "
    "about S times S times fewer, and each place that is not visited costs nothing.",
)
def cost_without_the_stride(x_shape, weight_shape, *, stride=1, padding=0):
    _sizes(x_shape, weight_shape, stride, padding)
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, 1, padding)
    return C_out * (C_in * kernel + 1), N * C_out * H_out * W_out * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/microsoft/nni/pull/4154"],
    message="You count one image. The whole batch is asked for: N images take N times as many "
    "products, with the same parameters.",
)
def batch_forgotten(x_shape, weight_shape, *, stride=1, padding=0):
    _, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * (C_in * kernel + 1), C_out * H_out * W_out * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/dgschwend/netscope/issues/17"],
    message="Your parameters are the weights alone. Each filter has a bias as well, and it is "
    "learned too.",
)
def biases_forgotten(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * C_in * kernel, N * C_out * H_out * W_out * C_in * kernel


# There the network has twice the biases that were asked about.
@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/udacity/sdc-issue-reports/issues/471"],
    message="You count one bias for the whole layer. Each of the C_out filters has its own.",
)
def one_bias_for_all(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * C_in * kernel + 1, N * C_out * H_out * W_out * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/sovrasov/flops-counter.pytorch/issues/73"],
    message="You count a bias for every place of every map. A filter has one bias, which is added "
    "everywhere.",
)
def biases_at_every_place(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    parameters = C_out * (C_in * kernel + H_out * W_out)
    return parameters, N * C_out * H_out * W_out * C_in * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=["https://github.com/keras-team/autokeras/pull/576"],
    message="Your filters have no depth: you count kH times kW weights. A filter extends over all "
    "C_in channels of its input.",
)
def depth_forgotten(x_shape, weight_shape, *, stride=1, padding=0):
    N, _, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * (kernel + 1), N * C_out * H_out * W_out * kernel


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=[
        "https://github.com/ThanatosShinji/onnx-tool/issues/60",
        "https://github.com/facebookresearch/fvcore/issues/102",
    ],
    message="You count the bias among the multiply-adds. Nothing is multiplied for it; here only "
    "products of a weight with a number of the images count.",
)
def bias_among_the_products(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * (C_in * kernel + 1), N * C_out * H_out * W_out * (C_in * kernel + 1)


@misconception(
    "conv2d_cost",
    section="stride-cost",
    cites=[
        "https://github.com/BichenWuUCB/squeezeDet/issues/80",
        "https://github.com/facebookresearch/shumai/pull/139",
    ],
    message="You count each multiplication and each addition, which gives floating point "
    "operations. A multiply-add is one of each together, so there are half as many.",
)
def operations_for_multiply_adds(x_shape, weight_shape, *, stride=1, padding=0):
    N, C_in, C_out, kernel, H_out, W_out = _sizes(x_shape, weight_shape, stride, padding)
    return C_out * (C_in * kernel + 1), 2 * N * C_out * H_out * W_out * C_in * kernel
