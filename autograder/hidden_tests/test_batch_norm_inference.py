"""Hidden tests of the chapter on batch normalization at test time.

All sizes within a test are pairwise distinct, no batch has the statistics that are remembered, no
gamma is near 1, no momentum is 0.5, and `dout` is random.
"""

import numpy as np

from autograder.testing import graded

_DTYPE_HINT = "One float64 in a formula makes all of it float64: which of your arrays is one?"


def _batch(rng, N, D, dtype=np.float64):
    """Draw a batch whose columns have scales and places of their own."""
    scales = np.linspace(1.0, 4.0, D) * rng.uniform(0.9, 1.1, D)
    places = rng.permutation(np.linspace(-9.0, 9.0, D)) + 0.5
    # The first two rows keep every column at least as wide as its scale.
    x = rng.standard_normal((N, D))
    x[0], x[1:2] = rng.uniform(1.0, 1.5, D), -rng.uniform(1.0, 1.5, D)
    return (x * scales + places).astype(dtype)


def _norm(rng, D, dtype=np.float64):
    """Draw gamma, beta, running_mean and running_var. No two of a kind are near each other."""
    gamma = rng.permutation(np.linspace(1.5, 3.0, D)) * rng.choice([-1.0, 1.0], D)
    beta = rng.permutation(np.linspace(4.0, 7.0, D)) * rng.choice([-1.0, 1.0], D)
    mean = rng.permutation(np.linspace(11.0, 16.0, D)) * rng.choice([-1.0, 1.0], D)
    var = rng.permutation(np.linspace(2.0, 9.0, D)) * rng.uniform(0.9, 1.1)
    return tuple(each.astype(dtype) for each in (gamma, beta, mean, var))


def _layer(rng, N, D, dtype=np.float64):
    return _batch(rng, N, D, dtype), *_norm(rng, D, dtype)


def _linear(rng, D_in, D_out, dtype=np.float64):
    """Draw weight, bias, gamma, beta, running_mean and running_var; no bias is near 0."""
    weight = rng.standard_normal((D_in, D_out)) + 0.5
    bias = rng.permutation(np.linspace(2.0, 5.0, D_out)) * rng.choice([-1.0, 1.0], D_out)
    return weight.astype(dtype), bias.astype(dtype), *_norm(rng, D_out, dtype)


def _conv(rng, C_out, C_in, kH, kW, dtype=np.float64):
    """Draw the same for a convolution."""
    flat, bias, *norm = _linear(rng, C_in * kH * kW, C_out, dtype)
    return flat.T.reshape(C_out, C_in, kH, kW).copy(), bias, *norm


def _normalized(between, norm, eps):
    """Normalize the last axis by what is remembered: the law that fusion has to obey."""
    gamma, beta, mean, var = norm
    return gamma * (between - mean) / np.sqrt(var + eps) + beta


# batch_norm_forward in training, 7 points -------------------------------------------------------


@graded(
    "batch_norm_forward",
    stage="training",
    points=1.5,
    hint="In training the batch is normalized by its own mean and variance, not by the averages.",
    section="batch_norm_inference-running",
)
def test_training_normalizes_by_the_batch(check, rng):
    """In training every column is normalized by the batch, then scaled and shifted."""
    check.returns("batch_norm_forward", *_layer(rng, 7, 4), training=True, only=("out",))
    layer = _layer(rng, 3, 5)
    check.returns("batch_norm_forward", *layer, training=True, momentum=0.3, only=("out",))
    check.returns("batch_norm_forward", *_layer(rng, 6, 2), training=True, eps=5.0, only=("out",))


@graded(
    "batch_norm_forward",
    stage="training",
    points=1,
    hint="Which share of the new average is the old one, and which is the mean of the batch?",
    section="batch_norm_inference-running",
)
def test_training_moves_the_running_mean(check, rng):
    """The running mean moves a step of momentum toward the mean of the batch."""
    layer = _layer(rng, 7, 4)
    check.returns("batch_norm_forward", *layer, training=True, momentum=0.2, only=("running_mean",))
    check.returns("batch_norm_forward", *_layer(rng, 3, 5), training=True, only=("running_mean",))


@graded(
    "batch_norm_forward",
    stage="training",
    points=1.5,
    hint="Mix variances that divide by N: no root, no eps, and no other mean than the batch's.",
    section="batch_norm_inference-running",
)
def test_training_moves_the_running_variance(check, rng):
    """The running variance moves a step of momentum toward the variance of the batch."""
    layer = _layer(rng, 6, 4)
    options = {"training": True, "only": ("running_var",)}
    check.returns("batch_norm_forward", *layer, momentum=0.2, eps=3.0, **options)
    check.returns("batch_norm_forward", *_layer(rng, 3, 5), momentum=0.7, **options)
    check.returns("batch_norm_forward", *_layer(rng, 2, 3), **options)


@graded(
    "batch_norm_forward",
    stage="training",
    points=1,
    hint="Feed the same batch again and again: by which factor does the distance shrink each time?",
    section="batch_norm_inference-memory",
)
def test_running_averages_forget_at_the_rate_of_momentum(check, rng):
    """On one batch, shown again and again, the averages near it by the same factor each time."""
    x, gamma, beta, *first = _layer(rng, 7, 4)
    running = first
    for _ in range(4):
        _, _, *running = check.call(
            "batch_norm_forward", x, gamma, beta, *running, training=True, momentum=0.3
        )
    for name, now, start, goal in zip(
        ("mean", "variance"), running, first, (x.mean(axis=0), x.var(axis=0)), strict=True
    ):
        expected = goal + 0.7**4 * (start - goal)  # the closed form of an exponential average
        what = f"after 4 steps with momentum 0.3 the running {name} has 0.7 ** 4 of its way to go"
        check.equal(now, expected, what)
    for momentum, goal in ((1.0, (x.mean(axis=0), x.var(axis=0))), (0.0, first)):
        _, _, *running = check.call(
            "batch_norm_forward", x, gamma, beta, *first, training=True, momentum=momentum
        )
        what = f"with momentum {momentum:.0f} the averages are {'the batch' if momentum else 'old'}"
        check.equal(np.stack(running), np.stack(goal), what)


@graded(
    "batch_norm_forward",
    stage="training",
    points=0.5,
    hint="One sample is its own mean and has the variance 0: what comes out then?",
    section="batch_norm_inference-traps",
)
def test_training_takes_a_batch_of_one_and_of_integers(check, rng):
    """A batch of one sample gives beta in training, and a batch of integers gives fractions."""
    check.returns("batch_norm_forward", *_layer(rng, 1, 4), training=True)
    x = rng.integers(-9, 10, (6, 5)) + 10 * np.eye(6, 5, dtype=int)
    check.returns("batch_norm_forward", x, *_norm(rng, 5), training=True)


@graded(
    "batch_norm_forward",
    stage="training",
    points=0.5,
    hint="`running_mean *= 0.9` writes into the caller's array: which of your lines does so?",
    section="batch_norm_inference-traps",
)
def test_training_leaves_its_arguments_alone_and_keeps_float32(check, rng):
    """In training no argument is changed, and float32 stays float32."""
    check.leaves_arguments_alone("batch_norm_forward", *_layer(rng, 7, 3), training=True)
    check.keeps_dtype("batch_norm_forward", *_layer(rng, 6, 4, np.float32), training=True)


@graded(
    "batch_norm_forward",
    stage="training",
    points=1,
    hint="NumPy stretches an array of one number without asking: compare the shapes yourself.",
    section="batch_norm_inference-traps",
)
def test_batch_norm_forward_refuses_what_does_not_fit(check, rng):
    """What is no batch, or not one number for each column, gets a ValueError in both modes."""
    x, *norm = _layer(rng, 4, 13)
    for training in (True, False):
        check.call("batch_norm_forward", x, *norm, training=training)
        for place in range(4):
            for wrong in (np.ones(1), np.ones(17), np.ones((4, 1))):
                arrays = [wrong if i == place else norm[i] for i in range(4)]
                check.raises(
                    ValueError,
                    "batch_norm_forward",
                    x,
                    *arrays,
                    training=training,
                    mentions=("13",),
                )
        for batch in (np.ones(13), np.ones((3, 17, 13)), np.zeros((0, 13))):
            check.raises(
                ValueError, "batch_norm_forward", batch, *norm, training=training, mentions=("13",)
            )


# batch_norm_forward at test time, 5 points ------------------------------------------------------


@graded(
    "batch_norm_forward",
    stage="test_time",
    points=1.5,
    hint="At test time mean and variance are the running ones, whatever the batch is.",
    section="batch_norm_inference-test-time",
)
def test_test_time_normalizes_by_the_running_averages(check, rng):
    """At test time every column is normalized by the running averages."""
    check.returns("batch_norm_forward", *_layer(rng, 7, 4), training=False, only=("out",))
    check.returns("batch_norm_forward", *_layer(rng, 3, 5), training=False, only=("out",))


@graded(
    "batch_norm_forward",
    stage="test_time",
    points=1,
    hint="Send one sample alone, then with others: which of your lines looks at the others?",
    section="batch_norm_inference-test-time",
)
def test_at_test_time_a_sample_does_not_see_its_neighbors(check, rng):
    """At test time a sample gives the same alone as in a batch, and out is affine in x."""
    x, *norm = _layer(rng, 6, 4)
    out, *_ = check.call("batch_norm_forward", x, *norm, training=False)
    alone, *_ = check.call("batch_norm_forward", x[2:3], *norm, training=False)
    check.equal(out[2:3], alone, "a sample in a batch gives what it gives alone")
    other = _batch(rng, 6, 4)
    there, *_ = check.call("batch_norm_forward", other, *norm, training=False)
    between, *_ = check.call("batch_norm_forward", 0.3 * x + 0.7 * other, *norm, training=False)
    check.equal(between, 0.3 * out + 0.7 * there, "out for a mixture is the mixture of both outs")


@graded(
    "batch_norm_forward",
    stage="test_time",
    points=0.5,
    hint="The running variance may be 0, or small beside eps: where is eps added?",
    section="batch_norm_inference-test-time",
)
def test_test_time_adds_eps_to_the_running_variance(check, rng):
    """At test time eps is added to the running variance, inside the root."""
    x, gamma, beta, mean, var = _layer(rng, 5, 3)
    options = {"training": False, "only": ("out",)}
    check.returns("batch_norm_forward", x, gamma, beta, mean, var, eps=6.0, **options)
    var[1] = 0.0
    check.returns("batch_norm_forward", x, gamma, beta, mean, var, eps=0.3, **options)


@graded(
    "batch_norm_forward",
    stage="test_time",
    points=1,
    hint="Testing must not teach: which line changes the averages, and in which mode does it run?",
    section="batch_norm_inference-test-time",
)
def test_test_time_returns_the_running_averages_as_they_came(check, rng):
    """At test time the running averages come back with the values that they had."""
    check.returns(
        "batch_norm_forward",
        *_layer(rng, 7, 4),
        training=False,
        momentum=0.3,
        only=("running_mean", "running_var"),
    )


@graded(
    "batch_norm_forward",
    stage="test_time",
    points=1,
    hint="x - running_mean makes a new array, x -= running_mean writes into the caller's.",
    section="batch_norm_inference-traps",
)
def test_test_time_leaves_its_arguments_alone_and_keeps_float32(check, rng):
    """At test time no argument is changed, float32 stays float32, integers give fractions."""
    check.leaves_arguments_alone("batch_norm_forward", *_layer(rng, 5, 3), training=False)
    check.keeps_dtype("batch_norm_forward", *_layer(rng, 6, 4, np.float32), training=False)
    x = rng.integers(-9, 10, (4, 5))
    check.returns("batch_norm_forward", x, *_norm(rng, 5), training=False)


# batch_norm_backward in training, 2.5 points ----------------------------------------------------


@graded(
    "batch_norm_backward",
    stage="back_training",
    points=1,
    hint="beta was added to all outputs of its column, gamma multiplied all of its x_hat.",
    section="batch_norm_inference-backward",
)
def test_training_sends_gradients_to_gamma_and_beta(check, rng):
    """In training dgamma and dbeta collect from every sample."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dgamma", training=True)
    check.backward("batch_norm_forward", *_layer(rng, 3, 5), wrt="dbeta", training=True)
    check.gradient("batch_norm_forward", *_layer(rng, 5, 2), wrt="dgamma", training=True, eps=0.4)


@graded(
    "batch_norm_backward",
    stage="back_training",
    points=1.5,
    hint="In training mean and variance come from x: are the ways through them in your dx?",
    section="batch_norm_inference-backward",
)
def test_training_sends_dx_through_the_statistics(check, rng):
    """In training dx comes through gamma, and through the mean and the variance of the batch."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dx", training=True)
    check.gradient("batch_norm_forward", *_layer(rng, 6, 3), wrt="dx", training=True, eps=0.4)


# batch_norm_backward at test time, 4.5 points ---------------------------------------------------


@graded(
    "batch_norm_backward",
    stage="back_test",
    points=1.5,
    hint="Move one number of x a little: at test time, which outputs move, and by which factor?",
    section="batch_norm_inference-backward",
)
def test_test_time_sends_dx_straight_back(check, rng):
    """At test time each number of dx comes from its own output alone."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dx", training=False)
    check.gradient("batch_norm_forward", *_layer(rng, 3, 5), wrt="dx", training=False)


@graded(
    "batch_norm_backward",
    stage="back_test",
    points=0.5,
    hint="In the forward pass you divided by a root with eps in it: do you here as well?",
    section="batch_norm_inference-backward",
)
def test_test_time_knows_eps_on_the_way_back(check, rng):
    """At test time dx is right for a large eps, and for one sample alone."""
    check.backward("batch_norm_forward", *_layer(rng, 5, 3), wrt="dx", training=False, eps=7.0)
    check.backward("batch_norm_forward", *_layer(rng, 1, 4), wrt="dx", training=False)


@graded(
    "batch_norm_backward",
    stage="back_test",
    points=1,
    hint="What was gamma multiplied by at test time? That is what dout is weighed with.",
    section="batch_norm_inference-backward",
)
def test_test_time_weighs_dgamma_with_its_own_x_hat(check, rng):
    """At test time dgamma weighs dout with what the running averages made of x."""
    check.backward("batch_norm_forward", *_layer(rng, 7, 4), wrt="dgamma", training=False)
    check.gradient("batch_norm_forward", *_layer(rng, 3, 5), wrt="dgamma", training=False)


@graded(
    "batch_norm_backward",
    stage="back_test",
    points=0.5,
    hint="To how many outputs was one beta added, and with which factor?",
    section="batch_norm_inference-backward",
)
def test_test_time_collects_dbeta(check, rng):
    """At test time dbeta collects the gradient of its column from every sample."""
    check.backward("batch_norm_forward", *_layer(rng, 6, 4), wrt="dbeta", training=False)


@graded(
    "batch_norm_backward",
    stage="back_test",
    points=1,
    hint="Give every gradient an array of its own: dout and the cache belong to others.",
    section="batch_norm_inference-traps",
)
def test_batch_norm_backward_keeps_float32_and_its_arguments(check, rng):
    """In both modes float32 stays float32, and neither dout nor the cache is changed."""
    for training in (True, False):
        layer = _layer(rng, 6, 4, np.float32)
        for wrt in ("dx", "dgamma", "dbeta"):
            check.keeps_gradient_dtype("batch_norm_forward", *layer, wrt=wrt, training=training)
        check.backward_leaves_arguments_alone(
            "batch_norm_forward", *_layer(rng, 5, 3), training=training
        )


# fuse_linear_batch_norm, 4.5 points -------------------------------------------------------------


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=1,
    hint="Every output is multiplied by one number in the normalization: put it into its column.",
    section="batch_norm_inference-fusion",
)
def test_fused_weights_are_scaled_output_by_output(check, rng):
    """The weights that lead to an output are multiplied by what multiplies that output."""
    check.returns("fuse_linear_batch_norm", *_linear(rng, 3, 5), only=("weight",))
    check.returns("fuse_linear_batch_norm", *_linear(rng, 4, 4), only=("weight",))


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=1,
    hint="Put x = 0 into the two layers: what comes out of them is the bias of the one.",
    section="batch_norm_inference-fusion",
)
def test_fused_bias_is_what_comes_out_for_zero(check, rng):
    """The bias of the merged layer is what the two layers make of an x of zeros."""
    check.returns("fuse_linear_batch_norm", *_linear(rng, 3, 5), only=("bias",))


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=1,
    hint="Without a bias the running mean and beta are still there: which shift do they make?",
    section="batch_norm_inference-fusion",
)
def test_a_missing_bias_keeps_the_shift(check, rng):
    """A linear layer without a bias gets one: that of a bias of zeros."""
    weight, _, *norm = _linear(rng, 2, 6)
    check.returns("fuse_linear_batch_norm", weight, None, *norm)


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=0.5,
    hint="Compare the merged layer with the two on random x, with a large eps and with a tiny one.",
    section="batch_norm_inference-fusion",
)
def test_fused_linear_layer_equals_the_two(check, rng):
    """For every x the merged layer gives what the two layers give, for any eps."""
    for eps in (3.0, 1e-5):
        weight, bias, *norm = _linear(rng, 4, 3)
        x = _batch(rng, 6, 4)
        merged, shift = check.call("fuse_linear_batch_norm", weight, bias, *norm, eps=eps)
        expected = _normalized(x @ weight + bias, norm, eps)
        what = f"the merged layer gives what the two layers give, with eps = {eps}"
        check.equal(x @ merged + shift, expected, what, tolerance=1e-10)


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=0.5,
    hint="`weight *= ...` writes into the network's own weights: make a new array.",
    section="batch_norm_inference-traps",
)
def test_fusing_a_linear_layer_leaves_it_as_it_was(check, rng):
    """The weights, the bias and the normalization stay what they are, and so does float32."""
    check.leaves_arguments_alone("fuse_linear_batch_norm", *_linear(rng, 5, 3))
    weight, bias, *norm = _linear(rng, 4, 2, np.float32)
    check.keeps_dtype("fuse_linear_batch_norm", weight, bias, *norm)
    check.keeps_dtype("fuse_linear_batch_norm", weight, None, *norm)


@graded(
    "fuse_linear_batch_norm",
    stage="fuse_linear",
    points=0.5,
    hint="weight has two axes, and the other five hold one number for each of its outputs.",
    section="batch_norm_inference-traps",
)
def test_fusing_a_linear_layer_refuses_what_does_not_fit(check, rng):
    """A weight of other axes, or arrays that are not one number for each output, are refused."""
    weight, *arrays = _linear(rng, 3, 13)
    check.call("fuse_linear_batch_norm", weight, *arrays)
    for place in range(5):
        for wrong in (np.ones(1), np.ones(3), np.ones((3, 1))):
            args = [wrong if i == place else arrays[i] for i in range(5)]
            check.raises(ValueError, "fuse_linear_batch_norm", weight, *args, mentions=("13",))
    for shape in ((13,), (17, 3, 13)):
        check.raises(
            ValueError, "fuse_linear_batch_norm", np.ones(shape), *arrays, mentions=(shape[0],)
        )


# fuse_conv_batch_norm, 4 points -----------------------------------------------------------------


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=1.5,
    hint="Filter c makes activation map c: all numbers of a filter are multiplied by the same.",
    section="batch_norm_inference-fusion-conv",
)
def test_fused_filters_are_scaled_filter_by_filter(check, rng):
    """Each filter as a whole is multiplied by what multiplies its activation map."""
    check.returns("fuse_conv_batch_norm", *_conv(rng, 4, 2, 3, 5), only=("weight",))
    check.returns("fuse_conv_batch_norm", *_conv(rng, 3, 3, 3, 3), only=("weight",))


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=0.5,
    hint="Convolve an image of zeros: what comes out of the two layers is the bias of the one.",
    section="batch_norm_inference-fusion-conv",
)
def test_fused_bias_of_a_convolution(check, rng):
    """The bias of the merged convolution is what the two layers make of an image of zeros."""
    check.returns("fuse_conv_batch_norm", *_conv(rng, 5, 2, 3, 4), only=("bias",))


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=0.5,
    hint="Without a bias the running mean and beta are still there: which shift do they make?",
    section="batch_norm_inference-fusion-conv",
)
def test_a_convolution_without_a_bias_gets_one(check, rng):
    """A convolution without a bias gets one: that of a bias of zeros."""
    weight, _, *norm = _conv(rng, 4, 3, 2, 1)
    check.returns("fuse_conv_batch_norm", weight, None, *norm)


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=0.5,
    hint="Compare one patch by hand: its dot product with the filter, then the normalization.",
    section="batch_norm_inference-fusion-conv",
)
def test_fused_convolution_equals_the_two(check, rng):
    """For every patch the merged convolution gives what the two layers give, for any eps."""
    for eps in (3.0, 1e-5):
        weight, bias, *norm = _conv(rng, 4, 3, 2, 5)
        patches = rng.standard_normal((6, 3, 2, 5))
        merged, shift = check.call("fuse_conv_batch_norm", weight, bias, *norm, eps=eps)
        sums = np.einsum("nikl,oikl->no", patches, weight) + bias
        what = f"the merged convolution gives what the two layers give, with eps = {eps}"
        check.equal(
            np.einsum("nikl,oikl->no", patches, merged) + shift,
            _normalized(sums, norm, eps),
            what,
            tolerance=1e-10,
        )


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=0.5,
    hint="`weight *= ...` writes into the network's own filters: make a new array.",
    section="batch_norm_inference-traps",
)
def test_fusing_a_convolution_leaves_it_as_it_was(check, rng):
    """The filters, the bias and the normalization stay what they are, and so does float32."""
    check.leaves_arguments_alone("fuse_conv_batch_norm", *_conv(rng, 3, 4, 1, 2))
    weight, bias, *norm = _conv(rng, 2, 3, 4, 1, np.float32)
    check.keeps_dtype("fuse_conv_batch_norm", weight, bias, *norm)
    check.keeps_dtype("fuse_conv_batch_norm", weight, None, *norm)


@graded(
    "fuse_conv_batch_norm",
    stage="fuse_conv",
    points=0.5,
    hint="weight has four axes, and the other five hold one number for each of its filters.",
    section="batch_norm_inference-traps",
)
def test_fusing_a_convolution_refuses_what_does_not_fit(check, rng):
    """A weight of other axes, or arrays that are not one number for each filter, are refused."""
    weight, *arrays = _conv(rng, 13, 3, 2, 5)
    check.call("fuse_conv_batch_norm", weight, *arrays)
    for place in range(5):
        for wrong in (np.ones(1), np.ones(3), np.ones((3, 1))):
            args = [wrong if i == place else arrays[i] for i in range(5)]
            check.raises(ValueError, "fuse_conv_batch_norm", weight, *args, mentions=("13",))
    for shape in ((13, 3), (13, 2, 5)):
        check.raises(
            ValueError, "fuse_conv_batch_norm", np.ones(shape), *arrays, mentions=(shape[0],)
        )
