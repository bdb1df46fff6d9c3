"""Hidden tests of the chapter on batch normalization in a convolution layer.

The four sizes of a batch are pairwise distinct, and so are their products; only the tests about a
silent broadcast make C equal to W, H or N. No channel has the scale or the place of another, no
gamma is near 1, the running averages are unlike the batch, and `dout` is random.
"""

# ruff: noqa: D403 - dx, dgamma and dbeta are names.

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "One float64 in a formula makes all of it float64: which of your arrays is one?"


def _images(rng, N, C, H, W, dtype=np.float64):
    """Draw a batch: channels have scales and places of their own, and so have images and rows."""
    scales = np.linspace(1.0, 4.0, C) * rng.uniform(0.9, 1.1, C)
    places = rng.permutation(np.linspace(-9.0, 9.0, C)) + 0.5
    x = rng.standard_normal((N, C, H, W))
    x += np.linspace(-1.0, 1.0, N).reshape(N, 1, 1, 1) + np.linspace(-0.7, 0.7, H).reshape(H, 1)
    # Two numbers keep every channel at least as wide as its scale.
    flat = np.moveaxis(x, 1, 0).reshape(C, -1)  # a copy
    flat[:, 0], flat[:, 1:2] = rng.uniform(1.5, 2.0, C), -rng.uniform(1.5, 2.0, (C, 1))
    x = np.moveaxis(flat.reshape(C, N, H, W), 0, 1)
    return np.ascontiguousarray(x * scales.reshape(C, 1, 1) + places.reshape(C, 1, 1)).astype(dtype)


def _vectors(rng, C, dtype=np.float64):
    """Draw gamma, beta and the running averages; no two numbers of one are near each other."""
    signs = rng.choice([-1.0, 1.0], (3, C))
    vectors = (
        rng.permutation(np.linspace(1.5, 3.0, C)) * signs[0],
        rng.permutation(np.linspace(4.0, 7.0, C)) * signs[1],
        rng.permutation(np.linspace(3.0, 8.0, C)) * signs[2],
        rng.permutation(np.linspace(9.0, 30.0, C)),
    )
    return [each.astype(dtype) for each in vectors]


def _layer(rng, N, C, H, W, dtype=np.float64):
    return _images(rng, N, C, H, W, dtype), *_vectors(rng, C, dtype)


# In training, 8.5 points -----------------------------------------------------------------------


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=2,
    hint="Take one channel of your output, all images and places: has it one mean, its beta?",
    section="batch_norm_conv-statistics",
)
def test_training_normalizes_over_batch_and_space(check, rng):
    """Each channel is normalized over all images and all places, then scaled and shifted."""
    check.returns("batch_norm2d_forward", *_layer(rng, 2, 3, 4, 5), training=True, only=("out",))
    check.returns("batch_norm2d_forward", *_layer(rng, 5, 4, 3, 2), training=True, only=("out",))


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=1,
    hint="A channel knows nothing of its neighbors: which axis do your statistics leave?",
    section="batch_norm_conv-statistics",
)
def test_channels_do_not_see_each_other(check, rng):
    """What comes out for a channel stays the same when the other channels are taken away."""
    x, *vectors = _layer(rng, 3, 4, 2, 5)
    x *= np.array([0.001, 1.0, 60.0, 4000.0]).reshape(4, 1, 1)
    out, *_ = check.call("batch_norm2d_forward", x, *vectors, training=True)
    for c in (0, 2, 3):
        one = [each[c : c + 1] for each in vectors]
        alone, *_ = check.call("batch_norm2d_forward", x[:, c : c + 1], *one, training=True)
        check.equal(alone, out[:, c : c + 1], "a channel alone gives what it gives among others")


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=1.5,
    hint="NumPy aligns a vector with the last axis. At which axis of x does gamma belong?",
    section="batch_norm_conv-broadcast",
)
def test_a_scale_belongs_to_its_channel_where_sizes_are_equal(check, rng):
    """With as many channels as columns, rows or images, gamma and beta still go by channel."""
    for N, C, H, W in ((2, 4, 3, 4), (2, 3, 3, 4), (5, 5, 2, 3)):
        layer = _layer(rng, N, C, H, W)
        check.returns("batch_norm2d_forward", *layer, training=True, only=("out",))


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=1,
    hint="Try a channel of variance 4 with eps = 12 by hand: what do you divide by?",
    section="batch_norm_conv-statistics",
)
def test_eps_is_added_to_the_variance(check, rng):
    """A large eps is added once, to the variance, and a constant channel gives its beta."""
    layer = _layer(rng, 3, 2, 4, 5)
    check.returns("batch_norm2d_forward", *layer, training=True, eps=6.0, only=("out",))
    x, *vectors = _layer(rng, 2, 4, 3, 5)
    x[:, 2] = rng.integers(2, 9)
    check.returns("batch_norm2d_forward", x, *vectors, training=True, only=("out",))


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=1,
    hint="A mean does not know the order of what it is a mean of: is the whole channel one mean?",
    section="batch_norm_conv-laws",
)
def test_shuffled_places_and_images_come_out_shuffled(check, rng):
    """Shuffling the images, or the places of all maps, shuffles the output and nothing else."""
    x, *vectors = _layer(rng, 4, 3, 2, 5)
    out, *_ = check.call("batch_norm2d_forward", x, *vectors, training=True)
    order = rng.permutation(10)

    def shuffle(images):
        return images[::-1].reshape(4, 3, 10)[:, :, order].reshape(4, 3, 2, 5)

    shuffled, *_ = check.call("batch_norm2d_forward", shuffle(x), *vectors, training=True)
    check.equal(shuffled, shuffle(out), "shuffled images and places give the shuffled output")
    # One number exchanged between two images, at different places.
    x[0, 1, 0, 3], x[2, 1, 1, 4] = x[2, 1, 1, 4], x[0, 1, 0, 3]
    out[0, 1, 0, 3], out[2, 1, 1, 4] = out[2, 1, 1, 4], out[0, 1, 0, 3]
    swapped, *_ = check.call("batch_norm2d_forward", x, *vectors, training=True)
    check.equal(swapped, out, "two numbers of a channel that change places do so in the output")


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=1,
    hint="With maps of 1 x 1 a channel is a column of N numbers, with one image it is a map.",
    section="batch_norm_conv-laws",
)
def test_one_image_and_maps_of_one_place_are_special_cases(check, rng):
    """One image alone, maps of a single place, and maps of one row are normalized as well."""
    for shape in ((1, 3, 4, 5), (7, 4, 1, 1), (2, 3, 1, 5)):
        layer = _layer(rng, *shape)
        check.returns("batch_norm2d_forward", *layer, training=True, only=("out",))


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=0.5,
    hint=_DTYPE_HINT,
    section="batch_norm_conv-traps",
)
def test_training_gives_a_type_that_holds_fractions(check, rng):
    """Images of integers give fractions, and float32 stays float32 in every result."""
    x = rng.integers(-9, 10, (3, 2, 4, 5)) + np.array([0, 40]).reshape(2, 1, 1)
    check.returns("batch_norm2d_forward", x, *_vectors(rng, 2), training=True, only=("out",))
    layer = _layer(rng, 2, 4, 3, 5, np.float32)
    check.keeps_dtype("batch_norm2d_forward", *layer, training=True)


@graded(
    "batch_norm2d_forward",
    stage="training",
    points=0.5,
    hint="x -= mean and running_mean *= 0.9 write into the caller's arrays: make new ones.",
    section="batch_norm_conv-traps",
)
def test_training_leaves_its_arguments_alone(check, rng):
    """After a call in training all five arrays are what they were before."""
    layer = _layer(rng, 2, 3, 5, 4)
    check.leaves_arguments_alone("batch_norm2d_forward", *layer, training=True)


# The running averages, 3 points ----------------------------------------------------------------

_RUNNING = ("running_mean", "running_var")


@graded(
    "batch_norm2d_forward",
    stage="running",
    points=2,
    hint="Which part stays and which part comes from the batch, when momentum is 0.1?",
    section="batch_norm_conv-running",
)
def test_running_averages_take_a_step_toward_the_batch(check, rng):
    """Both running averages move toward the batch's mean and variance, a share of momentum."""
    layer = _layer(rng, 2, 3, 4, 5)
    check.returns("batch_norm2d_forward", *layer, training=True, only=_RUNNING)
    layer = _layer(rng, 4, 5, 3, 2)
    check.returns(
        "batch_norm2d_forward", *layer, training=True, momentum=0.3, eps=2.0, only=_RUNNING
    )


@graded(
    "batch_norm2d_forward",
    stage="running",
    points=1,
    hint="Try momentum = 1 with three numbers in a channel: what should be remembered?",
    section="batch_norm_conv-running",
)
def test_running_averages_remember_all_or_nothing(check, rng):
    """With momentum 1 they become those of the batch, divided by M, and with 0 they stay."""
    layer = _layer(rng, 1, 4, 1, 3)
    check.returns("batch_norm2d_forward", *layer, training=True, momentum=1.0, only=_RUNNING)
    layer = _layer(rng, 3, 2, 1, 4)
    check.returns("batch_norm2d_forward", *layer, training=True, momentum=0.0, only=_RUNNING)


# At test time, 3.5 points ----------------------------------------------------------------------


@graded(
    "batch_norm2d_forward",
    stage="test_mode",
    points=1.5,
    hint="At test time the batch's own mean and variance do not matter: which ones do?",
    section="batch_norm_conv-test",
)
def test_test_time_uses_the_running_averages(check, rng):
    """At test time mean and variance are the running averages, and eps is in the root."""
    layer = _layer(rng, 2, 3, 4, 5)
    check.returns("batch_norm2d_forward", *layer, training=False, only=("out",))
    layer = _layer(rng, 3, 4, 2, 4)
    check.returns("batch_norm2d_forward", *layer, training=False, eps=20.0, only=("out",))


@graded(
    "batch_norm2d_forward",
    stage="test_mode",
    points=1,
    hint="Look at one image alone and in a batch: what comes out for it should be the same.",
    section="batch_norm_conv-test",
)
def test_images_do_not_see_each_other_at_test_time(check, rng):
    """An image alone gives what it gives in a batch, down to a map of a single place."""
    x, *vectors = _layer(rng, 3, 4, 2, 5)
    out, *_ = check.call("batch_norm2d_forward", x, *vectors, training=False)
    alone, *_ = check.call("batch_norm2d_forward", x[1:2], *vectors, training=False)
    check.equal(alone, out[1:2], "an image alone gives what it gives in the batch")
    corner = x[1:2, :, 1:, 4:]
    small, *_ = check.call("batch_norm2d_forward", corner, *vectors, training=False)
    check.equal(small, out[1:2, :, 1:, 4:], "a corner alone gives what it gives in the map")


@graded(
    "batch_norm2d_forward",
    stage="test_mode",
    points=1,
    hint="Test time looks at the running averages and changes nothing: what do you return?",
    section="batch_norm_conv-test",
)
def test_test_time_changes_nothing(check, rng):
    """At test time the running averages come back as they were, and no argument is changed."""
    layer = _layer(rng, 2, 4, 3, 5)
    check.returns("batch_norm2d_forward", *layer, training=False, momentum=0.6, only=_RUNNING)
    layer = _layer(rng, 3, 2, 5, 4, np.float32)
    check.keeps_dtype("batch_norm2d_forward", *layer, training=False)
    check.leaves_arguments_alone("batch_norm2d_forward", *layer, training=False)


# What is refused, 2 points ---------------------------------------------------------------------


@graded(
    "batch_norm2d_forward",
    stage="refuse",
    points=1,
    hint="One number is its own mean: compare N * H * W with 1 before you compute, in training.",
    section="batch_norm_conv-one-value",
)
def test_one_value_a_channel_is_refused_in_training(check, rng):
    """In training one number a channel gets a ValueError that names the shape; two are fine."""
    for shape in ((2, 13, 1, 1), (1, 13, 2, 1), (1, 13, 1, 2)):
        check.call("batch_norm2d_forward", *_layer(rng, *shape), training=True)
    x, *vectors = _layer(rng, 1, 13, 1, 1)
    check.call("batch_norm2d_forward", x, *vectors, training=False)
    check.raises(ValueError, "batch_norm2d_forward", x, *vectors, training=True, mentions=("13",))


@graded(
    "batch_norm2d_forward",
    stage="refuse",
    points=1,
    hint="Compare x.ndim and the four shapes before you compute, and name the shape that came.",
    section="batch_norm_conv-traps",
)
def test_shapes_that_do_not_fit_are_refused(check, rng):
    """An x without four axes, or a vector that is not one number a channel, gets a ValueError."""
    x, *vectors = _layer(rng, 3, 13, 2, 4)
    for training in (True, False):
        check.call("batch_norm2d_forward", x, *vectors, training=training)
        for i in range(4):
            for other in (np.ones(1), np.ones(17), np.ones((13, 1, 1))):
                wrong = [*vectors[:i], other, *vectors[i + 1 :]]
                check.raises(
                    ValueError,
                    "batch_norm2d_forward",
                    x,
                    *wrong,
                    training=training,
                    mentions=("13", "17") if other.shape == (17,) else ("13",),
                )
        flat, map_, none = rng.standard_normal((19, 13)), x[0], np.zeros((0, 13, 2, 19))
        for other, told in ((flat, "19"), (map_, "13"), (none, "19")):
            check.raises(
                ValueError,
                "batch_norm2d_forward",
                other,
                *vectors,
                training=training,
                mentions=(told,),
            )


# dgamma and dbeta, 4 points --------------------------------------------------------------------


@graded(
    "batch_norm2d_backward",
    stage="dgamma_dbeta",
    points=1,
    hint="To how many outputs was one beta added: of how many images, at how many places?",
    section="batch_norm_conv-dgamma-dbeta",
)
def test_dbeta_collects_from_batch_and_space(check, rng):
    """dbeta collects the gradient of its channel from every image and every place."""
    check.backward("batch_norm2d_forward", *_layer(rng, 2, 3, 4, 5), wrt="dbeta", training=True)
    check.backward("batch_norm2d_forward", *_layer(rng, 4, 2, 5, 3), wrt="dbeta", training=False)


@graded(
    "batch_norm2d_backward",
    stage="dgamma_dbeta",
    points=1.5,
    hint="What was gamma multiplied by in the forward pass, and is that kept as it was there?",
    section="batch_norm_conv-dgamma-dbeta",
)
def test_dgamma_weighs_with_the_normalized_numbers(check, rng):
    """dgamma collects from batch and space, weighed with what gamma was multiplied by."""
    layer = _layer(rng, 3, 4, 2, 5)
    check.backward("batch_norm2d_forward", *layer, wrt="dgamma", training=True, eps=0.3)
    layer = _layer(rng, 5, 2, 3, 4)
    check.backward("batch_norm2d_forward", *layer, wrt="dgamma", training=False, eps=0.3)


@graded(
    "batch_norm2d_backward",
    stage="dgamma_dbeta",
    points=1,
    hint="Move one gamma a little, and see how all outputs of its channel move.",
    section="batch_norm_conv-check",
)
def test_dgamma_agrees_with_central_differences(check, rng):
    """dgamma tells how the loss moves when one scale moves, in both modes."""
    layer = _layer(rng, 2, 3, 1, 4)
    check.gradient("batch_norm2d_forward", *layer, wrt="dgamma", training=True)
    check.gradient("batch_norm2d_forward", *layer, wrt="dgamma", training=False)


@graded(
    "batch_norm2d_backward",
    stage="dgamma_dbeta",
    points=0.5,
    hint=_DTYPE_HINT,
    section="batch_norm_conv-traps",
)
def test_parameter_gradients_keep_float32(check, rng):
    """With float32 arguments, dgamma and dbeta are right and float32."""
    layer = _layer(rng, 2, 3, 5, 4, np.float32)
    for wrt in ("dgamma", "dbeta"):
        check.backward("batch_norm2d_forward", *layer, wrt=wrt, training=True)
        check.keeps_gradient_dtype("batch_norm2d_forward", *layer, wrt=wrt, training=True)


# dx at test time, 2 points ---------------------------------------------------------------------


@graded(
    "batch_norm2d_backward",
    stage="dx_test",
    points=1,
    hint="The running averages do not depend on x: in which outputs does a number take part then?",
    section="batch_norm_conv-dx-test",
)
def test_dx_at_test_time_goes_one_way(check, rng):
    """At test time each number of dx comes from its own output, with its channel's factor."""
    layer = _layer(rng, 2, 3, 4, 5)
    check.backward("batch_norm2d_forward", *layer, wrt="dx", training=False, eps=5.0)
    layer = _layer(rng, 3, 4, 2, 4)
    check.backward("batch_norm2d_forward", *layer, wrt="dx", training=False)


@graded(
    "batch_norm2d_backward",
    stage="dx_test",
    points=1,
    hint="Move one number a little at test time: only one output moves.",
    section="batch_norm_conv-check",
)
def test_dx_at_test_time_agrees_with_central_differences(check, rng):
    """At test time dx tells how the loss moves when one number moves, in one image too."""
    check.gradient("batch_norm2d_forward", *_layer(rng, 2, 3, 1, 4), wrt="dx", training=False)
    check.gradient("batch_norm2d_forward", *_layer(rng, 1, 2, 1, 1), wrt="dx", training=False)


# dx in training, 6 points ----------------------------------------------------------------------


@graded(
    "batch_norm2d_backward",
    stage="dx_training",
    points=2,
    hint="A number takes part in its own output, in the channel's mean and in its variance.",
    section="batch_norm_conv-dx",
)
def test_dx_in_training_goes_all_three_ways(check, rng):
    """In training dx comes through the output itself, through the mean and the variance."""
    check.backward("batch_norm2d_forward", *_layer(rng, 2, 3, 4, 5), wrt="dx", training=True)
    layer = _layer(rng, 4, 5, 3, 2)
    check.backward("batch_norm2d_forward", *layer, wrt="dx", training=True, eps=0.3)


@graded(
    "batch_norm2d_backward",
    stage="dx_training",
    points=1.5,
    hint="Move one number a little in training: all outputs of its channel move. Are all in dx?",
    section="batch_norm_conv-check",
)
def test_dx_in_training_agrees_with_central_differences(check, rng):
    """In training dx tells how the loss moves when one number of x moves a little."""
    check.gradient("batch_norm2d_forward", *_layer(rng, 2, 3, 1, 4), wrt="dx", training=True)


@graded(
    "batch_norm2d_backward",
    stage="dx_training",
    points=1,
    hint="If all numbers of a channel move by the same amount, no output moves: add up dx.",
    section="batch_norm_conv-laws",
)
def test_dx_in_training_adds_up_to_zero_in_every_channel(check, rng):
    """In training dx adds up to 0 in every channel, and so does dx times x, for a tiny eps."""
    layer = _layer(rng, 3, 4, 2, 5)
    out, cache, *_ = check.call("batch_norm2d_forward", *layer, training=True, eps=1e-12)
    dx, *_ = check.call("batch_norm2d_backward", rng.standard_normal(out.shape), cache)
    sums = [[each[:, c].sum() for c in range(4)] for each in (dx, dx * layer[0])]
    check.equal(np.array(sums[0]), np.zeros(4), "dx adds up to 0 in every channel")
    check.equal(np.array(sums[1]), np.zeros(4), "dx times x adds up to 0 in every channel")


@graded(
    "batch_norm2d_backward",
    stage="dx_training",
    points=1,
    hint="M counts images times places: try one image, and maps of a single place.",
    section="batch_norm_conv-dx",
)
def test_dx_in_training_counts_images_and_places(check, rng):
    """dx is right for one image alone, for maps of a single place, and where sizes are equal."""
    for shape in ((1, 3, 4, 5), (7, 4, 1, 1), (2, 4, 3, 4)):
        check.backward("batch_norm2d_forward", *_layer(rng, *shape), wrt="dx", training=True)


@graded(
    "batch_norm2d_backward",
    stage="dx_training",
    points=0.5,
    hint="Give every gradient an array of its own: dout and the cache belong to others.",
    section="batch_norm_conv-traps",
)
def test_backward_keeps_float32_and_its_arguments(check, rng):
    """In float32 dx is right and float32, and neither dout nor the cache is changed."""
    layer = _layer(rng, 2, 3, 5, 4, np.float32)
    for training in (True, False):
        check.backward("batch_norm2d_forward", *layer, wrt="dx", training=training)
        check.keeps_gradient_dtype("batch_norm2d_forward", *layer, wrt="dx", training=training)
    layer = _layer(rng, 3, 2, 4, 5)
    check.backward_leaves_arguments_alone("batch_norm2d_forward", *layer, training=True)
