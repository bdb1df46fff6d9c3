"""Mistakes that people make in the stride chapter, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.stride_parts.backward import *  # noqa: F403
from autograder.misconceptions.stride_parts.columns import *  # noqa: F403
from autograder.misconceptions.stride_parts.cost import *  # noqa: F403
from autograder.misconceptions.stride_parts.forward import *  # noqa: F403
from autograder.misconceptions.stride_parts.products import *  # noqa: F403
from autograder.misconceptions.stride_parts.receptive import *  # noqa: F403
from autograder.misconceptions.stride_parts.sizes import *  # noqa: F403
