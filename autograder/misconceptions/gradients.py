"""Mistakes that people make in the chapter gradients, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.gradients_parts.linear import *  # noqa: F403
from autograder.misconceptions.gradients_parts.measuring import *  # noqa: F403
from autograder.misconceptions.gradients_parts.relu import *  # noqa: F403
