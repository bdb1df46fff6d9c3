"""Hidden tests of the chapter on convolutional networks: what makes a network of given layers.

The small networks have sizes of which no two are equal, within a test. Their biases are far from 0
and their last biases are of both signs, so that a layer left out, or a ReLU too much, is seen.
"""

# ruff: noqa: D403 - dlogits is a name.

import math

import numpy as np

from autograder.testing import Seed, graded
from autograder.testing.compare import compare_kind
from solutions.convolutional_networks import lenet_summary
from solutions.pooling import max_pool2d_forward
from solutions.stride import conv2d_forward

_DTYPE_HINT = "One float64 in a formula makes all of it float64: which of your arrays is one?"
# x (N, C_in, H, W), then C1, C2, D_hidden, D.
_EVEN = (7, 1, 8, 12), (5, 9, 11, 10)  # maps 8 x 12, 4 x 6, 2 x 3
_ODD = (2, 3, 9, 14), (4, 5, 8, 11)  # maps 9 x 14, 4 x 7, 2 x 3: pools leave a row or column out
_SMALL = (1, 2, 4, 10), (6, 3, 8, 5)  # maps 4 x 10, 2 x 5, 1 x 2


def _network(rng, x_shape, widths, dtype=np.float64):
    """Draw images and the parameters of a network that takes them."""
    _, C_in, H, W = x_shape
    C1, C2, D_hidden, D = widths
    flat = C2 * (H // 2 // 2) * (W // 2 // 2)
    weights = {
        "conv1": (C1, C_in, 5, 5),
        "conv2": (C2, C1, 5, 5),
        "linear1": (flat, D_hidden),
        "linear2": (D_hidden, D),
    }
    params = {}
    for (layer, shape), outputs in zip(weights.items(), widths, strict=True):
        fan_in = math.prod(shape[1:]) if len(shape) == 4 else shape[0]
        params[f"{layer}_weight"] = rng.standard_normal(shape) * math.sqrt(2 / fan_in)
        signs = rng.permutation(np.resize([1.0, -1.0], outputs))
        params[f"{layer}_bias"] = rng.uniform(0.5, 1.0, outputs) * signs
    params = {name: each.astype(dtype) for name, each in params.items()}
    return rng.standard_normal(x_shape).astype(dtype), params


def _gap(maps):
    """Measure how far the largest number of each pooling window is from the next, at least."""
    N, C, H, W = maps.shape
    even = maps[:, :, : H // 2 * 2, : W // 2 * 2].reshape(N, C, H // 2, 2, W // 2, 2)
    windows = np.sort(even.transpose(0, 1, 2, 4, 3, 5).reshape(-1, 4), axis=1)
    return np.diff(windows[windows[:, -1] > 0][:, -2:]).min(initial=1.0)


def _steady_network(rng, x_shape, widths, dtype=np.float64):
    """Draw a network in which a small step moves no number through 0 and makes no new maximum."""
    while True:
        x, params = _network(rng, x_shape, widths)
        out, far = x, []
        for layer in ("conv1", "conv2"):
            weight, bias = params[f"{layer}_weight"], params[f"{layer}_bias"]
            out, _ = conv2d_forward(out, weight, bias, padding=2)
            far += [np.abs(out).min(), _gap(out)]
            out, _ = max_pool2d_forward(np.maximum(out, 0), 2)
        hidden = out.reshape(len(x), -1) @ params["linear1_weight"] + params["linear1_bias"]
        if min(*far, np.abs(hidden).min()) > 1e-3:
            return x.astype(dtype), {name: each.astype(dtype) for name, each in params.items()}


def _scores(rng, N, D):
    """Draw logits, and targets that are not all the same and are not the columns in order."""
    targets = rng.permutation(np.resize(rng.permutation(D), N))
    return 2.0 * rng.standard_normal((N, D)), targets


def _update(rng, dtype=np.float64):
    """Draw params, grads and velocity of two arrays."""
    shapes = {"conv1_weight": (3, 2, 4, 5), "conv1_bias": (7,)}
    return tuple(
        {name: rng.uniform(1.0, 3.0, shape).astype(dtype) * sign for name, shape in shapes.items()}
        for sign in (1, -1, 1)
    )


# lenet_summary, 1.5 points -----------------------------------------------------------------------


@graded(
    "lenet_summary",
    stage="summary",
    points=1,
    hint="Go down the table by hand: each size comes from the one above it.",
    section="convolutional_networks-summary",
)
def test_lenet_summary_gives_the_size_of_what_each_layer_gives(check):
    """Every layer stands in its place, with its name and the size of what it gives."""
    rows = check.call("lenet_summary")
    law = "the output sizes are those of LeNet on an image of 1 x 28 x 28"
    check.equal([row[1] for row in rows], [row[1] for row in lenet_summary()], law)


@graded(
    "lenet_summary",
    stage="summary",
    points=0.5,
    hint="A filter is as deep as what comes in, and a linear layer is (D_in, D_out).",
    section="convolutional_networks-summary",
)
def test_lenet_summary_gives_the_sizes_of_the_weights(check):
    """Convolutions and linear layers have weights of the right size, and no other layer has any."""
    rows = check.call("lenet_summary")
    law = "the weight sizes are those of LeNet's two convolutions and two linear layers"
    check.equal([row[2] for row in rows], [row[2] for row in lenet_summary()], law)


# flatten, 2.5 points ----------------------------------------------------------------------------


@graded(
    "flatten_forward",
    stage="flatten",
    points=1,
    hint="Number the entries of two images of two channels, and look where each of them goes.",
    section="convolutional_networks-flatten",
)
def test_flatten_forward_reads_each_image_channel_by_channel(check, rng):
    """Each image becomes a row: channel by channel, and each channel row by row."""
    check.returns("flatten_forward", rng.standard_normal((3, 2, 4, 5)))
    check.returns("flatten_forward", rng.standard_normal((1, 3, 2, 4)))


@graded(
    "flatten_forward",
    stage="flatten",
    points=0.5,
    hint="x.ndim counts the axes; and x.shape = ... reshapes the caller's own array.",
    section="convolutional_networks-traps",
)
def test_flatten_forward_keeps_its_argument_and_refuses_a_single_axis(check, rng):
    """The maps are left as they are, their type is kept, and one axis alone gets a ValueError."""
    x = rng.standard_normal((2, 3, 5, 4))
    check.leaves_arguments_alone("flatten_forward", x)
    check.keeps_dtype("flatten_forward", x.astype(np.float32))
    check.raises(ValueError, "flatten_forward", rng.standard_normal(13), mentions=("13",))


@graded(
    "flatten_backward",
    stage="flatten_back",
    points=1,
    hint="Which number came from which place? It goes back there; nothing else happens to it.",
    section="convolutional_networks-flatten",
)
def test_flatten_backward_puts_every_gradient_back_in_its_place(check, rng):
    """Each gradient goes back to the place that its number came from, for one image too."""
    check.backward("flatten_forward", rng.standard_normal((3, 2, 4, 5)), wrt="dx")
    check.backward("flatten_forward", rng.standard_normal((1, 3, 2, 4)), wrt="dx")


# cross_entropy: the loss, 5.5 points --------------------------------------------------------------


@graded(
    "cross_entropy",
    stage="loss",
    points=2,
    hint="Take two images and three classes, and do the four steps by hand: do you get the same?",
    section="convolutional_networks-loss",
)
def test_the_loss_is_the_mean_of_minus_the_log_of_the_right_probabilities(check, rng):
    """The loss is the mean over the images of minus the logarithm of the right probability."""
    check.returns("cross_entropy", *_scores(rng, 5, 3), only=("loss",))
    check.returns("cross_entropy", *_scores(rng, 4, 7), only=("loss",))


@graded(
    "cross_entropy",
    stage="loss",
    points=0.5,
    hint="With one image, its classes still lie along axis 1: over which axis do you sum?",
    section="convolutional_networks-loss",
)
def test_the_loss_of_one_image_and_of_equal_scores(check, rng):
    """One image alone has its own loss, and equal scores cost the logarithm of their number."""
    check.returns("cross_entropy", *_scores(rng, 1, 6), only=("loss",))
    logits, targets = _scores(rng, 3, 8)
    check.returns("cross_entropy", np.full_like(logits, 2.5), targets, only=("loss",))


@graded(
    "cross_entropy",
    stage="loss",
    points=1.5,
    hint="exp(1000) is too large and log(0) is no number: where in your formula may they come up?",
    section="convolutional_networks-overflow",
)
def test_the_loss_is_finite_for_scores_of_any_size(check, rng):
    """Huge scores, and right classes with next to no probability, give a finite loss."""
    logits, targets = _scores(rng, 5, 4)
    check.returns("cross_entropy", logits + 5000.0, targets, only=("loss",))
    check.returns("cross_entropy", logits - 5000.0, targets, only=("loss",))
    check.returns("cross_entropy", 1000.0 * logits, targets, only=("loss",))


@graded(
    "cross_entropy",
    stage="loss",
    points=1,
    hint="NumPy reads -1 as the last class without a word: look at the targets first.",
    section="convolutional_networks-traps",
)
def test_cross_entropy_refuses_what_does_not_fit(check, rng):
    """Targets that are no class, or not one for each image, and no logits get a ValueError."""
    logits, targets = _scores(rng, 4, 13)
    check.returns("cross_entropy", logits, targets, only=("loss",))
    for wrong, mentions in [(13, ("13",)), (29, ("29",)), (-1, ("-1",)), (-13, ("-13",))]:
        bad = targets.copy()
        bad[2] = wrong
        check.raises(ValueError, "cross_entropy", logits, bad, mentions=mentions)
    check.raises(ValueError, "cross_entropy", logits, targets[:3], mentions=("4", "3"))
    check.raises(ValueError, "cross_entropy", logits, targets[:, np.newaxis])
    check.raises(ValueError, "cross_entropy", logits[0], targets[:1], mentions=("13",))
    check.raises(ValueError, "cross_entropy", np.zeros((0, 17)), targets[:0], mentions=("17",))


@graded(
    "cross_entropy",
    stage="loss",
    points=0.5,
    hint="Does one of your arrays have the type of the scores, where fractions have to go?",
    section="convolutional_networks-traps",
)
def test_the_loss_takes_scores_of_other_types(check, rng):
    """Scores of whole numbers and of float32 give the right loss."""
    logits, targets = _scores(rng, 6, 5)
    check.returns("cross_entropy", np.rint(4 * logits).astype(int), targets, only=("loss",))
    check.returns("cross_entropy", logits.astype(np.float32), targets, only=("loss",))


# cross_entropy: dlogits, 4.5 points ---------------------------------------------------------------


@graded(
    "cross_entropy",
    stage="dlogits",
    points=1.5,
    hint="For one image: its probabilities, and 1 less at the right class. And for a mean over N?",
    section="convolutional_networks-dlogits",
)
def test_dlogits_are_probabilities_less_one_at_the_right_class(check, rng):
    """dlogits are the probabilities, 1 less at the right class, divided by the number of images."""
    check.returns("cross_entropy", *_scores(rng, 5, 3), only=("dlogits",))
    check.returns("cross_entropy", *_scores(rng, 4, 7), only=("dlogits",))
    check.returns("cross_entropy", *_scores(rng, 1, 6), only=("dlogits",))


@graded(
    "cross_entropy",
    stage="dlogits",
    points=1,
    hint="Move one score a little and watch your own loss: is that what your dlogits say?",
    section="convolutional_networks-dlogits",
)
def test_dlogits_are_the_slope_of_the_loss(check, rng):
    """When the scores move a little, your loss changes as your dlogits say."""
    logits, targets = _scores(rng, 6, 4)
    _, dlogits = check.call("cross_entropy", logits, targets)
    check.equal(bool(np.any(dlogits)), True, "dlogits are not 0 throughout")
    rises, promised = [], []
    for _ in range(4):
        direction = rng.standard_normal(logits.shape)
        above, below = (
            check.call("cross_entropy", logits + step * direction, targets)[0]
            for step in (1e-5, -1e-5)
        )
        rises.append(float((above - below) / 2e-5))
        promised.append(float(np.sum(dlogits * direction)))
    law = "the loss changes with the scores as dlogits say"
    check.equal(np.array(promised), np.array(rises), law, tolerance=1e-7)


@graded(
    "cross_entropy",
    stage="dlogits",
    points=1,
    hint="Which of your arrays still holds exp of an unshifted score?",
    section="convolutional_networks-overflow",
)
def test_dlogits_are_finite_for_scores_of_any_size(check, rng):
    """Huge scores give the same dlogits as the same scores shifted down to 0."""
    logits, targets = _scores(rng, 5, 4)
    check.returns("cross_entropy", logits + 5000.0, targets, only=("dlogits",))
    check.returns("cross_entropy", 1000.0 * logits, targets, only=("dlogits",))


@graded(
    "cross_entropy",
    stage="dlogits",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolutional_networks-traps",
)
def test_dlogits_keep_float32(check, rng):
    """Scores of float32 give dlogits that are right, and float32."""
    logits, targets = _scores(rng, 3, 5)
    logits = logits.astype(np.float32)
    _, dlogits = check.returns("cross_entropy", logits, targets, only=("dlogits",))
    check.equal(str(dlogits.dtype), "float32", "dlogits of float32 scores are float32")


@graded(
    "cross_entropy",
    stage="dlogits",
    points=0.5,
    hint="x -= 1 changes the caller's array, x = x - 1 makes a new one: which do you use?",
    section="convolutional_networks-traps",
)
def test_cross_entropy_leaves_its_arguments_alone(check, rng):
    """After the call the scores and the targets are what they were before."""
    check.leaves_arguments_alone("cross_entropy", *_scores(rng, 6, 5))


# lenet_init, 3 points -----------------------------------------------------------------------------

_FAN_IN = {"conv1": 25, "conv2": 500, "linear1": 2450, "linear2": 500}


def _snapped(ratio, near):
    """Give 1.0 for a ratio that is near 1, and else the nearest of a coarse scale without 1."""
    if abs(ratio - 1) <= near:
        return 1.0
    if not ratio > 1e-3:
        return 1e-3
    step = np.rint(3 * np.log2(ratio)) or 0.5 * np.sign(np.log2(ratio))
    return float(2.0 ** (step / 3))


def _more_networks(check, first, *seeds):
    """Let the learner draw again; the reference, which takes its time, need not."""
    calls = [check.invoke("lenet_init", (Seed(seed),), {}, with_reference=False) for seed in seeds]
    for call in calls:
        if problem := compare_kind(call.value, first, name="params"):
            check.fail_problem(call, problem)
    return [call.value for call in calls]


@graded(
    "lenet_init",
    stage="init",
    points=1,
    hint="Compare the names and shapes with the table, and print the dtype of each array.",
    section="convolutional_networks-init",
)
def test_lenet_init_gives_eight_arrays_with_biases_of_zero(check):
    """There are eight arrays of the right names and shapes, in float32, and the biases are 0."""
    params = check.keeps_dtype("lenet_init", Seed(3))
    for name in params:
        if name.endswith("bias"):
            check.equal(params[name], np.zeros(params[name].shape), f"{name} is 0")


@graded(
    "lenet_init",
    stage="init",
    points=1,
    hint="How many products are summed up for one output number? That count is fan_in.",
    section="convolutional_networks-init",
)
def test_lenet_init_gives_each_layer_the_spread_of_he(check, rng):
    """The weights of each layer have the mean 0 and the spread sqrt(2 / fan_in)."""
    # Weights of zeros are judged here by their spread, and not as an answer that is no answer.
    call = check.invoke("lenet_init", (Seed(int(rng.integers(1000))),), {"dtype": "float64"})
    if problem := compare_kind(call.value, call.expected, name="params"):
        check.fail_problem(call, problem)
    params, spreads, means = call.value, [], []
    for layer, fan_in in _FAN_IN.items():
        weight = params[f"{layer}_weight"]
        # Six standard deviations of what chance does to the spread of so many numbers.
        near = 6 / math.sqrt(2 * weight.size)
        spreads.append(_snapped(weight.std() * math.sqrt(fan_in / 2), near))
        off = abs(weight.mean()) * math.sqrt(weight.size) / max(weight.std(), 1e-9)
        means.append(0.0 if off < 6 else 1.0)
    law = "the spread of the weights of each of the four layers, over sqrt(2 / fan_in), is 1"
    check.equal(np.array(spreads), np.ones(4), law)
    check.equal(np.array(means), np.zeros(4), "the weights of each layer have the mean 0")


@graded(
    "lenet_init",
    stage="init",
    points=0.5,
    hint="All random numbers have to come from rng, drawn anew for each layer.",
    section="convolutional_networks-init",
)
def test_lenet_init_depends_on_rng_alone(check, rng):
    """The same rng gives the same network, another gives another, and no two layers are alike."""
    seed = int(rng.integers(1000))
    first = check.call("lenet_init", Seed(seed))
    again, other = _more_networks(check, first, seed, seed + 1)
    same = bool(np.array_equal(first["conv2_weight"], again["conv2_weight"]))
    law = "two calls with the same state of rng give the same weights"
    check.equal("the same" if same else "not the same", "the same", law)
    same = bool(np.array_equal(first["conv2_weight"], other["conv2_weight"]))
    law = "two calls with different states of rng give different weights"
    check.equal("not different" if same else "different", "different", law)
    numbers = [first[f"{layer}_weight"].ravel()[:500].astype(float) for layer in _FAN_IN]
    numbers.append(first["conv2_weight"].ravel()[500:1000].astype(float))
    alike = np.abs(np.corrcoef(numbers) - np.eye(5)).max() > 0.3
    check.equal(
        bool(alike), False, "the weights of no two layers, and of no two filters, are alike"
    )


@graded(
    "lenet_init",
    stage="init",
    points=0.5,
    hint="dtype is an argument: do weights and biases both get the type that it names?",
    section="convolutional_networks-traps",
)
def test_lenet_init_gives_the_type_that_it_is_asked_for(check):
    """Asked for float64, all arrays are float64, and the small digits are not cut off."""
    params = check.keeps_dtype("lenet_init", Seed(11), dtype="float64")
    weight = params["conv1_weight"]
    cut = bool(np.array_equal(weight, weight.astype(np.float32)))
    check.equal(cut, False, "float64 weights have more digits than float32 can hold")


# lenet_forward, 4 points --------------------------------------------------------------------------


@graded(
    "lenet_forward",
    stage="forward",
    points=1.5,
    hint="Print the shape and one number after each layer, and go down the table beside it.",
    section="convolutional_networks-forward",
)
def test_lenet_forward_gives_the_logits(check, rng):
    """The layers stand in their order: a batch of images becomes a batch of logits."""
    check.returns("lenet_forward", *_network(rng, *_EVEN))


@graded(
    "lenet_forward",
    stage="forward",
    points=1,
    hint="Is one of your sizes fixed that the shapes of x and of the parameters should give?",
    section="convolutional_networks-forward",
)
def test_lenet_forward_takes_other_sizes(check, rng):
    """Several channels, odd heights and widths, and one image alone go through as well."""
    check.returns("lenet_forward", *_network(rng, *_ODD))
    check.returns("lenet_forward", *_network(rng, *_SMALL))


@graded(
    "lenet_forward",
    stage="forward",
    points=0.5,
    hint="What stands after the last linear layer, and what does it do to a negative number?",
    section="convolutional_networks-forward",
)
def test_logits_may_be_negative(check, rng):
    """Where the last biases are far below 0, so are the logits."""
    x, params = _network(rng, *_EVEN)
    params["linear2_bias"] -= 100.0
    check.returns("lenet_forward", x, params)


@graded(
    "lenet_forward",
    stage="forward",
    points=0.5,
    hint="Which line writes into an array that is not its own, or makes float64 of float32?",
    section="convolutional_networks-traps",
)
def test_lenet_forward_keeps_float32_and_its_arguments(check, rng):
    """float32 stays float32, and images and parameters are what they were before."""
    check.keeps_dtype("lenet_forward", *_network(rng, *_ODD, np.float32))
    x, params = _network(rng, *_EVEN)
    logits, _ = check.leaves_arguments_alone("lenet_forward", x, params)
    params["linear2_bias"] += 3.0
    more, _ = check.call("lenet_forward", x, params)
    check.equal(more, logits + 3.0, "3 more on each last bias is 3 more on each logit")


@graded(
    "lenet_forward",
    stage="forward",
    points=0.5,
    hint="The given layers refuse what does not fit: do you hand them the arrays as they came?",
    section="convolutional_networks-forward",
)
def test_lenet_forward_refuses_what_does_not_fit(check, rng):
    """Channels, vectors and biases that do not fit together get a ValueError."""
    x, params = _network(rng, *_EVEN)
    check.call("lenet_forward", x, params)
    for name, shape, mentions in [
        ("conv1_weight", (5, 13, 5, 5), ("13",)),
        ("conv2_weight", (9, 13, 5, 5), ("13", "5")),
        ("linear1_weight", (47, 11), ("47", "54")),
        ("linear2_weight", (13, 10), ("13", "11")),
        ("conv2_bias", (1,), ("9",)),
        ("linear1_bias", (1,), ("11",)),
    ]:
        wrong = params | {name: rng.standard_normal(shape)}
        check.raises(ValueError, "lenet_forward", x, wrong, mentions=mentions)


# lenet_backward, 5.5 points -----------------------------------------------------------------------

_CHAIN_HINT = "Walk back from the logits: what does each layer hand on, and what did it keep?"


@graded(
    "lenet_backward",
    stage="backward",
    points=1,
    hint="The last layer is the first on the way back: it gets dlogits as they are.",
    section="convolutional_networks-backward",
)
def test_grads_of_the_last_layer(check, rng):
    """linear2 gets its gradients from dlogits, and from what it saw."""
    x, params = _network(rng, *_EVEN)
    check.backward("lenet_forward", x, params, wrt="grads['linear2_weight']")
    check.backward("lenet_forward", x, params, wrt="grads['linear2_bias']")


@graded(
    "lenet_backward",
    stage="backward",
    points=1,
    hint="Between the two linear layers stands a ReLU: which numbers did it let through?",
    section="convolutional_networks-backward",
)
def test_grads_of_the_first_linear_layer(check, rng):
    """linear1 gets its gradients through linear2 and the ReLU between them."""
    x, params = _network(rng, *_EVEN)
    check.backward("lenet_forward", x, params, wrt="grads['linear1_weight']")
    check.backward("lenet_forward", x, params, wrt="grads['linear1_bias']")


@graded(
    "lenet_backward",
    stage="backward",
    points=1,
    hint="From linear1 back to conv2 it is flatten, pooling, ReLU: are they in this order?",
    section="convolutional_networks-backward",
)
def test_grads_of_the_second_convolution(check, rng):
    """conv2 gets its gradients through the linear layers, flatten, pooling and ReLU."""
    x, params = _network(rng, *_ODD)
    check.backward("lenet_forward", x, params, wrt="grads['conv2_weight']")
    check.backward("lenet_forward", x, params, wrt="grads['conv2_bias']")


@graded(
    "lenet_backward",
    stage="backward",
    points=1,
    hint=_CHAIN_HINT,
    section="convolutional_networks-backward",
)
def test_grads_of_the_first_convolution(check, rng):
    """conv1 gets its gradients through everything that stands behind it."""
    x, params = _network(rng, *_EVEN)
    check.backward("lenet_forward", x, params, wrt="grads['conv1_weight']")
    check.backward("lenet_forward", x, params, wrt="grads['conv1_bias']")


@graded(
    "lenet_backward",
    stage="backward",
    points=0.5,
    hint="The names of grads are those of params, and each gradient has its parameter's shape.",
    section="convolutional_networks-backward",
)
def test_grads_are_complete_and_agree_with_central_differences(check, rng):
    """There is a gradient for every parameter, and those of the biases are what is measured."""
    x, params = _steady_network(rng, *_SMALL)
    check.backward("lenet_forward", x, params, wrt="grads")
    for name in ("conv1_bias", "conv2_bias", "linear1_bias"):
        check.gradient("lenet_forward", x, params, wrt=f"grads[{name!r}]")


@graded(
    "lenet_backward",
    stage="backward",
    points=0.5,
    hint=_DTYPE_HINT,
    section="convolutional_networks-traps",
)
def test_grads_keep_float32(check, rng):
    """In float32 the gradients are right, and float32."""
    x, params = _steady_network(rng, *_SMALL, np.float32)
    grads = check.backward("lenet_forward", x, params, wrt="grads")
    types = {name: str(each.dtype) for name, each in grads.items()}
    law = "in a network of float32 every gradient is float32"
    check.equal(types, dict.fromkeys(params, "float32"), law)


@graded(
    "lenet_backward",
    stage="backward",
    points=0.5,
    hint="Whoever takes caches out of a list, or masks in place, can go back only once.",
    section="convolutional_networks-traps",
)
def test_lenet_backward_leaves_its_arguments_alone(check, rng):
    """The backward pass changes neither dlogits nor the cache, and can be called again."""
    check.backward_leaves_arguments_alone("lenet_forward", *_network(rng, *_ODD))


# sgd_step, 3.5 points -----------------------------------------------------------------------------


@graded(
    "sgd_step",
    stage="step",
    points=1,
    hint="Without momentum a step is lr times the gradient, against it: is that what you do?",
    section="convolutional_networks-step",
)
def test_a_step_without_momentum_goes_against_the_gradient(check, rng):
    """With a momentum of 0 the parameters move against the gradients, by lr times as much."""
    params, grads, velocity = _update(rng)
    resting = {name: np.zeros_like(each) for name, each in velocity.items()}
    check.returns("sgd_step", params, grads, resting, lr=0.25, momentum=0.0)


@graded(
    "sgd_step",
    stage="step",
    points=1.5,
    hint="Do the step of the exercise by hand: 0.5 * 10 + 2 = 7, and then 1 - 0.5 * 7.",
    section="convolutional_networks-step",
)
def test_a_step_with_momentum_follows_the_new_velocity(check, rng):
    """The velocity keeps a part of itself and takes in the gradient; the step follows it."""
    check.returns("sgd_step", *_update(rng), lr=0.3, momentum=0.9)
    check.returns("sgd_step", *_update(rng), lr=2.0, momentum=0.25)


@graded(
    "sgd_step",
    stage="step",
    points=0.5,
    hint="a -= b writes into the caller's array, and params[name] = ... into the caller's dict.",
    section="convolutional_networks-traps",
)
def test_sgd_step_makes_new_dicts_and_keeps_float32(check, rng):
    """The three dicts and their arrays stay what they were, and float32 stays float32."""
    check.leaves_arguments_alone("sgd_step", *_update(rng), lr=0.3, momentum=0.9)
    check.keeps_dtype("sgd_step", *_update(rng, np.float32), lr=0.3, momentum=0.9)


@graded(
    "sgd_step",
    stage="step",
    points=0.5,
    hint="Compare the names of the three dicts first, and then the shape of each array.",
    section="convolutional_networks-step",
)
def test_sgd_step_refuses_what_does_not_fit(check, rng):
    """A gradient that is missing or of another shape, and a velocity likewise, get a ValueError."""
    params, grads, velocity = _update(rng)
    check.call("sgd_step", params, grads, velocity, lr=0.3, momentum=0.9)
    step = {"lr": 0.3, "momentum": 0.9}
    lost = {"conv1_bias": grads["conv1_bias"]}
    one = {"conv1_bias": np.ones(1)}
    check.raises(ValueError, "sgd_step", params, lost, velocity, mentions=("weight",), **step)
    check.raises(ValueError, "sgd_step", params, grads, lost, mentions=("weight",), **step)
    more = grads | {"linear1_bias": np.ones(3)}
    check.raises(ValueError, "sgd_step", params, more, velocity, mentions=("linear1_bias",), **step)
    check.raises(ValueError, "sgd_step", params, grads | one, velocity, mentions=("7",), **step)
    check.raises(ValueError, "sgd_step", params, grads, velocity | one, mentions=("7",), **step)
