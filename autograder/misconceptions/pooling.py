"""Mistakes that people make in the pooling chapter, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.pooling_parts.average import *  # noqa: F403
from autograder.misconceptions.pooling_parts.global_average import *  # noqa: F403
from autograder.misconceptions.pooling_parts.max_backward import *  # noqa: F403
from autograder.misconceptions.pooling_parts.max_forward import *  # noqa: F403
