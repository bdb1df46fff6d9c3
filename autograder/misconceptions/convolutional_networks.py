"""Mistakes that people make in a whole network, written as a learner would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.convolutional_networks_parts.dlogits import *  # noqa: F403
from autograder.misconceptions.convolutional_networks_parts.loss import *  # noqa: F403
from autograder.misconceptions.convolutional_networks_parts.network import *  # noqa: F403
from autograder.misconceptions.convolutional_networks_parts.shapes import *  # noqa: F403
from autograder.misconceptions.convolutional_networks_parts.start import *  # noqa: F403
from autograder.misconceptions.convolutional_networks_parts.step import *  # noqa: F403
