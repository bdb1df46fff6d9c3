"""Mistakes that people make in layer, instance and group norm, written as a learner would."""

# An entry counts once it can be seen here.
from autograder.misconceptions.other_norms_parts.group import *  # noqa: F403
from autograder.misconceptions.other_norms_parts.group_backward import *  # noqa: F403
from autograder.misconceptions.other_norms_parts.instance import *  # noqa: F403
from autograder.misconceptions.other_norms_parts.layer import *  # noqa: F403
from autograder.misconceptions.other_norms_parts.layer_backward import *  # noqa: F403
from autograder.misconceptions.other_norms_parts.spread import *  # noqa: F403
