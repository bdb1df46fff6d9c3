"""Hidden tests of the chapter on receptive fields: widths, layers, regions, and a measurement.

The answers are small whole numbers, which two mistakes can share by chance. So sizes are drawn from
wide ranges, kernel sizes within a stack are pairwise distinct, and most tests ask more than once.
The measurement is compared with the formula that stands here, never with the learner's own, so that
a mistake in one function costs nothing in another.
"""

import numpy as np

from autograder.testing import graded


def _stack(rng, layers, smallest=2, largest=40):
    """Draw kernel sizes, no two of them alike."""
    sizes = np.arange(smallest, largest + 1)
    return [int(size) for size in rng.choice(sizes, layers, replace=False)]


def _width(kernel_sizes):
    return 1 + sum(size - 1 for size in kernel_sizes)


# The width: receptive_field, 6 points ----------------------------------------------------------


@graded(
    "receptive_field",
    stage="width",
    points=2,
    hint="Draw two layers on paper: how many pixels does the second one add to those of the first?",
    section="receptive-fields-formula",
)
def test_receptive_field_grows_with_every_layer(check, rng):
    """Every layer of a stack adds its kernel size less one."""
    check.returns("receptive_field", _stack(rng, 3))
    check.returns("receptive_field", _stack(rng, 5))
    check.returns("receptive_field", _stack(rng, 2, smallest=50, largest=90))


@graded(
    "receptive_field",
    stage="width",
    points=1,
    hint="Several small kernels can see as much as one large kernel: do you count every layer?",
    section="receptive-fields-formula",
)
def test_receptive_field_of_equal_layers(check, rng):
    """For L layers with one kernel size K it is 1 + L (K - 1)."""
    kernel_size, even = int(rng.integers(4, 12)) * 2 + 1, int(rng.integers(4, 12)) * 2
    check.returns("receptive_field", [kernel_size] * int(rng.integers(5, 15)))
    check.returns("receptive_field", [even] * int(rng.integers(16, 25)))


@graded(
    "receptive_field",
    stage="width",
    points=1,
    hint="What does one output see when there is one layer, and what when there is none?",
    section="receptive-fields-formula",
)
def test_receptive_field_of_the_shortest_stacks(check, rng):
    """One layer sees its kernel, and without a layer an output is one pixel."""
    check.returns("receptive_field", _stack(rng, 1, smallest=5))
    check.returns("receptive_field", [])


@graded(
    "receptive_field",
    stage="width",
    points=1,
    hint="The stride is 1: does a layer add less, or more, because of where in the stack it is?",
    section="receptive-fields-formula",
)
def test_receptive_field_is_the_same_in_any_order(check, rng):
    """Neither the order of the layers nor a layer of kernel size 1 changes the receptive field."""
    stack = sorted(_stack(rng, 4, smallest=3))
    wanted = check.returns("receptive_field", stack)
    check.equal(
        check.call("receptive_field", stack[::-1]),
        wanted,
        "the receptive field is the same when the layers come in the opposite order",
    )
    check.equal(
        check.call("receptive_field", [*stack, 1]),
        wanted,
        "one more layer of kernel size 1 leaves the receptive field as it is",
    )


@graded(
    "receptive_field",
    stage="width",
    points=0.5,
    hint="Sizes often come out of NumPy: is an np.int64 an int for your function?",
    section="receptive-fields-integers",
)
def test_receptive_field_takes_integers_of_numpy(check, rng):
    """NumPy's integers and tuples do as well as Python's integers and lists."""
    check.returns("receptive_field", [np.int64(size) for size in _stack(rng, 4)])
    check.returns("receptive_field", tuple(_stack(rng, 3)))


@graded(
    "receptive_field",
    stage="width",
    points=0.5,
    hint="Look at each kernel size before you use it, and name what you expected and what came.",
    section="receptive-fields-integers",
)
def test_receptive_field_refuses_kernel_sizes_that_are_not_positive(check, rng):
    """A kernel size of 0 or less gets a ValueError that says what came."""
    stack = _stack(rng, 2)
    check.call("receptive_field", stack)
    check.raises(ValueError, "receptive_field", [*stack, -17], mentions=("-17",))
    check.raises(ValueError, "receptive_field", [0, *stack])


# Layers to cover: layers_to_cover, 5 points ----------------------------------------------------


@graded(
    "layers_to_cover",
    stage="cover",
    points=2,
    hint="After the number of layers that you return: how wide is the receptive field?",
    section="receptive-fields-cover",
)
def test_layers_to_cover_rounds_up(check, rng):
    """Where the last layer is needed only in part, it is counted as a whole."""
    # The last layer lacks one pixel of its share, brings one pixel only, and brings half of it
    # after an even number of layers. In this order: to round down and to round to the nearest
    # number differ in the first.
    kernel_size, layers = int(rng.integers(5, 15)), int(rng.integers(200, 400))
    check.returns("layers_to_cover", layers * (kernel_size - 1), kernel_size)
    kernel_size, layers = int(rng.integers(20, 30)), int(rng.integers(20, 40))
    check.returns("layers_to_cover", layers * (kernel_size - 1) + 2, kernel_size)
    check.returns("layers_to_cover", 4 * int(rng.integers(300, 900)) + 2, 3)


@graded(
    "layers_to_cover",
    stage="cover",
    points=1,
    hint="When the last layer fits exactly, is there anything left for one more?",
    section="receptive-fields-cover",
)
def test_layers_to_cover_adds_no_layer_when_it_comes_out_even(check, rng):
    """Where the layers cover the row exactly, none is added."""
    kernel_size, layers = int(rng.integers(5, 15)), int(rng.integers(100, 300))
    check.returns("layers_to_cover", layers * (kernel_size - 1) + 1, kernel_size)
    check.returns("layers_to_cover", int(rng.integers(400, 900)), 2)


@graded(
    "layers_to_cover",
    stage="cover",
    points=1,
    hint="A row of one pixel, and a row as long as the kernel: how many layers does each need?",
    section="receptive-fields-cover",
)
def test_layers_to_cover_of_the_shortest_rows(check, rng):
    """One pixel needs no layer, a row as long as the kernel one, and a pixel more needs two."""
    kernel_size = int(rng.integers(7, 30))
    check.returns("layers_to_cover", 1, kernel_size)
    check.returns("layers_to_cover", kernel_size, kernel_size)
    check.returns("layers_to_cover", np.int64(kernel_size + 1), np.int64(kernel_size))


@graded(
    "layers_to_cover",
    stage="cover",
    points=1,
    hint="How much does a layer of kernel size 1 add, and what do you divide by then?",
    section="receptive-fields-cover",
)
def test_layers_to_cover_refuses_what_cannot_be(check, rng):
    """A kernel size of 1, which never covers more, and sizes below 1 get a ValueError."""
    size = int(rng.integers(20, 60))
    check.call("layers_to_cover", size, 3)
    check.raises(ValueError, "layers_to_cover", size, 1)
    check.raises(ValueError, "layers_to_cover", size, -13, mentions=("-13",))
    check.raises(ValueError, "layers_to_cover", -19, 3, mentions=("-19",))
    check.raises(ValueError, "layers_to_cover", 0, 3)


# The region without padding: input_region, 4 points --------------------------------------------


@graded(
    "input_region",
    stage="region",
    points=2,
    hint="Go back layer by layer: which inputs does the first output of a region read?",
    section="receptive-fields-region",
)
def test_input_region_begins_at_the_index(check, rng):
    """Without padding the region begins at the output's own index and is half-open."""
    check.returns("input_region", int(rng.integers(100, 200)), _stack(rng, 3))
    check.returns("input_region", int(rng.integers(300, 400)), _stack(rng, 4))


@graded(
    "input_region",
    stage="region",
    points=1,
    hint="The first output has the first pixel at its left end: what is at its right end?",
    section="receptive-fields-region",
)
def test_input_region_of_the_first_output_and_of_no_layers(check, rng):
    """Output 0 sees the first pixels, and without layers an output sees the pixel at its place."""
    check.returns("input_region", 0, _stack(rng, 4))
    check.returns("input_region", np.int64(rng.integers(20, 60)), [])
    check.returns("input_region", int(rng.integers(20, 60)), _stack(rng, 1))


@graded(
    "input_region",
    stage="region",
    points=1,
    hint="Check the arguments before you compute, and name what you expected and what came.",
    section="receptive-fields-region",
)
def test_input_region_refuses_what_is_not_there(check, rng):
    """A negative index and a kernel size that is not positive get a ValueError."""
    stack, index = _stack(rng, 3), int(rng.integers(20, 60))
    check.call("input_region", index, stack)
    check.raises(ValueError, "input_region", -11, stack, mentions=("-11",))
    check.raises(ValueError, "input_region", index, [*stack, 0])
    check.raises(ValueError, "input_region", index, [-17, *stack], mentions=("-17",))


# The region with padding: input_region, 5 points -----------------------------------------------


@graded(
    "input_region",
    stage="padded",
    points=2,
    hint="The padding of every layer counts: in which direction does it move the region?",
    section="receptive-fields-padding",
)
def test_input_region_is_moved_by_the_padding(check, rng):
    """The padding of every layer moves the region toward the start and leaves its width."""
    paddings = _stack(rng, 3, smallest=1, largest=20)
    check.returns("input_region", int(rng.integers(100, 200)), _stack(rng, 3), paddings=paddings)
    paddings = _stack(rng, 4, smallest=1, largest=20)
    check.returns("input_region", int(rng.integers(300, 400)), _stack(rng, 4), paddings=paddings)


@graded(
    "input_region",
    stage="padded",
    points=1.5,
    hint="The first output sees padding first: which numbers do places in front of pixel 0 have?",
    section="receptive-fields-padding",
)
def test_input_region_may_begin_in_front_of_the_image(check, rng):
    """A region that begins in the padding begins below 0."""
    paddings = _stack(rng, 2, smallest=9, largest=20)
    check.returns("input_region", 0, _stack(rng, 2, smallest=25), paddings=paddings)
    check.returns("input_region", 3, _stack(rng, 2, smallest=2, largest=6), paddings=paddings)


@graded(
    "input_region",
    stage="padded",
    points=0.5,
    hint="With P = (K - 1) / 2 in each layer, a place sees as far to the left as to the right.",
    section="receptive-fields-padding",
)
def test_input_region_lies_around_its_index_under_same_padding(check, rng):
    """With "same" padding the region lies evenly around the output's own place."""
    halves = _stack(rng, 3, smallest=1, largest=15)
    kernel_sizes = [2 * half + 1 for half in halves]
    for index in (int(rng.integers(3, 9)), int(rng.integers(60, 90))):
        start, stop = check.call("input_region", index, kernel_sizes, paddings=halves)
        what = 'with "same" padding a region\'s first and last pixel are equally far from the index'
        check.equal(index - start, stop - 1 - index, what)
        check.equal(stop - start, _width(kernel_sizes), "its width is 1 + the sum of all K - 1")


@graded(
    "input_region",
    stage="padded",
    points=1,
    hint="zip stops at the end of the shorter list without a word: compare the lengths yourself.",
    section="receptive-fields-padding",
)
def test_input_region_refuses_paddings_that_do_not_fit(check, rng):
    """More or fewer paddings than layers, and a negative padding, get a ValueError."""
    index, stack = int(rng.integers(100, 200)), _stack(rng, 3)
    check.call("input_region", index, stack, paddings=[1, 2, 4])
    check.raises(ValueError, "input_region", index, stack, paddings=[1, 2])
    check.raises(ValueError, "input_region", index, stack, paddings=[1, 2, 4, 5])
    check.raises(ValueError, "input_region", index, stack, paddings=[1, -23, 4], mentions=("-23",))


# The measurement: measured_receptive_field, 6 points -------------------------------------------


@graded(
    "measured_receptive_field",
    stage="measure",
    points=2,
    hint="One output gets a gradient, all layers hand it back: how far does it spread in each?",
    section="receptive-fields-measure",
)
def test_the_measurement_agrees_with_the_formula(check, rng):
    """The gradient of one output reaches 1 + the sum of all K - 1 pixels."""
    for layers, room in ((2, 19), (3, 31), (4, 14)):
        stack = _stack(rng, layers, smallest=2, largest=9)
        width = check.returns("measured_receptive_field", stack, _width(stack) + room)
        check.equal(width, _width(stack), "the measured width is 1 + the sum of all K - 1")


@graded(
    "measured_receptive_field",
    stage="measure",
    points=1,
    hint="An image as wide as the receptive field leaves one output: which pixels does it see?",
    section="receptive-fields-measure",
)
def test_the_measurement_works_on_the_smallest_image(check, rng):
    """An image that is just large enough, or larger by one, gives the same answer."""
    stack = _stack(rng, 3, smallest=3, largest=9)
    check.returns("measured_receptive_field", stack, _width(stack))
    check.returns("measured_receptive_field", stack[:2], _width(stack[:2]) + 1)


@graded(
    "measured_receptive_field",
    stage="measure",
    points=1,
    hint="In a deep stack the gradient is small at its ends, yet it is not 0 there.",
    section="receptive-fields-ends",
)
def test_the_measurement_finds_the_ends_of_a_deep_stack(check, rng):
    """In a deep stack the faint ends of the gradient count as much as its middle."""
    check.returns("measured_receptive_field", [3] * int(rng.integers(9, 12)), 37)
    check.returns("measured_receptive_field", [2] * int(rng.integers(13, 17)), 29)


@graded(
    "measured_receptive_field",
    stage="measure",
    points=1,
    hint="What does the gradient reach when there is one layer, and what when there is none?",
    section="receptive-fields-measure",
)
def test_the_measurement_of_the_shortest_stacks(check, rng):
    """One layer is as wide as its kernel, and without a layer the gradient stays at one pixel."""
    (kernel_size,) = _stack(rng, 1, smallest=4, largest=11)
    check.returns("measured_receptive_field", [np.int64(kernel_size)], np.int64(23))
    check.returns("measured_receptive_field", [], 7)
    check.returns("measured_receptive_field", [1, kernel_size, 1], 24)


@graded(
    "measured_receptive_field",
    stage="measure",
    points=1,
    hint="A kernel that is wider than its map has no place: do you let that pass, or cut it short?",
    section="receptive-fields-measure",
)
def test_the_measurement_refuses_what_does_not_fit(check, rng):
    """An image that is too small for the stack, and sizes below 1, get a ValueError."""
    stack = _stack(rng, 3, smallest=3, largest=9)
    check.call("measured_receptive_field", stack, _width(stack))
    check.raises(ValueError, "measured_receptive_field", stack, _width(stack) - 1)
    check.raises(ValueError, "measured_receptive_field", stack, 2)
    check.raises(ValueError, "measured_receptive_field", [], 0)
    check.raises(ValueError, "measured_receptive_field", [*stack, 0], 29)
    check.raises(ValueError, "measured_receptive_field", [-13, *stack], 29, mentions=("-13",))
