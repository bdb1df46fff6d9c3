"""Mistakes that people make in the stacking chapter, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.stacking_parts.backward import *  # noqa: F403
from autograder.misconceptions.stacking_parts.forward import *  # noqa: F403
from autograder.misconceptions.stacking_parts.merge import *  # noqa: F403
