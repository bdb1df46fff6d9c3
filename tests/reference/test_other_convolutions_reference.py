import doctest
import runpy
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import scipy.signal

from solutions import gradients, other_convolutions
from solutions.padding import conv2d_backward, conv2d_forward

_MAKER = Path(__file__).with_name("make_torch_answers_other_convolutions.py")
TORCH = SimpleNamespace(**runpy.run_path(str(_MAKER)))
LAYERS = ("conv1x1", "conv1d", "conv3d", "dilated_conv2d", "depthwise_conv2d", "conv_transpose2d")
WITH_BACKWARD = [case for case in TORCH.CASES if case[0] != "conv_transpose2d"]


@pytest.fixture
def rng(request):
    return np.random.default_rng(list(request.node.name.encode()))


def forward(layer, *arguments, **settings):
    return getattr(other_convolutions, f"{layer}_forward")(*arguments, **settings)


def backward(layer, dout, cache):
    return getattr(other_convolutions, f"{layer}_backward")(dout, cache)


def settings_of(case):
    layer, _, _, stride, padding, dilation = case
    settings = {} if layer == "conv1x1" else {"stride": stride, "padding": padding}
    return settings | ({"dilation": dilation} if layer == "dilated_conv2d" else {})


def small(layer, rng, dtype=np.float64):
    """Draw a small x, weight and bias; no two sizes of a layer are equal but those that must be."""
    shapes = {
        "conv1x1": ((2, 3, 4, 5), (6, 3), (6,)),
        "conv1d": ((2, 3, 8), (4, 3, 5), (4,)),
        "conv3d": ((2, 3, 4, 5, 6), (7, 3, 2, 3, 1), (7,)),
        "dilated_conv2d": ((2, 3, 7, 8), (5, 3, 4, 1), (5,)),
        "depthwise_conv2d": ((2, 3, 7, 8), (3, 1, 4, 5), (3,)),
        "conv_transpose2d": ((2, 3, 4, 5), (3, 6, 7, 8), (6,)),
    }
    return [rng.standard_normal(shape).astype(dtype) for shape in shapes[layer]]


def assert_close(got, expected, tolerance=1e-12):
    assert got.shape == expected.shape
    assert got.dtype == expected.dtype
    scale = max(1.0, np.abs(expected).max(initial=0.0))
    assert np.abs(got - expected).max(initial=0.0) <= tolerance * scale


# Against PyTorch ------------------------------------------------------------------------------


def assert_agrees_with_torch(case, answers):
    out, cache = forward(case[0], *TORCH.draw(case), **settings_of(case))
    assert_close(out, answers[0])
    if case in WITH_BACKWARD:
        gradients_ = backward(case[0], TORCH.draw_dout(out), cache)
        for got, answer in zip(gradients_, answers[1:], strict=True):
            assert_close(got, answer)


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_stored_torch_oracle_agrees_forward_and_backward(case):
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        assert_agrees_with_torch(case, [stored[TORCH.key(case, name)] for name in TORCH.NAMES])


def test_stored_torch_oracle_is_small_and_holds_every_case():
    assert TORCH.STORED.stat().st_size < 100_000
    with np.load(TORCH.STORED, allow_pickle=False) as stored:
        expected = {TORCH.key(case, name) for case in TORCH.CASES for name in TORCH.NAMES}
        assert set(stored) == expected | {"torch_version"}


@pytest.mark.parametrize("case", TORCH.CASES, ids=str)
def test_live_torch_oracle_agrees_forward_and_backward(case):
    pytest.importorskip("torch", reason="the stored answers stand in for PyTorch")
    assert_agrees_with_torch(case, TORCH.ask_torch(case))


# Against SciPy --------------------------------------------------------------------------------


@pytest.mark.parametrize("layer", ["conv1d", "conv3d"])
@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 1), (3, 2)])
def test_scipy_oracle_agrees_on_one_and_three_axes(rng, layer, stride, padding):
    x, weight, bias = small(layer, rng)
    axes = x.ndim - 2
    padded = np.pad(x, ((0, 0), (0, 0), *((padding, padding),) * axes))
    expected = np.array(
        [
            [
                scipy.signal.correlate(row, kernel, mode="valid", method="direct")[0] + b
                for kernel, b in zip(weight, bias, strict=True)
            ]
            for row in padded
        ]
    )
    expected = expected[:, :, *[slice(None, None, stride)] * axes]
    assert_close(forward(layer, x, weight, bias, stride=stride, padding=padding)[0], expected)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 3), (2, 0), (3, 2)])
def test_scipy_oracle_agrees_on_the_transposed_convolution(rng, stride, padding):
    x, weight, bias = small("conv_transpose2d", rng)
    N, C_in, H, W = x.shape
    spread = np.zeros((N, C_in, (H - 1) * stride + 1, (W - 1) * stride + 1))
    spread[:, :, ::stride, ::stride] = x
    expected = np.array(
        [
            [
                sum(
                    scipy.signal.convolve2d(image[c], weight[c, k], mode="full")
                    for c in range(C_in)
                )
                + bias[k]
                for k in range(len(bias))
            ]
            for image in spread
        ]
    )
    rows, columns = (slice(padding, size - padding) for size in expected.shape[2:])
    out, _ = forward("conv_transpose2d", x, weight, bias, stride=stride, padding=padding)
    assert_close(out, expected[:, :, rows, columns])


# Against central differences -------------------------------------------------------------------


@pytest.mark.parametrize("position", range(3), ids=["dx", "dweight", "dbias"])
@pytest.mark.parametrize("case", WITH_BACKWARD, ids=str)
def test_central_differences_oracle_agrees_on_every_gradient(case, position):
    arguments = TORCH.draw(case)
    out, cache = forward(case[0], *arguments, **settings_of(case))
    dout = TORCH.draw_dout(out)
    gradient = backward(case[0], dout, cache)[position]
    # The layers are linear in each argument, so a step of 1 leaves no truncation error. Moving a
    # dozen numbers is enough: the stored answers of PyTorch cover the others.
    rng = np.random.default_rng(out.size)
    argument = arguments[position]
    for flat in rng.permutation(argument.size)[:12]:
        index = np.unravel_index(flat, argument.shape)
        middle = argument[index]
        argument[index] = middle + 1.0
        ahead = np.sum(forward(case[0], *arguments, **settings_of(case))[0] * dout)
        argument[index] = middle - 1.0
        behind = np.sum(forward(case[0], *arguments, **settings_of(case))[0] * dout)
        argument[index] = middle
        scale = max(1.0, np.abs(gradient).max())
        assert abs((ahead - behind) / 2 - gradient[index]) < 1e-11 * scale


# Laws -----------------------------------------------------------------------------------------


def test_linear_layer_is_an_oracle_at_every_place(rng):
    x, weight, bias = small("conv1x1", rng)
    out, cache = forward("conv1x1", x, weight, bias)
    dout = rng.standard_normal(out.shape)
    rows, drows = (np.moveaxis(each, 1, -1) for each in (x, dout))
    expected, linear_cache = gradients.linear_forward(rows.reshape(-1, 3), weight.T, bias)
    assert_close(out, np.moveaxis(expected.reshape(*rows.shape[:3], 6), -1, 1))
    dx, dweight, dbias = gradients.linear_backward(drows.reshape(-1, 6), linear_cache)
    for got, right in zip(
        backward("conv1x1", dout, cache),
        (np.moveaxis(dx.reshape(rows.shape), -1, 1), dweight.T, dbias),
        strict=True,
    ):
        assert_close(got, right)


def as_conv2d(layer, weight, dilation=1):
    """Give the weight of the ordinary convolution that does the same."""
    if layer == "conv1x1":
        return weight[:, :, None, None]
    if layer == "depthwise_conv2d":
        whole = np.zeros((len(weight), len(weight), *weight.shape[2:]))
        whole[range(len(weight)), range(len(weight))] = weight[:, 0]
        return whole
    kH, kW = (dilation * (size - 1) + 1 for size in weight.shape[2:])
    whole = np.zeros((*weight.shape[:2], kH, kW))
    whole[:, :, ::dilation, ::dilation] = weight
    return whole


@pytest.mark.parametrize(
    ("layer", "dilation"), [("conv1x1", 1), ("depthwise_conv2d", 1), ("dilated_conv2d", 2)]
)
def test_conv2d_is_an_oracle_with_the_weight_that_does_the_same(rng, layer, dilation):
    x, weight, bias = small(layer, rng)
    settings = {"dilation": dilation} if dilation > 1 else {}
    if layer != "conv1x1":
        settings["padding"] = 2
    whole = as_conv2d(layer, weight, dilation)
    expected, conv_cache = conv2d_forward(x, whole, bias, padding=settings.get("padding", 0))
    out, cache = forward(layer, x, weight, bias, **settings)
    assert_close(out, expected)
    dout = rng.standard_normal(out.shape)
    right = conv2d_backward(dout, conv_cache)
    got = backward(layer, dout, cache)
    assert_close(got[0], right[0])
    assert_close(got[2], right[2])
    # Of the weight's gradient only what the layer has as a parameter counts.
    kept = whole != 0
    np.testing.assert_allclose(as_conv2d(layer, got[1], dilation)[kept], right[1][kept])


@pytest.mark.parametrize("padding", [0, 2])
def test_conv2d_on_images_of_one_row_is_an_oracle_for_conv1d(rng, padding):
    x, weight, bias = small("conv1d", rng)
    out, _ = forward("conv1d", x, weight, bias, padding=padding)
    wide = np.pad(x, ((0, 0), (0, 0), (padding, padding)))[:, :, None]
    assert_close(out[:, :, None], conv2d_forward(wide, weight[:, :, None], bias)[0])


def test_conv2d_slice_by_slice_is_an_oracle_for_a_conv3d_of_depth_one(rng):
    x, weight, bias = small("conv3d", rng)
    weight = weight[:, :, :1]
    out, _ = forward("conv3d", x, weight, bias)
    for d in range(x.shape[2]):
        assert_close(out[:, :, d], conv2d_forward(x[:, :, d], weight[:, :, 0], bias)[0])


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (1, 2), (2, 1), (3, 2)])
def test_transposed_convolution_is_the_adjoint_of_convolution(rng, stride, padding):
    _, weight, bias = small("conv_transpose2d", rng)
    C_small, C_large, kH, kW = weight.shape
    H, W = 3 * stride + kH - 2 * padding, 4 * stride + kW - 2 * padding
    x = rng.standard_normal((2, C_large, H, W))
    small_maps, _ = forward(
        "dilated_conv2d", x, weight, np.zeros(C_small), stride=stride, padding=padding
    )
    y = rng.standard_normal(small_maps.shape)
    large, _ = forward("conv_transpose2d", y, weight, 0 * bias, stride=stride, padding=padding)
    assert large.shape == x.shape
    assert np.sum(small_maps * y) == pytest.approx(np.sum(x * large), rel=1e-12)


@pytest.mark.parametrize(("stride", "padding"), [(1, 0), (2, 1), (3, 2)])
def test_conv2d_backward_is_an_oracle_for_the_transposed_convolution(rng, stride, padding):
    y, weight, bias = small("conv_transpose2d", rng)
    out, _ = forward("conv_transpose2d", y, weight, bias, stride=stride, padding=padding)
    _, cache = forward(
        "dilated_conv2d", np.zeros_like(out), weight, np.zeros(3), stride=stride, padding=padding
    )
    dx, _, _ = backward("dilated_conv2d", y, cache)
    assert_close(out, dx + bias[:, None, None])


def test_the_sizes_of_the_notes_come_out(rng):
    x = rng.standard_normal((1, 64, 56, 56)).astype(np.float32)
    weight = rng.standard_normal((32, 64)).astype(np.float32)
    out, _ = forward("conv1x1", x, weight, np.zeros(32, np.float32))
    assert out.shape == (1, 32, 56, 56)


# Types, arguments, errors ----------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("layer", LAYERS)
def test_results_and_gradients_keep_the_type_of_the_arguments(rng, layer, dtype):
    settings = {} if layer == "conv1x1" else {"stride": 2, "padding": 1}
    arguments = small(layer, rng, dtype)
    out, cache = forward(layer, *arguments, **settings)
    assert out.dtype == dtype
    if layer != "conv_transpose2d":
        for gradient, argument in zip(backward(layer, out, cache), arguments, strict=True):
            assert gradient.dtype == dtype
            assert gradient.shape == argument.shape


@pytest.mark.parametrize("layer", LAYERS)
def test_float32_is_as_exact_as_float32_can_be(rng, layer):
    narrow = small(layer, rng, np.float32)
    out, _ = forward(layer, *narrow)
    expected, _ = forward(layer, *(each.astype(np.float64) for each in narrow))
    assert np.abs(out - expected).max() <= 1e-5 * np.abs(expected).max()


@pytest.mark.parametrize("layer", LAYERS)
def test_integers_are_convolved_exactly(rng, layer):
    arguments = [rng.integers(-9, 10, each.shape) for each in small(layer, rng)]
    out, _ = forward(layer, *arguments)
    expected, _ = forward(layer, *(each * 1.0 for each in arguments))
    np.testing.assert_array_equal(out, expected)


@pytest.mark.parametrize("layer", LAYERS)
def test_arguments_are_not_changed_and_a_second_call_gives_the_same(rng, layer):
    arguments = small(layer, rng)
    for each in arguments:
        each.setflags(write=False)  # a write raises
    out, cache = forward(layer, *arguments)
    assert not any(np.shares_memory(out, each) for each in arguments)
    if layer != "conv_transpose2d":
        dout = rng.standard_normal(out.shape)
        dout.setflags(write=False)
        first, second = backward(layer, dout, cache), backward(layer, dout, cache)
        for one, other in zip(first, second, strict=True):
            np.testing.assert_array_equal(one, other)
            assert not np.shares_memory(one, dout)


def zeros(*shapes):
    return [np.zeros(shape) for shape in shapes]


REFUSED = [
    ("conv1x1", zeros((2, 3, 4, 5), (6, 7), (6,)), {}, ("C_in=7", "3 channels")),
    ("conv1x1", zeros((2, 3, 4, 5), (6, 3), (1,)), {}, ("(6,)", "(1,)")),
    ("conv1x1", zeros((2, 3, 4), (6, 3), (6,)), {}, ("(N, C_in, H, W)", "(2, 3, 4)")),
    ("conv1x1", zeros((2, 3, 4, 5), (6, 3, 1, 1), (6,)), {}, ("(C_out, C_in)", "(6, 3, 1, 1)")),
    ("conv1d", zeros((2, 3, 8), (4, 5, 2), (4,)), {}, ("C_in=5", "3 channels")),
    ("conv1d", zeros((2, 3, 8), (4, 3, 2), (1,)), {}, ("(4,)", "(1,)")),
    ("conv1d", zeros((2, 3, 1, 8), (4, 3, 2), (4,)), {}, ("(N, C_in, W)", "(2, 3, 1, 8)")),
    ("conv1d", zeros((2, 3, 8), (4, 3, 1, 2), (4,)), {}, ("(C_out, C_in, K)", "(4, 3, 1, 2)")),
    ("conv1d", zeros((2, 3, 8), (4, 3, 2), (4,)), {"stride": 0}, ("at least 1", "stride=0")),
    ("conv1d", zeros((2, 3, 8), (4, 3, 2), (4,)), {"padding": -1}, ("at least 0", "padding=-1")),
    ("conv1d", zeros((2, 3, 8), (4, 3, 13), (4,)), {"padding": 2}, ("at most 12", "K=13")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 5, 1, 1, 1), (4,)), {}, ("C_in=5", "3 channels")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 1, 1), (1,)), {}, ("(4,)", "(1,)")),
    ("conv3d", zeros((2, 3, 4, 5), (4, 3, 1, 1, 1), (4,)), {}, ("D, H, W", "(2, 3, 4, 5)")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 1), (4,)), {}, ("kD, kH, kW", "(4, 3, 1, 1)")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 1, 1), (4,)), {"stride": 0}, ("stride=0",)),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 1, 1), (4,)), {"padding": -1}, ("padding=-1",)),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 5, 1, 1), (4,)), {}, ("4 x 5 x 6", "kD=5")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 6, 1), (4,)), {}, ("4 x 5 x 6", "kH=6")),
    ("conv3d", zeros((2, 3, 4, 5, 6), (4, 3, 1, 1, 9), (4,)), {"padding": 1}, ("6 x 7 x 8",)),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 7, 1, 1), (6,)), {}, ("C_in=7", "3 channels")),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 3, 1, 1), (1,)), {}, ("(6,)", "(1,)")),
    ("dilated_conv2d", zeros((2, 3, 4), (6, 3, 1, 1), (6,)), {}, ("(2, 3, 4)",)),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 3, 1), (6,)), {}, ("(6, 3, 1)",)),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 3, 1, 1), (6,)), {"stride": 0}, ("stride=0",)),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 3, 1, 1), (6,)), {"dilation": 0}, ("dilation=0",)),
    ("dilated_conv2d", zeros((2, 3, 4, 5), (6, 3, 1, 1), (6,)), {"padding": -1}, ("padding=-1",)),
    (
        "dilated_conv2d",
        zeros((2, 3, 4, 5), (6, 3, 2, 2), (6,)),
        {"dilation": 4},
        ("4 x 5", "5 x 5", "kH=2", "dilation=4"),
    ),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (6, 1, 1, 1), (6,)), {}, ("(3, 1", "(6, 1, 1, 1)")),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 3, 1, 1), (3,)), {}, ("(3, 1", "(3, 3, 1, 1)")),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 1, 1, 1), (1,)), {}, ("(3,)", "(1,)")),
    ("depthwise_conv2d", zeros((2, 3, 4), (3, 1, 1, 1), (3,)), {}, ("(2, 3, 4)",)),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 1, 1), (3,)), {}, ("(3, 1, 1)",)),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 1, 1, 1), (3,)), {"stride": 0}, ("stride=0",)),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 1, 1, 1), (3,)), {"padding": -1}, ("padding=-1",)),
    ("depthwise_conv2d", zeros((2, 3, 4, 5), (3, 1, 5, 1), (3,)), {}, ("4 x 5", "kH=5")),
    ("conv_transpose2d", zeros((2, 3, 4, 5), (6, 3, 1, 1), (3,)), {}, ("C_in=6", "3 channels")),
    ("conv_transpose2d", zeros((2, 3, 4, 5), (3, 6, 1, 1), (3,)), {}, ("(6,)", "(3,)")),
    ("conv_transpose2d", zeros((2, 3, 4), (3, 6, 1, 1), (6,)), {}, ("(2, 3, 4)",)),
    ("conv_transpose2d", zeros((2, 3, 4, 5), (3, 6, 1), (6,)), {}, ("(3, 6, 1)",)),
    ("conv_transpose2d", zeros((2, 3, 4, 5), (3, 6, 1, 1), (6,)), {"stride": 0}, ("stride=0",)),
    ("conv_transpose2d", zeros((2, 3, 4, 5), (3, 6, 1, 1), (6,)), {"padding": -1}, ("padding=-1",)),
    (
        "conv_transpose2d",
        zeros((2, 3, 4, 5), (3, 6, 3, 3), (6,)),
        {"padding": 3},
        ("6 x 7", "padding=3", "0 x 1"),
    ),
]


@pytest.mark.parametrize(("layer", "arguments", "settings", "mentions"), REFUSED)
def test_what_does_not_fit_is_refused_with_what_was_expected_and_what_came(
    layer, arguments, settings, mentions
):
    with pytest.raises(ValueError, match=r"expected|weight has") as caught:
        forward(layer, *arguments, **settings)
    missing = [part for part in mentions if part not in str(caught.value)]
    assert not missing, f"{caught.value}"


def test_examples_in_the_docstrings_run():
    failed, tried = doctest.testmod(other_convolutions)
    assert tried > 0
    assert failed == 0
