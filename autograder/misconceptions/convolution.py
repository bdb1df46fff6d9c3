"""Mistakes that people make in the convolution chapter, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.convolution_parts.backward import *  # noqa: F403
from autograder.misconceptions.convolution_parts.forward import *  # noqa: F403
from autograder.misconceptions.convolution_parts.one_channel import *  # noqa: F403
