"""Mistakes that people make in batch normalization, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.batch_norm_parts.backward import *  # noqa: F403
from autograder.misconceptions.batch_norm_parts.forward import *  # noqa: F403
from autograder.misconceptions.batch_norm_parts.identity import *  # noqa: F403
from autograder.misconceptions.batch_norm_parts.numbers import *  # noqa: F403
from autograder.misconceptions.batch_norm_parts.scale_and_shift import *  # noqa: F403
