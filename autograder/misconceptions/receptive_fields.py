"""Mistakes that people make in the chapter on receptive fields, as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.receptive_fields_parts.cover import *  # noqa: F403
from autograder.misconceptions.receptive_fields_parts.measure import *  # noqa: F403
from autograder.misconceptions.receptive_fields_parts.region import *  # noqa: F403
from autograder.misconceptions.receptive_fields_parts.width import *  # noqa: F403
