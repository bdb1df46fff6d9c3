"""The exercise of the chapter stride: what its visible checks tell a learner.

The wrong answers are those of the catalogue, so that what the hidden tests know is told here too.
"""

import numpy as np
import pytest

import notebook_runs
from autograder.exercise import load_exercise
from autograder.testing import misconceptions
from notebook_runs import COURSE, Wrong

_REFERENCE = notebook_runs.reference("stride")
_CATALOGUE = {
    entry.id: entry for entry in misconceptions(COURSE.module(COURSE.misconceptions_path("stride")))
}
# Told by the hidden tests alone, as the notebook says at its end.
_UNSEEN = {"gradients_as_float64", "output_as_float64", "size_left_to_numpy"}


def test_points_and_minutes_are_those_that_the_book_promises():
    exercise = load_exercise(COURSE, "stride")
    assert {stage.name: (stage.points, stage.bonus) for stage in exercise.stages} == {
        "by_hand": (0, False),
        "size": (3, False),
        "forward": (6.5, False),
        "parameters": (3, False),
        "dx": (4, False),
        "cost": (2.5, False),
        "receptive": (3, False),
        "columns": (2.5, True),
        "product": (1.5, True),
        "adjoint": (2, True),
        "product_back": (2, True),
    }
    assert (exercise.points, exercise.manual_points, exercise.minutes) == (30, 3, 82)
    assert sorted(exercise.answers) == sorted(_REFERENCE.__all__)


def test_the_pictures_show_what_the_text_beside_them_says(monkeypatch, capsys):
    namespace = notebook_runs.run_answers("stride", monkeypatch)
    said = capsys.readouterr().out
    assert "stride 2: 32 x 32 numbers, 1024 in all" in said
    assert "layers:  9, pixels:  1023 with a stride of 2,  19 with a stride of 1" in said
    seen = namespace["times_seen"](12, 3, 2)
    assert set(np.unique(seen[:-1, :-1])) == {1, 2, 4}
    assert not seen[-1].any()
    assert not seen[:, -1].any()
    assert set(np.unique(namespace["times_seen"](12, 4, 2)[2:-2, 2:-2])) == {4}
    assert namespace["times_seen"](12, 2, 3).min() == 0


# What a learner may write by its name in the catalogue, the stage whose check has to stop it, and
# what its message has to say.
_TOLD = {
    # conv_output_size
    "ceil_for_floor": ("size", "conv_output_size(6, 3, stride=2", "not there"),
    "rounded_to_the_nearest": ("size", "conv_output_size(6, 3, stride=2", "not there"),
    "fraction_of_a_place": ("size", "came: 5.0", "expected: 5, an int"),
    "first_place_forgotten": ("size", "came: 4", "expected: 5"),
    "one_added_before_dividing": ("size", "conv_output_size(7, 3, stride=2", "ends in column 6"),
    "one_in_the_denominator": ("size", "expected: 5"),
    "brackets_forgotten": ("size", "conv_output_size(7, 3, stride=2"),
    "padding_counted_once": ("size", "the lecture's example", "on both sides"),
    "stride_never_used": ("size", "conv_output_size(7, 3, stride=2", "columns 0, 2 and 4"),
    "size_over_stride": ("size", "expected: 5"),
    "leftover_refused": ("size", "came: ValueError('3 is not a multiple of 2')", "expected: 2"),
    "filter_too_large_accepted": ("size", "conv_output_size(7, 10, padding=1)", "a ValueError"),
    "stride_unchecked": ("size", "conv_output_size(7, 3, stride=0)", "a ValueError"),
    # conv2d_forward
    "patches_one_apart": ("forward", "four numbers of the stage by hand", "rows 0 and 2"),
    "stride_on_rows_only": ("forward", "four numbers", "columns 0 and 2"),
    "steps_of_the_filter": ("forward", "four numbers", "rows 0 and 2"),
    "gaps_in_the_output": ("forward", "four numbers", "3 of 4 numbers are wrong"),
    "stride_ignored": ("forward", "came: shape (1, 1, 3, 4)", "expected: shape (1, 1, 2, 2)"),
    "images_thinned_out": ("forward", "expected: shape (1, 1, 2, 2)"),
    "windows_over_the_edge": ("forward", "came: shape (1, 1, 2, 3)"),
    "patches_of_the_unpadded_images": ("forward", "of its own image"),
    "rows_counted_for_both": ("forward", "expected: shape (2, 3, 3, 4)", "// 3 + 1 columns"),
    # conv2d_backward
    "dweight_without_the_stride": ("parameters", "dweight, where dout is", "is in column 2"),
    "dweight_averaged": ("parameters", "dweight, where dout is"),
    "dx_overwritten": ("dx", "dx, where dout is [[0, 0], [10, 1]]", "is added"),
    "dx_without_the_stride": ("dx", "rows 2 and 3 and columns 2 to 4", "came:\n[[[["),
    "dx_stride_on_rows_only": ("dx", "rows 2 and 3 and columns 2 to 4"),
    "dx_without_the_leftover": ("dx", "shape (1, 1, 4, 6)", "it is there, and holds zeros"),
    "dout_repeated": ("dx", "dx, where dout is"),
    "dx_with_its_border": ("dx", "came: shape (2, 2, 7, 9)", "given.pad2d_backward"),
    "dx_cropped_from_the_corner": ("dx", "padding 1", "given.pad2d_backward"),
    "dx_empty_without_padding": ("dx", "came: shape (1, 1, 0, 0)"),
    # conv2d_cost
    "cost_by_input_size": ("cost", "multiply_adds: came 768000", "places of the output"),
    "cost_by_input_over_stride": ("cost", "multiply_adds: came 768000", "places of the output"),
    "stride_divided_twice": ("cost", "a quarter of the work"),
    "cost_without_the_stride": ("cost", "a quarter of the work"),
    "batch_forgotten": ("cost", "four images are four times the work"),
    "biases_forgotten": ("cost", "parameters: came 750, expected 760"),
    "one_bias_for_all": ("cost", "parameters: came 751, expected 760"),
    "biases_at_every_place": ("cost", "expected 760"),
    "depth_forgotten": ("cost", "parameters: came 260, expected 760"),
    "bias_among_the_products": ("cost", "multiply_adds: came 778240, expected 768000"),
    "operations_for_multiply_adds": ("cost", "multiply_adds: came 1536000, expected 768000"),
    # receptive_field
    "own_stride_first": ("receptive", "receptive_field([(3, 2)])", "whatever its stride"),
    "strides_ignored_in_the_size": ("receptive", "size: came 5, expected 7"),
    "whole_kernels_added": ("receptive", "size: came 4, expected 3"),
    "last_stride_only": ("receptive", "your own backward pass reaches"),
    "strides_added": ("receptive", "jump: came 3, expected 4"),
    "layers_read_backwards": ("receptive", "which lie 3 pixels apart"),
    "own_pixel_forgotten": ("receptive", "receptive_field([])", "expected 1"),
    "empty_stack_forgotten": ("receptive", "IndexError", "without a layer an output is a pixel"),
    "layers_unchecked": ("receptive", "receptive_field([(3, 1), (3, 0)])", "a ValueError"),
    # The bonus
    "places_column_by_column": ("columns", "the places go row by row"),
    "channels_innermost": ("columns", "the whole first channel comes first"),
    "patches_turned_on_their_side": ("columns", "row by row, and then the second"),
    "reshaped_without_transposing": ("columns", "each column is a patch"),
    "patches_as_rows": ("columns", "came: shape (1, 4, 2)"),
    "images_side_by_side": ("columns", "came: shape (2, 4)"),
    "columns_without_the_stride": ("columns", "the columns 0, 2 and 4"),
    "filters_in_another_order": ("product", "what your conv2d_forward gives"),
    "images_and_filters_mixed": ("product", "what your conv2d_forward gives"),
    "product_without_bias": ("product", "bias[:, None]"),
    "patches_overwritten": ("adjoint", "what the patches bring is added"),
    "overlaps_averaged": ("adjoint", "what the patches bring is added"),
    "border_kept": ("adjoint", "is the border taken away?"),
    "corner_returned": ("adjoint", "<im2col(x), cols>"),
    "nothing_left_without_padding": ("adjoint", "came: shape (1, 1, 0, 0)"),
    "dweight_of_the_last_image": ("product_back", "dweight", "products of all images added up"),
    "dout_reshaped_across_images": ("product_back", "dweight"),
    "dcols_not_added": ("product_back", "dx of conv2d_backward_im2col"),
}


def test_every_catalogued_mistake_has_its_place_in_the_table():
    told = _TOLD.keys() | {"large_stride_refused"} | _UNSEEN
    assert told == _CATALOGUE.keys()


@pytest.mark.parametrize("mistake", _TOLD)
def test_a_visible_check_stops_a_mistake_where_it_is_made(monkeypatch, mistake):
    entry = _CATALOGUE[mistake]
    stage, *said = _TOLD[mistake]
    wrong = Wrong(entry.function, entry.implementation, f"check_{stage}", tuple(said))
    notebook_runs.assert_stopped("stride", monkeypatch, wrong)


def test_a_large_stride_that_is_refused_is_seen_by_its_own_message(monkeypatch):
    entry = _CATALOGUE["large_stride_refused"]
    with pytest.raises(ValueError, match="expected a stride of at most"):
        notebook_runs.run_answers("stride", monkeypatch, **{entry.function: entry.implementation})


def test_dweight_may_come_before_dx(monkeypatch):
    def conv2d_backward(dout, cache):
        return None, *_REFERENCE.conv2d_backward(dout, cache)[1:]

    wrong = Wrong("conv2d_backward", conv2d_backward, "check_dx", ("dx, where", "came: None"))
    notebook_runs.assert_stopped("stride", monkeypatch, wrong)
