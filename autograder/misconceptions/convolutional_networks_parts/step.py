"""Mistakes in sgd_step.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

from autograder.testing import misconception


def _refuse_misfits(params, grads, velocity):
    for arrays in (grads, velocity):
        if arrays.keys() != params.keys():
            raise ValueError(f"expected {sorted(params)}, got {sorted(arrays)}")
        for name, array in arrays.items():
            if array.shape != params[name].shape:
                raise ValueError(f"{name}: expected {params[name].shape}, got {array.shape}")


def _stepped(params, grads, velocity, new_velocity, step):
    """Make both dicts of two rules for one array."""
    _refuse_misfits(params, grads, velocity)
    speeds = {name: new_velocity(velocity[name], grads[name]) for name in params}
    moved = {name: step(params[name], grads[name], velocity[name], speeds[name]) for name in params}
    return moved, speeds


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=["https://github.com/ooples/AiDotNet/issues/2008"],
    message="momentum multiplies your gradient and not your velocity, so the velocity never dies "
    "away. It is momentum * velocity + gradient.",
)
def momentum_on_the_gradient(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: v + momentum * g,
        lambda p, g, old, new: p - lr * new,
    )


# There the two numbers are named the other way round.
@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=["https://github.com/mila-iqia/blocks/issues/1159"],
    message="momentum and 1 - momentum have changed places: with a momentum of 0.9 you keep a "
    "tenth of the velocity. And the gradient is taken in whole: momentum * velocity + gradient.",
)
def momentum_the_other_way_round(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: (1 - momentum) * v + momentum * g,
        lambda p, g, old, new: p - lr * new,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=[
        "https://github.com/ml-explore/mlx/pull/87",
        "https://github.com/keras-team/keras/issues/13971",
        "https://github.com/fastai/fastbook/issues/174",
    ],
    message="Your velocity is an average: the gradient is multiplied by 1 - momentum. Here it is "
    "taken in whole, momentum * velocity + gradient, so that a steady gradient adds up.",
)
def gradient_damped(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v + (1 - momentum) * g,
        lambda p, g, old, new: p - lr * new,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=[
        "https://github.com/pytorch/pytorch/issues/1871",
        "https://github.com/udacity/deep-learning/issues/285",
    ],
    message="Your step goes uphill: the gradient says which way the loss rises. Subtract.",
)
def uphill(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v + g,
        lambda p, g, old, new: p + lr * new,
    )


# There in a linear classifier.
@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=["https://github.com/aimacode/aima-python/issues/285"],
    message="The learning rate takes no part in your step. Multiply the velocity by lr before you "
    "subtract it.",
)
def learning_rate_forgotten(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v + g,
        lambda p, g, old, new: p - new,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=[
        "https://github.com/kozistr/pytorch_optimizer/pull/385",
        "https://github.com/deeplearning4j/nd4j/pull/2116",
    ],
    message="You work out the velocity and then step along the gradient alone, so the momentum has "
    "no effect. The step follows the new velocity.",
)
def step_along_the_gradient(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v + g,
        lambda p, g, old, new: p - lr * g,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=["https://github.com/mdenil/dropout/issues/4"],
    message="Your step follows the velocity of the step before, and what the gradient says comes "
    "one step late. Compute the new velocity first, and step with that.",
)
def step_along_the_old_velocity(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v + g,
        lambda p, g, old, new: p - lr * old,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=[
        "https://github.com/paiml/aprender/pull/2190",
        "https://github.com/NLeSC/deep-learning-assignments-solutions/issues/2",
    ],
    message="Your velocity holds the step itself, momentum * velocity - lr * gradient, and is "
    "added. Many write it so, and with a fixed lr it learns the same, but the velocity that is "
    "asked for here is momentum * velocity + gradient, and lr comes in with the step.",
)
def velocity_holds_the_step(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v - lr * g,
        lambda p, g, old, new: p + new,
    )


@misconception(
    "sgd_step",
    section="convolutional_networks-step",
    cites=["https://github.com/fchollet/deep-learning-with-python-notebooks/issues/19"],
    message="Your velocity has the wrong sign: the gradient is subtracted from it. It is "
    "momentum * velocity + gradient, and the step goes against it.",
)
def sign_of_the_velocity(params, grads, velocity, *, lr, momentum):
    return _stepped(
        params,
        grads,
        velocity,
        lambda v, g: momentum * v - g,
        lambda p, g, old, new: p - lr * new,
    )


# There it is the gradients that are changed.
@misconception(
    "sgd_step",
    section="convolutional_networks-traps",
    cites=["https://github.com/ml-explore/mlx/pull/4426"],
    message="Your function changes the parameters or the velocity of its caller: -= and *= work in "
    "the array that came in, and params[name] = ... in the dict. Make new arrays in new dicts.",
)
def changed_in_place(params, grads, velocity, *, lr, momentum):
    _refuse_misfits(params, grads, velocity)
    for name in params:
        velocity[name] *= momentum
        velocity[name] += grads[name]
        params[name] -= lr * velocity[name]
    return params, velocity


@misconception(
    "sgd_step",
    section="convolutional_networks-traps",
    cites=[
        "https://github.com/jimfleming/differentiation/issues/1",
        "https://github.com/explosion/thinc/pull/664",
    ],
    message="Gradients that do not fit are accepted: NumPy stretches one number over a whole "
    "array, and a name that is missing ends in a KeyError. Compare names and shapes first, and "
    "raise a ValueError that says what was expected and what came.",
)
def misfits_accepted(params, grads, velocity, *, lr, momentum):
    speeds = {name: momentum * velocity[name] + grads[name] for name in params}
    return {name: params[name] - lr * speeds[name] for name in params}, speeds
