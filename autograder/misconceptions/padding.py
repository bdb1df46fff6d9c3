"""Mistakes that people make in the padding chapter, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.padding_parts.backward import *  # noqa: F403
from autograder.misconceptions.padding_parts.forward import *  # noqa: F403
from autograder.misconceptions.padding_parts.pad2d import *  # noqa: F403
from autograder.misconceptions.padding_parts.sizes import *  # noqa: F403
