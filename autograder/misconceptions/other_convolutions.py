"""Mistakes that people make in the other convolutions, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.other_convolutions_parts.depthwise import *  # noqa: F403
from autograder.misconceptions.other_convolutions_parts.dilated import *  # noqa: F403
from autograder.misconceptions.other_convolutions_parts.one_axis import *  # noqa: F403
from autograder.misconceptions.other_convolutions_parts.one_place import *  # noqa: F403
from autograder.misconceptions.other_convolutions_parts.three_axes import *  # noqa: F403
from autograder.misconceptions.other_convolutions_parts.transposed import *  # noqa: F403
