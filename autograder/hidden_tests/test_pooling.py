"""Hidden tests of the pooling chapter: max, average and global average pooling.

Sizes are fixed and, within a test, pairwise distinct, so that no swap of two axes goes unseen;
numbers are drawn anew for every run. Inputs of max pooling are permutations of numbers 0.1 apart,
so that each window has one largest number, except where a test is about ties.
"""

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "np.zeros makes float64 unless told otherwise: which dtype should the result have?"


def _maps(rng, *shape):
    """Draw maps of distinct numbers that are 0.1 apart, half of them negative."""
    count = int(np.prod(shape))
    return (rng.permutation(count).reshape(shape) - count // 2) * 0.1


def _below_zero(rng, *shape):
    """Draw maps of distinct numbers, all of them negative."""
    return -0.1 - 0.1 * rng.permutation(int(np.prod(shape))).reshape(shape)


# Max pooling without padding, 6 points ---------------------------------------------------------


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=1.5,
    hint="Take one window of one channel: which rows and columns does it cover?",
    section="pooling-max",
)
def test_max_pool_keeps_the_largest_number_of_each_window(check, rng):
    """Windows side by side give the largest number of each, channel by channel."""
    check.returns("max_pool2d_forward", _maps(rng, 3, 5, 8, 12), 2)
    check.returns("max_pool2d_forward", _maps(rng, 5, 4, 6, 21), 3)


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=1.5,
    hint="Write down the upper left corners of the first three windows for K = 3 and S = 2.",
    section="pooling-stride",
)
def test_max_pool_steps_by_the_stride(check, rng):
    """A stride that is named moves the window, down and to the right."""
    check.returns("max_pool2d_forward", _maps(rng, 2, 4, 11, 15), 3, stride=2)
    check.returns("max_pool2d_forward", _maps(rng, 4, 5, 14, 20), 2, stride=3)


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=1,
    hint="A window that does not fit any more is left out: which way does // round?",
    section="pooling-sizes",
)
def test_max_pool_leaves_out_what_does_not_fill_a_window(check, rng):
    """Rows and columns at the end that fill no window are left out."""
    check.returns("max_pool2d_forward", _maps(rng, 4, 6, 7, 11), 2)
    check.returns("max_pool2d_forward", _maps(rng, 2, 5, 8, 14), 3, stride=2)


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=1,
    hint="What is the largest of -3 and -5, and does your search begin below both?",
    section="pooling-negative",
)
def test_max_pool_finds_the_largest_of_negative_numbers(check, rng):
    """Maps that hold only negative numbers give negative numbers."""
    check.returns("max_pool2d_forward", _below_zero(rng, 3, 4, 9, 11), 3, stride=2)


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=0.5,
    hint="The largest of some numbers is one of them, so it has their dtype.",
    section="pooling-dtype",
)
def test_max_pool_keeps_the_dtype(check, rng):
    """Maps of float32 give float32, and maps of whole numbers give whole numbers."""
    whole = rng.integers(-99, 100, (2, 3, 7, 10))
    check.returns("max_pool2d_forward", whole, 3, stride=2)
    check.keeps_dtype("max_pool2d_forward", whole, 3, stride=2)
    check.keeps_dtype("max_pool2d_forward", whole.astype(np.float32), 3, stride=2)


@graded(
    "max_pool2d_forward",
    stage="max_windows",
    points=0.5,
    hint="Compare the sizes before you compute, and name what you expected and what came.",
    section="pooling-sizes",
)
def test_max_pool_refuses_windows_that_do_not_fit(check, rng):
    """A window that is too large, a stride of 0 or a missing axis gets a ValueError."""
    high, wide = _maps(rng, 2, 3, 17, 11), _maps(rng, 2, 3, 11, 17)
    check.returns("max_pool2d_forward", wide, 11, stride=4)
    check.raises(ValueError, "max_pool2d_forward", high, 13, mentions=("11", "13"))
    check.raises(ValueError, "max_pool2d_forward", wide, 13, mentions=("11", "13"))
    check.raises(ValueError, "max_pool2d_forward", wide, 3, stride=0, mentions=("0",))
    check.raises(ValueError, "max_pool2d_forward", wide[0].copy(), 3)


# Max pooling with padding, 4 points ------------------------------------------------------------


@graded(
    "max_pool2d_forward",
    stage="max_padding",
    points=1.5,
    hint="With padding P the first window begins P rows above and P columns left of the map.",
    section="pooling-padding",
)
def test_max_pool_pads_on_all_four_sides(check, rng):
    """With padding, windows begin and end outside the map."""
    check.returns("max_pool2d_forward", _maps(rng, 2, 4, 9, 13), 3, stride=2, padding=1)
    check.returns("max_pool2d_forward", _maps(rng, 1, 2, 7, 12), 5, stride=4, padding=2)


@graded(
    "max_pool2d_forward",
    stage="max_padding",
    points=1.5,
    hint="A border may never win: which number is smaller than every other?",
    section="pooling-padding",
)
def test_max_pool_never_picks_the_border(check, rng):
    """Maps that hold only negative numbers keep their maxima at the border."""
    check.returns("max_pool2d_forward", _below_zero(rng, 2, 4, 9, 13), 3, stride=2, padding=1)
    whole = rng.integers(-99, -9, (2, 3, 8, 14))
    check.returns("max_pool2d_forward", whole, 4, stride=3, padding=2)


@graded(
    "max_pool2d_forward",
    stage="max_padding",
    points=0.5,
    hint="With more padding than half a window, some window would lie in the border alone.",
    section="pooling-padding",
)
def test_max_pool_refuses_a_border_that_is_too_wide(check, rng):
    """A padding of more than half a window, or below 0, gets a ValueError."""
    x = _maps(rng, 2, 3, 11, 14)
    check.returns("max_pool2d_forward", x, 7, padding=3)
    check.raises(ValueError, "max_pool2d_forward", x, 7, padding=4, mentions=("3", "4"))
    check.raises(ValueError, "max_pool2d_forward", x, 6, padding=4, mentions=("3", "4"))
    check.raises(ValueError, "max_pool2d_forward", x, 7, padding=-2, mentions=("-2",))


@graded(
    "max_pool2d_forward",
    stage="max_padding",
    points=0.5,
    hint="A slice shows the array itself, not a copy: does a line of yours write into one?",
    section="pooling-dtype",
)
def test_max_pool_leaves_x_alone(check, rng):
    """After the call x is what it was before, with padding and without."""
    x = _maps(rng, 2, 3, 7, 9)
    check.leaves_arguments_alone("max_pool2d_forward", x, 3, stride=2)
    out, _ = check.leaves_arguments_alone("max_pool2d_forward", x, 3, stride=2, padding=1)
    twice, _ = check.call("max_pool2d_forward", 2 * x, 3, stride=2, padding=1)
    check.equal(twice, 2 * out, "maps twice as large give twice the output")


# The gradient of max pooling, 7 points ---------------------------------------------------------


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=1.5,
    hint="Which number of a window moves the output when it moves a little?",
    section="pooling-max-dx",
)
def test_max_dx_goes_to_the_largest_number(check, rng):
    """Each window hands its gradient to its largest number, and nothing to the others."""
    check.backward("max_pool2d_forward", _maps(rng, 3, 5, 8, 12), 2, wrt="dx")
    check.backward("max_pool2d_forward", _maps(rng, 4, 2, 7, 11), 3, wrt="dx")


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=2,
    hint="A number can be the largest of several windows: what becomes of their gradients?",
    section="pooling-max-overlap",
)
def test_max_dx_adds_up_where_windows_overlap(check, rng):
    """Where windows overlap, a number adds up the gradients of all windows that it won."""
    check.backward("max_pool2d_forward", _maps(rng, 2, 4, 11, 15), 3, stride=2, wrt="dx")
    check.backward("max_pool2d_forward", _maps(rng, 2, 3, 7, 9), 4, stride=1, wrt="dx")


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=1,
    hint="Move one number up and down a little: which outputs move with it?",
    section="pooling-max-dx",
)
def test_max_dx_agrees_with_central_differences(check, rng):
    """With stride and padding, dx tells how the loss moves when one number moves."""
    x = _maps(rng, 2, 1, 7, 10)
    check.gradient("max_pool2d_forward", x, 4, stride=3, padding=2, wrt="dx")
    check.gradient("max_pool2d_forward", _maps(rng, 1, 3, 5, 8), 2, stride=3, padding=1, wrt="dx")


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=1,
    hint="Which of several equal numbers does argmax find?",
    section="pooling-ties",
)
def test_max_dx_goes_to_the_first_of_equal_numbers(check, rng):
    """Of several equal largest numbers the first, row by row, gets the whole gradient."""
    x = rng.integers(0, 2, (2, 3, 8, 14)) + 1.0
    check.backward("max_pool2d_forward", x, 2, wrt="dx")
    check.backward("max_pool2d_forward", x, 4, stride=2, wrt="dx")


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=0.5,
    hint="A window gives all of its gradient to one number: none gets lost and none is added.",
    section="pooling-max-dx",
)
def test_max_dx_hands_on_all_of_the_gradient(check, rng):
    """In every channel dx adds up to what dout adds up to."""
    x = rng.integers(0, 4, (2, 5, 9, 13)) + 1.0
    out, cache = check.call("max_pool2d_forward", x, 3, stride=2)
    dout = rng.standard_normal(out.shape)
    dx = check.call("max_pool2d_backward", dout, cache)
    check.equal(
        dx.sum(axis=(2, 3)),
        dout.sum(axis=(2, 3)),
        "in every channel the sum of dx is the sum of dout",
    )


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=0.5,
    hint="A gradient has fractions even where x has none: whose dtype should dx have?",
    section="pooling-dtype",
)
def test_max_dx_has_the_dtype_of_dout(check, rng):
    """In a float32 layer dx is float32, and for whole numbers it keeps its fractions."""
    x = _maps(rng, 3, 2, 6, 10).astype(np.float32)
    check.backward("max_pool2d_forward", x, 2, wrt="dx")
    check.keeps_gradient_dtype("max_pool2d_forward", x, 2, wrt="dx")
    whole, dout = rng.permutation(180).reshape(2, 3, 6, 5), rng.standard_normal((2, 3, 3, 2))
    check.backward("max_pool2d_forward", whole, 2, wrt="dx", dout=dout)


@graded(
    "max_pool2d_backward",
    stage="max_dx",
    points=0.5,
    hint="Start dx from zeros of its own in every call, and only read dout and the cache.",
    section="pooling-max-dx",
)
def test_max_dx_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dout nor what the forward pass kept."""
    x = _maps(rng, 2, 3, 7, 9)
    check.backward("max_pool2d_forward", x, 3, stride=2, padding=1, wrt="dx")
    check.backward_leaves_arguments_alone("max_pool2d_forward", x, 3, stride=2, padding=1)


# Average pooling, 4 points ---------------------------------------------------------------------


@graded(
    "avg_pool2d_forward",
    stage="avg",
    points=1.5,
    hint="How many numbers does a window of K rows and K columns hold?",
    section="pooling-average",
)
def test_avg_pool_averages_every_window(check, rng):
    """Every window gives its average, channel by channel, with and without a stride."""
    check.returns("avg_pool2d_forward", rng.standard_normal((3, 5, 9, 13)), 2)
    check.returns("avg_pool2d_forward", rng.standard_normal((2, 4, 11, 15)), 3, stride=2)
    check.returns("avg_pool2d_forward", rng.standard_normal((1, 5, 7, 14)), 2, stride=3)


@graded(
    "avg_pool2d_forward",
    stage="avg",
    points=1,
    hint="The zeros of the border are numbers like all others: are they counted?",
    section="pooling-average-padding",
)
def test_avg_pool_counts_the_zeros_of_the_border(check, rng):
    """With padding, the zeros of the border take part in the average."""
    check.returns("avg_pool2d_forward", rng.standard_normal((2, 4, 9, 13)), 3, stride=2, padding=1)
    check.returns("avg_pool2d_forward", rng.standard_normal((2, 3, 7, 12)), 5, stride=4, padding=2)


@graded(
    "avg_pool2d_forward",
    stage="avg",
    points=1,
    hint="An average of whole numbers can have a fraction: can your output hold one?",
    section="pooling-dtype",
)
def test_avg_pool_keeps_fractions_and_float32(check, rng):
    """Whole numbers give fractions, and float32 stays float32."""
    whole = rng.integers(-99, 100, (2, 4, 6, 9))
    check.returns("avg_pool2d_forward", whole, 3)
    x = rng.standard_normal((2, 4, 6, 9)).astype(np.float32)
    out, _ = check.keeps_dtype("avg_pool2d_forward", x, 3)
    twice, _ = check.call("avg_pool2d_forward", 2 * x, 3)
    check.equal(twice, 2 * out, "maps twice as large give twice the output")


@graded(
    "avg_pool2d_forward",
    stage="avg",
    points=0.5,
    hint="The same arguments are refused as in max_pool2d_forward.",
    section="pooling-sizes",
)
def test_avg_pool_refuses_what_does_not_fit(check, rng):
    """A window that is too large, a padding too wide or a stride of 0 gets a ValueError."""
    x = rng.standard_normal((2, 3, 11, 17))
    check.returns("avg_pool2d_forward", x, 7, stride=2, padding=3)
    check.raises(ValueError, "avg_pool2d_forward", x, 13, mentions=("11", "13"))
    check.raises(ValueError, "avg_pool2d_forward", x, 7, padding=4, mentions=("3", "4"))
    check.raises(ValueError, "avg_pool2d_forward", x, 7, padding=-2, mentions=("-2",))
    check.raises(ValueError, "avg_pool2d_forward", x, 3, stride=0, mentions=("0",))
    check.raises(ValueError, "avg_pool2d_forward", x[0].copy(), 3)


# The gradient of average pooling, 4 points -----------------------------------------------------


@graded(
    "avg_pool2d_backward",
    stage="avg_dx",
    points=1.5,
    hint="By how much does an average of K x K numbers move when one of them moves by 1?",
    section="pooling-average-dx",
)
def test_avg_dx_is_shared_equally(check, rng):
    """Each place of a window gets the same share, also where windows overlap."""
    check.backward("avg_pool2d_forward", rng.standard_normal((3, 5, 9, 13)), 2, wrt="dx")
    check.backward("avg_pool2d_forward", rng.standard_normal((2, 4, 11, 15)), 3, stride=2, wrt="dx")


@graded(
    "avg_pool2d_backward",
    stage="avg_dx",
    points=1.5,
    hint="Shares that fall on the border are lost; where does the map begin in your array?",
    section="pooling-average-dx",
)
def test_avg_dx_agrees_with_central_differences(check, rng):
    """With padding, dx tells how the loss moves when one number moves."""
    x = rng.standard_normal((2, 1, 8, 10))
    check.gradient("avg_pool2d_forward", x, 5, stride=3, padding=2, wrt="dx")
    check.gradient("avg_pool2d_forward", x, 3, stride=4, padding=1, wrt="dx")


@graded(
    "avg_pool2d_backward",
    stage="avg_dx",
    points=0.5,
    hint="Without a border all shares of a window lie on the map: what do they add up to?",
    section="pooling-average-dx",
)
def test_avg_dx_hands_on_all_of_the_gradient(check, rng):
    """Without padding, dx adds up to what dout adds up to in every channel."""
    out, cache = check.call("avg_pool2d_forward", rng.standard_normal((2, 5, 9, 13)), 3, stride=2)
    dout = rng.standard_normal(out.shape)
    dx = check.call("avg_pool2d_backward", dout, cache)
    check.equal(
        dx.sum(axis=(2, 3)),
        dout.sum(axis=(2, 3)),
        "in every channel the sum of dx is the sum of dout",
    )


@graded(
    "avg_pool2d_backward",
    stage="avg_dx",
    points=0.5,
    hint=_DTYPE_HINT,
    section="pooling-dtype",
)
def test_avg_dx_keeps_float32_and_its_arguments(check, rng):
    """In a float32 layer dx is float32, and dout and the cache stay as they were."""
    x = rng.standard_normal((2, 3, 7, 9)).astype(np.float32)
    check.backward("avg_pool2d_forward", x, 3, stride=2, wrt="dx")
    check.keeps_gradient_dtype("avg_pool2d_forward", x, 3, stride=2, wrt="dx")
    check.backward_leaves_arguments_alone("avg_pool2d_forward", x, 3, stride=2)


# The global average, 3 points ------------------------------------------------------------------


@graded(
    "global_avg_pool2d_forward",
    stage="global_avg",
    points=1,
    hint="How many numbers are left of one map, and how many maps are there?",
    section="pooling-global",
)
def test_global_avg_pool_gives_one_number_for_each_map(check, rng):
    """Every map of every image gives its average, in an array of shape (N, C)."""
    check.returns("global_avg_pool2d_forward", rng.standard_normal((2, 3, 5, 7)))
    check.returns("global_avg_pool2d_forward", rng.standard_normal((4, 2, 1, 6)))


@graded(
    "global_avg_pool2d_forward",
    stage="global_avg",
    points=0.5,
    hint="Three axes hold no batch of maps: compare x.ndim before you compute.",
    section="pooling-global",
)
def test_global_avg_pool_keeps_fractions_and_float32_and_refuses_three_axes(check, rng):
    """Whole numbers give fractions, float32 stays float32, and three axes get a ValueError."""
    whole = rng.integers(-99, 100, (2, 3, 5, 7))
    check.returns("global_avg_pool2d_forward", whole)
    check.keeps_dtype("global_avg_pool2d_forward", whole.astype(np.float32))
    check.raises(ValueError, "global_avg_pool2d_forward", rng.standard_normal((11, 13, 17)))


@graded(
    "global_avg_pool2d_backward",
    stage="global_avg",
    points=1,
    hint="By how much does the average of H x W numbers move when one of them moves by 1?",
    section="pooling-global",
)
def test_global_avg_dx_is_shared_by_the_whole_map(check, rng):
    """Every place of a map gets the same share of the map's gradient."""
    check.backward("global_avg_pool2d_forward", rng.standard_normal((2, 3, 5, 7)), wrt="dx")
    check.gradient("global_avg_pool2d_forward", rng.standard_normal((3, 2, 6, 4)), wrt="dx")


@graded(
    "global_avg_pool2d_backward",
    stage="global_avg",
    points=0.5,
    hint=_DTYPE_HINT,
    section="pooling-dtype",
)
def test_global_avg_dx_keeps_float32(check, rng):
    """In a float32 layer dx is right, and float32."""
    x = rng.standard_normal((2, 3, 5, 7)).astype(np.float32)
    check.backward("global_avg_pool2d_forward", x, wrt="dx")
    check.keeps_gradient_dtype("global_avg_pool2d_forward", x, wrt="dx")
