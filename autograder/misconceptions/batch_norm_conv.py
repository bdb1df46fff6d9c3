"""Mistakes in batch normalization of images, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.batch_norm_conv_parts.backward import *  # noqa: F403
from autograder.misconceptions.batch_norm_conv_parts.modes import *  # noqa: F403
from autograder.misconceptions.batch_norm_conv_parts.shapes import *  # noqa: F403
from autograder.misconceptions.batch_norm_conv_parts.statistics import *  # noqa: F403
