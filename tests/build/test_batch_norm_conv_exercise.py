"""The exercise of the chapter batch_norm_conv, as a learner meets it."""

import json

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from autograder.misconceptions import batch_norm_conv as mistakes
from notebook_runs import COURSE, Wrong, assert_stopped

_SLUG = "batch_norm_conv"
_FORWARD, _BACKWARD = "batch_norm2d_forward", "batch_norm2d_backward"
_REFERENCE = notebook_runs.reference(_SLUG)


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(COURSE, _SLUG)
    assert {stage.name: stage.points for stage in exercise.stages} == {
        "one_batch": 0,
        "rows": 0,
        "training": 8.5,
        "running": 3,
        "test_mode": 3.5,
        "refuse": 2,
        "dgamma_dbeta": 4,
        "dx_test": 2,
        "dx_training": 6,
    }
    assert (exercise.points, exercise.manual_points) == (29, 3)
    assert exercise.answers == (_FORWARD, _BACKWARD)
    assert exercise.minutes == 82


def test_what_is_given_holds_no_normalization():
    # Whoever is given the layer for columns has nothing left to find in the way back.
    exercise = load_exercise(COURSE, _SLUG)
    assert exercise.given == ("padding.conv2d_forward", "padding.conv2d_backward")


def test_the_picture_shows_what_the_text_below_it_says(monkeypatch):
    found = notebook_runs.run_answers(_SLUG, monkeypatch)["found"]
    without = found[2.0, False][0] / found[1.0, False][0]
    assert without > 1000
    assert found[0.5, False][0] < found[1.0, False][0] / 1000
    np.testing.assert_allclose(found[2.0, True], np.array(found[1.0, True]) / 2, rtol=0.02)
    np.testing.assert_allclose(found[0.5, True], np.array(found[1.0, True]) * 2, rtol=0.02)


# What a learner may write by hand, and what the check has to say.
BY_HAND = {
    "as many numbers as one map has": (
        "one_batch",
        "by_hand = [4, [5, 1], [4, 9], [-1.5, 0.5, -1.5, -0.5]]",
        ("how many numbers go into one mean: 4 came", "of how many images"),
    ),
    "the mean of image 0 alone": (
        "one_batch",
        "by_hand = [8, [3.5, 1], [4, 9], [-1.5, 0.5, -1.5, -0.5]]",
        ("the mean of channel 0: 3.5 came", "both images"),
    ),
    "the variance divided by 7": (
        "one_batch",
        "by_hand = [8, [5, 1], [4, 72 / 7], [-1.5, 0.5, -1.5, -0.5]]",
        ("the variance of channel 1", "not by 7"),
    ),
    "divided by the variance": (
        "one_batch",
        "by_hand = [8, [5, 1], [4, 9], [-0.75, 0.25, -0.75, -0.25]]",
        ("normalized number 0: -0.75 came", "divided by the root"),
    ),
    "an answer left out": (
        "one_batch",
        "by_hand = [[5, 1], [4, 9], [-1.5, 0.5, -1.5, -0.5]]",
        ("Expected: a number, two means",),
    ),
    "reshaped without moving the channels": (
        "rows",
        "rows = places.reshape(-1, 3); back = rows.reshape(places.shape)",
        ("numbers of the channels [0, 1, 2]", "reshape moves nothing"),
    ),
    "channels as rows": (
        "rows",
        "rows = places.transpose(1, 0, 2, 3).reshape(3, -1); back = places",
        ("came: shape (3, 40)", "expected: shape (40, 3)"),
    ),
    "channels of different places in a row": (
        "rows",
        "rows = np.stack([np.roll(places[:, c].ravel(), c) for c in range(3)], axis=1); back = 0",
        ("rows, the last row", "the 3 numbers of one place"),
    ),
    "not moved back": (
        "rows",
        "rows = places.transpose(0, 2, 3, 1).reshape(40, 3); back = rows.reshape(2, 3, 4, 5)",
        ("back[1, 1, 2]", "opposite order"),
    ),
    "rows and columns swapped back": (
        "rows",
        "rows = places.transpose(0, 2, 3, 1).reshape(40, 3)\n"
        "back = rows.reshape(2, 5, 4, 3).transpose(0, 3, 2, 1)",
        ("back[1, 1, 2]", "rows and columns in the order that they had"),
    ),
    "channels left last": (
        "rows",
        "rows = places.transpose(0, 2, 3, 1).reshape(40, 3); back = rows.reshape(2, 4, 5, 3)",
        ("came: shape (2, 4, 5, 3)", "(N, H, W, C)"),
    ),
}


@pytest.mark.parametrize("mistake", BY_HAND)
def test_a_check_of_what_is_done_by_hand_helps(mistake):
    stage, answer, said = BY_HAND[mistake]
    cells = json.loads(notebook_runs.notebooks(_SLUG)[0])["cells"]
    sources = {c["id"]: "".join(c["source"]) for c in cells if c["cell_type"] == "code"}
    sources[f"by_hand_{stage}"] = answer
    check = sources.pop(f"check_{stage}")
    namespace = {}
    for name, source in sources.items():
        exec(source, namespace)
        if name == f"by_hand_{stage}":
            break
    with pytest.raises(AssertionError) as caught:
        exec(check, namespace)
    assert [words for words in (*said, "Hint: ") if words not in str(caught.value)] == []


def _forward(change):
    """Change the results of the reference's forward pass."""

    def batch_norm2d_forward(x, *vectors, training, momentum=0.1, eps=1e-5):
        results = _REFERENCE.batch_norm2d_forward(
            x, *vectors, training=training, momentum=momentum, eps=eps
        )
        return change(*results)

    return batch_norm2d_forward


def _dgamma_with_channels_in_other_places(dout, cache):
    dx, dgamma, dbeta = _REFERENCE.batch_norm2d_backward(dout, cache)
    return dx, dgamma if len(dgamma) == 2 else dgamma[::-1], dbeta


def _no_dx(dout, cache):
    return None, *_REFERENCE.batch_norm2d_backward(dout, cache)[1:]


def _dx_test_along_the_width(dout, cache):
    training, _, gamma, std = cache
    dx, *others = _REFERENCE.batch_norm2d_backward(dout, cache)
    silent = dout.shape[1] == dout.shape[3]
    return (gamma / std).ravel() * dout if silent and not training else dx, *others


_ONE_MEAN = ("all eight numbers of a channel have one mean",)
_WIDTH = ("C and W are both 2 here", "(1, C, 1, 1)")

# What a learner may write, the check that has to stop it, and what its message has to say.
WRONG = {
    "nothing returned": Wrong(
        _FORWARD, lambda *_, **__: None, "check_training", ("came: NoneType", "four things")
    ),
    "out and cache only": Wrong(
        _FORWARD,
        _forward(lambda out, cache, *_: (out, cache)),
        "check_training",
        ("came: tuple of 2", "four things"),
    ),
    "x changed": Wrong(
        _FORWARD, mistakes.computed_in_place, "check_training", ("changed its argument x",)
    ),
    "reshaped without moving the channels": Wrong(
        _FORWARD, mistakes.reshaped_without_moving_channels, "check_training", _ONE_MEAN
    ),
    "channels not moved back": Wrong(
        _FORWARD, mistakes.channels_not_moved_back, "check_training", _ONE_MEAN
    ),
    "rows and columns swapped back": Wrong(
        _FORWARD, mistakes.height_and_width_swapped_back, "check_training", _ONE_MEAN
    ),
    "each image by itself": Wrong(
        _FORWARD, mistakes.statistics_for_each_image, "check_training", _ONE_MEAN
    ),
    "each place by itself": Wrong(
        _FORWARD, mistakes.statistics_for_each_place, "check_training", _ONE_MEAN
    ),
    "all channels together": Wrong(
        _FORWARD, mistakes.statistics_over_everything, "check_training", _ONE_MEAN
    ),
    "layer normalization": Wrong(
        _FORWARD, mistakes.statistics_over_channels_and_places, "check_training", _ONE_MEAN
    ),
    "each column of the picture": Wrong(
        _FORWARD, mistakes.statistics_for_each_column_of_the_picture, "check_training", _ONE_MEAN
    ),
    "variance averaged over the images": Wrong(
        _FORWARD,
        mistakes.variance_averaged_over_images,
        "check_training",
        ("all 8 squared distances",),
    ),
    "variance divided by M - 1": Wrong(
        _FORWARD, mistakes.variance_over_m_minus_1, "check_training", ("all 8 squared distances",)
    ),
    "statistics along the width": Wrong(
        _FORWARD, mistakes.statistics_along_the_width, "check_training", _ONE_MEAN
    ),
    "gamma along the width": Wrong(
        _FORWARD, mistakes.scale_along_the_width, "check_training", _WIDTH
    ),
    "gamma along the batch": Wrong(
        _FORWARD, mistakes.scale_along_the_batch, "check_training", _WIDTH
    ),
    "one gamma for all": Wrong(
        _FORWARD, mistakes.one_scale_for_all_channels, "check_training", ("undo the normalization",)
    ),
    "eps outside the root": Wrong(
        _FORWARD, mistakes.eps_outside_the_root, "check_training", ("sqrt(4 + 12) = 4",)
    ),
    "eps not used": Wrong(
        _FORWARD, mistakes.eps_fixed, "check_training", ("is eps the one that came",)
    ),
    "running averages never updated": Wrong(
        _FORWARD,
        mistakes.running_averages_never_updated,
        "check_running",
        ("running_mean, which was [15, 11]", "one tenth comes from the batch"),
    ),
    "momentum reversed": Wrong(
        _FORWARD, mistakes.momentum_reversed, "check_running", ("one tenth comes from the batch",)
    ),
    "momentum not used": Wrong(
        _FORWARD, mistakes.momentum_fixed, "check_running", ("the argument momentum",)
    ),
    "standard deviations remembered": Wrong(
        _FORWARD, mistakes.running_var_from_std, "check_running", ("without a root",)
    ),
    "running variance divided by M - 1": Wrong(
        _FORWARD, mistakes.running_var_over_m_minus_1, "check_running", ("and not by 7",)
    ),
    "eps in the running variance": Wrong(
        _FORWARD, mistakes.running_var_with_eps, "check_running", ("does not know it",)
    ),
    "running averages in place": Wrong(
        _FORWARD,
        mistakes.running_averages_in_place,
        "check_running",
        ("changed its argument running_mean",),
    ),
    "running averages with four axes": Wrong(
        _FORWARD,
        mistakes.running_averages_with_four_axes,
        "check_running",
        ("came: shape (1, 2, 1, 1)", "expected: shape (2,)"),
    ),
    "batch statistics at test time": Wrong(
        _FORWARD,
        mistakes.batch_statistics_at_test_time,
        "check_test_mode",
        ("The batch's own mean and variance",),
    ),
    "updated at test time": Wrong(
        _FORWARD,
        mistakes.running_averages_updated_at_test_time,
        "check_test_mode",
        ("running_mean after a call at test time", "it stays what it is"),
    ),
    "running variance read as a standard deviation": Wrong(
        _FORWARD, mistakes.running_var_read_as_std, "check_test_mode", ("divided by 4, times 4",)
    ),
    "no eps at test time": Wrong(
        _FORWARD, mistakes.no_eps_at_test_time, "check_test_mode", ("sqrt(7 + 9) = 4",)
    ),
    "one value a channel accepted": Wrong(
        _FORWARD,
        mistakes.one_value_a_channel_accepted,
        "check_refuse",
        ("x (1, 3, 1, 1), in training", "expected: a ValueError"),
    ),
    "one value a channel refused at test time": Wrong(
        _FORWARD,
        mistakes.one_value_a_channel_refused_at_test_time,
        "check_refuse",
        ("training=False", "expected: a result", "only in training"),
    ),
    "one image refused": Wrong(
        _FORWARD,
        mistakes.one_image_refused,
        "check_refuse",
        ("x (1, 3, 1, 2), training=True", "only M = N * H * W = 1"),
    ),
    "vectors of one number accepted": Wrong(
        _FORWARD,
        mistakes.vectors_of_one_number_accepted,
        "check_refuse",
        ("gamma (1,), which NumPy would stretch", "expected: a ValueError"),
    ),
    "dgamma summed over the batch only": Wrong(
        _BACKWARD,
        mistakes.dgamma_over_the_batch_only,
        "check_dgamma_dbeta",
        ("came: shape (2, 2, 2)", "expected: shape (2,)"),
    ),
    "dbeta summed over the batch only": Wrong(
        _BACKWARD,
        mistakes.dbeta_over_the_batch_only,
        "check_dgamma_dbeta",
        ("came: shape (2, 2, 2)", "over batch and space"),
    ),
    "parameters averaged": Wrong(
        _BACKWARD, mistakes.parameters_averaged, "check_dgamma_dbeta", ("add up dout",)
    ),
    "dgamma from the distances": Wrong(
        _BACKWARD,
        mistakes.dgamma_from_distances,
        "check_dgamma_dbeta",
        ("what gamma was multiplied by",),
    ),
    "dgamma of other channels": Wrong(
        _BACKWARD,
        _dgamma_with_channels_in_other_places,
        "check_dgamma_dbeta",
        ("against central differences", "its own sum"),
    ),
    "dout changed": Wrong(
        _BACKWARD, mistakes.dout_changed, "check_dgamma_dbeta", ("changed its argument dout",)
    ),
    "no dx yet, as the stage allows": Wrong(
        _BACKWARD, _no_dx, "check_dx_test", ("came: None", "`return` line")
    ),
    "the way back of training at test time": Wrong(
        _BACKWARD,
        mistakes.training_dx_at_test_time,
        "check_dx_test",
        ("its own output and nowhere else", "the way back of training"),
    ),
    "not divided at test time": Wrong(
        _BACKWARD, mistakes.no_division_in_dx_at_test_time, "check_dx_test", ("8 / 4",)
    ),
    "no gamma in dx": Wrong(_BACKWARD, mistakes.no_gamma_in_dx, "check_dx_test", ("8 / 4",)),
    "the factor along the width": Wrong(
        _BACKWARD, _dx_test_along_the_width, "check_dx_test", ("its own output",)
    ),
    "statistics held constant": Wrong(
        _BACKWARD,
        mistakes.statistics_held_constant,
        "check_dx_training",
        ("every number of the channel gets something",),
    ),
    "variance held constant": Wrong(
        _BACKWARD, mistakes.variance_held_constant, "check_dx_training", ("are 1 and -1.5",)
    ),
    "mean held constant": Wrong(
        _BACKWARD, mistakes.mean_held_constant, "check_dx_training", ("are 1 and -1.5",)
    ),
    "divided by the number of images": Wrong(
        _BACKWARD, mistakes.divided_by_number_of_images, "check_dx_training", ("divided by M = 8",)
    ),
    "divided by the number of places": Wrong(
        _BACKWARD, mistakes.divided_by_number_of_places, "check_dx_training", ("divided by M = 8",)
    ),
    "means of each image": Wrong(
        _BACKWARD,
        mistakes.means_for_each_image_in_dx,
        "check_dx_training",
        ("in image 1 too",),
    ),
    "dx averaged": Wrong(_BACKWARD, mistakes.dx_averaged, "check_dx_test", ("8 / 4",)),
}


@pytest.mark.filterwarnings("ignore:invalid value:RuntimeWarning")  # 0 / 0, where eps is 0
@pytest.mark.parametrize("mistake", WRONG)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    assert_stopped(_SLUG, monkeypatch, WRONG[mistake])
