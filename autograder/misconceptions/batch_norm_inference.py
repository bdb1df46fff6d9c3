"""Mistakes that people make in batch normalization at test time, as learners would write them."""

# An entry counts once it can be seen here.
from autograder.misconceptions.batch_norm_inference_parts.backward import *  # noqa: F403
from autograder.misconceptions.batch_norm_inference_parts.fuse_conv import *  # noqa: F403
from autograder.misconceptions.batch_norm_inference_parts.fuse_linear import *  # noqa: F403
from autograder.misconceptions.batch_norm_inference_parts.memory import *  # noqa: F403
from autograder.misconceptions.batch_norm_inference_parts.modes import *  # noqa: F403
