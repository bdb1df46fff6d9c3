"""The names of passes that belong together."""

import pytest

from autograder.errors import GraderError
from autograder.testing.signature import backward_name, forward_name


@pytest.mark.parametrize(
    ("forward", "backward"),
    [
        ("conv2d_forward", "conv2d_backward"),
        ("conv2d_forward_im2col", "conv2d_backward_im2col"),
        ("relu_forwards_forward", "relu_forwards_backward"),
    ],
)
def test_the_two_passes_of_a_layer_find_each_other(forward, backward):
    assert backward_name(forward) == backward
    assert forward_name(backward) == forward


@pytest.mark.parametrize("name", ["im2col", "conv2d_backward", "feed_forwards"])
def test_what_is_no_forward_pass_has_no_backward_pass(name):
    with pytest.raises(GraderError, match=f"{name} is no forward pass"):
        backward_name(name)


@pytest.mark.parametrize("name", ["im2col", "conv2d_forward", "look_backwards"])
def test_what_is_no_backward_pass_has_no_forward_pass(name):
    assert forward_name(name) == ""
