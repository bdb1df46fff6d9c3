"""The exercise of the chapter padding: what its visible checks tell a learner."""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from notebook_runs import Wrong

_REFERENCE = notebook_runs.reference("padding")


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(notebook_runs.COURSE, "padding")
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "sizes": 0,
        "layers": 3,
        "border": 0,
        "pad": 5,
        "crop": 3,
        "same": 2,
        "conv": 7,
        "parameters": 3.5,
        "dx": 4.5,
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (28, 3, 80)
    assert set(exercise.answers) == set(_REFERENCE.__all__)


def test_same_padding_keeps_the_picture_and_darkens_its_rim(monkeypatch):
    namespace = notebook_runs.run_answers("padding", monkeypatch)
    picture, blurred = namespace["picture"], namespace["blurred"]
    assert blurred[0].shape == (1, 1, 18, 30)
    assert blurred[3].shape == (1, 1, *picture.shape)
    # Away from the border, padding changes nothing.
    np.testing.assert_allclose(blurred[3][:, :, 9:-9, 9:-9], blurred[0])
    assert blurred[3][0, 0, 0].max() < picture[0].min() / 2
    assert blurred[0][0, 0, 0].min() > 0.5


def _counting(shrink, *, fits=lambda size, kernel_size: size >= kernel_size, layers=0):
    """Give a max_conv_layers with some of its steps changed."""

    def max_conv_layers(size, kernel_size):
        if size < 1 or kernel_size < 2:
            raise ValueError(f"got size={size} and kernel_size={kernel_size}")
        found = layers
        while fits(size, kernel_size):
            size -= shrink(kernel_size)
            found += 1
        return found

    return max_conv_layers


def _by_formula(size, kernel_size):
    return (size - 1) // (kernel_size - 1)


def _refusing(error, *, sizes_too=True):
    """Give a max_conv_layers that refuses in another way."""

    def max_conv_layers(size, kernel_size):
        if kernel_size < 2 or (sizes_too and size < 1):
            raise error
        return _by_formula(size, kernel_size)

    return max_conv_layers


def _padding(where, *, sides=2):
    """Give a pad2d_forward that puts the images elsewhere."""

    def pad2d_forward(x, padding):
        N, C, H, W = x.shape
        out = np.zeros((N, C, H + sides * padding, W + sides * padding))
        out[where(H, W, padding)] = x
        return out, (H, W, padding)

    return pad2d_forward


def _padding_by_numpy(*, all_axes=False, mode="constant", least=0):
    """Give a pad2d_forward that calls np.pad, and the reference below the padding `least`."""

    def pad2d_forward(x, padding):
        if padding < least:
            return _REFERENCE.pad2d_forward(x, padding)
        outer = padding if all_axes else 0
        pairs = [(outer, outer)] * 2 + [(padding, padding)] * 2
        return np.pad(x, pairs, mode=mode), (*x.shape[2:], padding)

    return pad2d_forward


def _cropping(where):
    """Give a pad2d_backward that returns a part of dout."""
    return lambda dout, cache: dout[where(*cache)]


def _same(answer, *, refuses=lambda kernel_size: kernel_size < 1 or kernel_size % 2 == 0):
    """Give a same_padding with another formula or other refusals."""

    def same_padding(kernel_size):
        if refuses(kernel_size):
            raise ValueError(f"got kernel_size={kernel_size}")
        return answer(kernel_size)

    return same_padding


def _forward(change):
    """Give a conv2d_forward that changes the reference's output."""

    def conv2d_forward(x, weight, bias, *, padding=0):
        out, cache = _REFERENCE.conv2d_forward(x, weight, bias, padding=padding)
        return change(out, x, weight, bias, padding), cache

    return conv2d_forward


def _bias_inside_only(out, x, weight, bias, padding):
    out = out.copy()
    for side in np.s_[:, :, :padding], np.s_[:, :, :, :padding]:
        out[side] -= bias[:, None, None]
    return out


def _gradients(**changes):
    """Give a conv2d_backward with some of its results changed."""

    def conv2d_backward(dout, cache):
        found = dict(
            zip(("dx", "dweight", "dbias"), _REFERENCE.conv2d_backward(dout, cache), strict=True)
        )
        found |= {name: change(found[name], dout, *cache) for name, change in changes.items()}
        return found["dx"], found["dweight"], found["dbias"]

    return conv2d_backward


def _last_patch_only(dweight, dout, padded, weight, pad_cache):
    kH, kW = weight.shape[2:]
    return np.tensordot(dout[:, :, -1, -1], padded[:, :, -kH:, -kW:], axes=(0, 0))


def _first_image_only(dweight, dout, padded, weight, pad_cache):
    return _REFERENCE.conv2d_backward(dout[:1], (padded[:1], weight, pad_cache))[1]


def _dpadded(dout, padded, weight):
    """Return the padded images' gradient."""
    return _REFERENCE.conv2d_backward(dout, (padded, weight, (*padded.shape[2:], 0)))[0]


def _dx_overwritten(dx, dout, padded, weight, pad_cache):
    dpadded = np.zeros_like(padded)
    kH, kW = weight.shape[2:]
    for i, j in np.ndindex(dout.shape[2:]):
        share = np.tensordot(dout[:, :, i, j], weight, axes=(1, 0))
        dpadded[:, :, i : i + kH, j : j + kW] = share
    return _REFERENCE.pad2d_backward(dpadded, pad_cache)


def _dx_cropped(where):
    """Give a change that takes another part of the padded images' gradient for dx."""

    def change(dx, dout, padded, weight, pad_cache):
        return _dpadded(dout, padded, weight)[where(*pad_cache)]

    return change


# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "sizes that lose the whole filter": Wrong(
        "by_hand_sizes", [12, 8, 4, 0], "check_sizes", ("After 12 comes 8", "4 - 1 of them")
    ),
    "sizes that stop early": Wrong(
        "by_hand_sizes", [12, 9, 6], "check_sizes", ("ends with 6", "one more layer")
    ),
    "sizes that go on": Wrong(
        "by_hand_sizes", [12, 9, 6, 3, 0], "check_sizes", ("goes on after 3", "no further layer")
    ),
    "sizes without the image": Wrong(
        "by_hand_sizes", [9, 6, 3], "check_sizes", ("a list that begins with 12",)
    ),
    "sizes not yet filled in": Wrong(
        "by_hand_sizes", [12, ...], "check_sizes", ("After 12 comes Ellipsis",)
    ),
    "sizes counted": Wrong(
        "max_conv_layers",
        _counting(lambda kernel_size: kernel_size - 1, layers=1),
        "check_layers",
        ("came: 4", "Count the steps, not the sizes"),
    ),
    "no filter as large as its map": Wrong(
        "max_conv_layers",
        _counting(
            lambda kernel_size: kernel_size - 1, fits=lambda size, kernel_size: size > kernel_size
        ),
        "check_layers",
        ("max_conv_layers(7, 3)", "still fits, once"),
    ),
    "the whole filter taken away": Wrong(
        "max_conv_layers",
        _counting(lambda kernel_size: kernel_size),
        "check_layers",
        ("max_conv_layers(7, 3)", "came: 2"),
    ),
    "a fraction of a layer": Wrong(
        "max_conv_layers",
        lambda size, kernel_size: (size - 1) / (kernel_size - 1),
        "check_layers",
        ("came: 3.66", "expected: 3"),
    ),
    "a formula that divides by zero": Wrong(
        "max_conv_layers",
        _by_formula,
        "check_layers",
        ("max_conv_layers(9, 1)", "came: ZeroDivisionError", "expected: a ValueError"),
    ),
    "0 in the error's place": Wrong(
        "max_conv_layers",
        lambda size, kernel_size: _by_formula(size, kernel_size) if kernel_size > 1 else 0,
        "check_layers",
        ("max_conv_layers(9, 1)", "came: no error"),
    ),
    "an error that names no number": Wrong(
        "max_conv_layers",
        _refusing(ValueError("not like that")),
        "check_layers",
        ("not like that", "names the number that came, 1"),
    ),
    "a size below 1 accepted": Wrong(
        "max_conv_layers",
        _refusing(ValueError("kernel_size=1"), sizes_too=False),
        "check_layers",
        ("max_conv_layers(-5, 3)", "came: no error"),
    ),
    "border not yet filled in": Wrong(
        "by_hand_border",
        [[4, ..., ...], [..., ..., ...]],
        "check_border",
        ("by_hand[0][1] is Ellipsis", "[0, 0, 0], [1, 2, 3], [4, 5, 6]"),
    ),
    "border in one flat list": Wrong(
        "by_hand_border", [4, 6, 0, 11, 14, 3], "check_border", ("6 rows", "two rows of three")
    ),
    "without the border by hand": Wrong(
        "by_hand_border", [[11, 14]], "check_border", ("1 rows", "at 3 places into 5")
    ),
    "turned around by hand": Wrong(
        "by_hand_border", [[4, 7, 10], [0, 8, 10]], "check_border", ("by_hand[0][1] is 7",)
    ),
    "a border on two sides": Wrong(
        "pad2d_forward",
        _padding(lambda H, W, P: np.s_[:, :, P:, P:], sides=1),
        "check_pad",
        ("came: shape (1, 1, 3, 4)", "each of the four sides"),
    ),
    "all four axes padded": Wrong(
        "pad2d_forward",
        _padding_by_numpy(all_axes=True),
        "check_pad",
        ("came: shape (3, 3, 4, 5)", "only along height and width"),
    ),
    "the edge repeated": Wrong(
        "pad2d_forward", _padding_by_numpy(mode="edge"), "check_pad", ("14 of 20 numbers",)
    ),
    "images in the corner": Wrong(
        "pad2d_forward",
        _padding(lambda H, W, P: np.s_[:, :, :H, :W]),
        "check_pad",
        ("10 of 20 numbers", "on each of the four sides"),
    ),
    "a border of 1 whatever is asked": Wrong(
        "pad2d_forward",
        lambda x, padding: _REFERENCE.pad2d_forward(x, 1),
        "check_pad",
        ("came: shape (2, 3, 6, 7)", "by 2 on each side"),
    ),
    "the edge repeated far out": Wrong(
        "pad2d_forward",
        _padding_by_numpy(mode="edge", least=2),
        "check_pad",
        ("a border that is not all zeros", "not copies"),
    ),
    "no cache": Wrong(
        "pad2d_forward",
        lambda x, padding: _REFERENCE.pad2d_forward(x, padding)[0],
        "check_pad",
        ("came: ndarray", "out and cache"),
    ),
    "no border taken away": Wrong(
        "pad2d_backward",
        lambda dout, cache: dout,
        "check_crop",
        ("came: shape (1, 1, 4, 5)", "rows 1 and 2"),
    ),
    "a slice that ends at -padding": Wrong(
        "pad2d_backward",
        _cropping(lambda H, W, P: np.s_[:, :, P:-P, P:-P]),
        "check_crop",
        ("with a padding of 0", "ends at -padding"),
    ),
    "a slice that starts at 0": Wrong(
        "pad2d_backward",
        _cropping(lambda H, W, P: np.s_[:, :, :H, :W]),
        "check_crop",
        ("6 of 6 numbers", "columns 1, 2 and 3"),
    ),
    "the border zeroed and kept": Wrong(
        "pad2d_backward",
        lambda dout, cache: _REFERENCE.pad2d_forward(
            _REFERENCE.pad2d_backward(dout, cache), cache[2]
        )[0],
        "check_crop",
        ("came: shape (1, 1, 4, 5)",),
    ),
    "a padding of K - 1": Wrong(
        "same_padding",
        _same(lambda kernel_size: kernel_size - 1),
        "check_same",
        ("same_padding(3)", "two sides to share them"),
    ),
    "half a zero": Wrong(
        "same_padding",
        _same(lambda kernel_size: (kernel_size - 1) / 2),
        "check_same",
        ("came: 0.0", "divide with //"),
    ),
    "an even filter accepted": Wrong(
        "same_padding",
        _same(lambda kernel_size: kernel_size // 2, refuses=lambda kernel_size: kernel_size < 1),
        "check_same",
        ("same_padding(4)", "came: no error"),
    ),
    "a filter below 1 accepted": Wrong(
        "same_padding",
        _same(
            lambda kernel_size: kernel_size // 2, refuses=lambda kernel_size: kernel_size % 2 == 0
        ),
        "check_same",
        ("same_padding(-3)", "came: no error"),
    ),
    "images not padded": Wrong(
        "conv2d_forward",
        lambda x, weight, bias, *, padding=0: _REFERENCE.conv2d_forward(
            x, weight[:, :, : x.shape[2], : x.shape[3]], bias
        ),
        "check_conv",
        ("came: shape (1, 1, 1, 1)", "come from the padded image"),
    ),
    "filters turned around": Wrong(
        "conv2d_forward",
        lambda x, weight, bias, *, padding=0: _REFERENCE.conv2d_forward(
            x, weight[:, :, ::-1, ::-1], bias, padding=padding
        ),
        "check_conv",
        ("5 of 6 numbers", "lie on them as it is"),
    ),
    "bias forgotten": Wrong(
        "conv2d_forward",
        _forward(lambda out, x, weight, bias, padding: out - bias[:, None, None]),
        "check_conv",
        ("with a bias of 10", "every place"),
    ),
    "bias left out at the border": Wrong(
        "conv2d_forward", _forward(_bias_inside_only), "check_conv", ("at the border as well",)
    ),
    "always padded": Wrong(
        "conv2d_forward",
        lambda x, weight, bias, *, padding=1: _REFERENCE.conv2d_forward(
            x, weight, bias, padding=max(padding, 1)
        ),
        "check_conv",
        ("no padding", "at 1 x 2 places"),
    ),
    "out alone returned": Wrong(
        "conv2d_forward",
        lambda *arguments, **options: _REFERENCE.conv2d_forward(*arguments, **options)[0],
        "check_conv",
        ("came: ndarray", "out and cache"),
    ),
    "dweight overwritten": Wrong(
        "conv2d_backward", _gradients(dweight=_last_patch_only), "check_parameters", ("with +=",)
    ),
    "dweight of the first image alone": Wrong(
        "conv2d_backward",
        _gradients(dweight=_first_image_only),
        "check_parameters",
        ("against central differences", "in every image"),
    ),
    "dweight not yet there": Wrong(
        "conv2d_backward",
        _gradients(dx=lambda *_: None, dweight=lambda *_: None),
        "check_parameters",
        ("came: None", "computed by now"),
    ),
    "dbias averaged": Wrong(
        "conv2d_backward",
        _gradients(dbias=lambda dbias, dout, *_: dout.mean(axis=(0, 2, 3))),
        "check_parameters",
        ("dbias, where dout is 1", "take no mean"),
    ),
    "dbias without the border": Wrong(
        "conv2d_backward",
        _gradients(dbias=lambda dbias, dout, *_: dout[:, :, 1:-1, 1:-1].sum(axis=(0, 2, 3))),
        "check_parameters",
        ("that place is at the border",),
    ),
    "gradients in another order": Wrong(
        "conv2d_backward",
        lambda dout, cache: _REFERENCE.conv2d_backward(dout, cache)[::-1],
        "check_parameters",
        ("dbias, where dout is 1", "expected: shape (1,)"),
    ),
    "dx only, as the stage before allows": Wrong(
        "conv2d_backward", _gradients(dx=lambda *_: None), "check_dx", ("came: None",)
    ),
    "dx of the padded images": Wrong(
        "conv2d_backward",
        _gradients(dx=_dx_cropped(lambda H, W, P: np.s_[:])),
        "check_dx",
        ("came: shape (1, 1, 4, 5)", "only 5, 6, 8, 9 met pixels"),
    ),
    "dx from the corner": Wrong(
        "conv2d_backward",
        _gradients(dx=_dx_cropped(lambda H, W, P: np.s_[:, :, :H, :W])),
        "check_dx",
        ("6 of 6 numbers", "lay on the border"),
    ),
    "dx without a border of 1": Wrong(
        "conv2d_backward",
        _gradients(dx=_dx_cropped(lambda H, W, P: np.s_[:, :, 1:-1, 1:-1])),
        "check_dx",
        ("padding 2, against central differences", "on all sides"),
    ),
    "dx that ends at -padding": Wrong(
        "conv2d_backward",
        _gradients(dx=_dx_cropped(lambda H, W, P: np.s_[:, :, P:-P, P:-P])),
        "check_dx",
        ("padding 0, against central differences", "none where padding is 0"),
    ),
    "dx overwritten": Wrong(
        "conv2d_backward", _gradients(dx=_dx_overwritten), "check_dx", ("with +=",)
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    notebook_runs.assert_stopped("padding", monkeypatch, WRONG[mistake])
