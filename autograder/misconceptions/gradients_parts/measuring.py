"""Mistakes in numerical_gradient and relative_error.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits(f, x, dout, h):
    if not h > 0:
        raise ValueError(f"expected h > 0, got {h}")
    shape = np.shape(f(np.array(x, dtype=np.float64)))
    if dout.shape != shape:
        raise ValueError(f"expected dout.shape={shape}, got {dout.shape}")


def _refuse_other_shapes(a, b):
    if a.shape != b.shape:
        raise ValueError(f"expected equal shapes, got {a.shape} and {b.shape}")


def _moved(x, index, distance):
    moved = np.array(x, dtype=np.float64)
    moved[index] += distance
    return moved


@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/apache/mxnet/issues/3693"],
    message="You take one-sided differences, (f(x + h) - f(x)) / h. Step to both sides: the error "
    "then shrinks like h * h, not like h.",
)
def stepped_to_one_side(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, 0.0))
        gradient[index] = np.sum(difference * dout) / h
    return gradient


# There the other way round: a factor of 2 too few for a step of 2.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/cnuernber/dtype-next/pull/62"],
    message="Your gradient is twice too large: from x - h to x + h the distance is 2 h, and you "
    "divide by h.",
)
def distance_taken_as_one_step(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, -h))
        gradient[index] = np.sum(difference * dout) / h
    return gradient


# There brackets were missing in the formula that was differentiated.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/precice/aste/pull/151"],
    message="`/ 2 * h` divides by 2 and then multiplies by h. Put brackets around the distance: "
    "/ (2 * h).",
)
def brackets_forgotten(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, -h))
        gradient[index] = np.sum(difference * dout) / 2 * h
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/HomericIntelligence/Odyssey/issues/2018"],
    message="You measure the gradient of the plain sum of f(x), without dout. Each output counts "
    "as much as dout says: multiply before you sum.",
)
def measured_without_dout(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, -h))
        gradient[index] = np.sum(difference) / (2 * h)
    return gradient


# There the output at the same place was proposed as the cure for an output of several numbers.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/cs231n/cs231n.github.io/issues/186"],
    message="You look only at the output at the same place. A number of x can move several "
    "outputs: sum the differences of all of them, each times its dout.",
)
def only_the_output_at_the_same_place(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, -h))
        gradient[index] = difference[index] * dout[index] / (2 * h)
    return gradient


# There a direction is meant; it gives one number and no gradient.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/chainer/chainer/pull/3216"],
    message="You move all the numbers of x at once. Then each output feels all the steps together; "
    "move one number at a time, while all others stay.",
)
def all_moved_at_once(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    x = x.astype(np.float64)
    return (f(x + h) - f(x - h)) * dout / (2 * h)


# There the array is left changed when f raises an error in between.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/JuliaDiff/FiniteDiff.jl/issues/111"],
    message="A number that was moved is not put back: while the later ones are measured, the "
    "earlier ones are still shifted. Start from a fresh copy of x for each number.",
)
def moved_number_left_moved(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    x = x.astype(np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = np.sum(f(x) * dout)
        x[index] -= 2 * h
        below = np.sum(f(x) * dout)
        gradient[index] = (above - below) / (2 * h)
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/microsoft/ADBench/pull/68"],
    message="You move the numbers of x itself, and what is added and taken off again leaves a "
    "rounding error in the caller's array. Move the numbers of a copy.",
)
def x_moved_in_place(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    if x.dtype != np.float64:
        x = x.astype(np.float64)
    for index in np.ndindex(x.shape):
        x[index] += h
        above = np.sum(f(x) * dout)
        x[index] -= 2 * h
        below = np.sum(f(x) * dout)
        x[index] += h
        gradient[index] = (above - below) / (2 * h)
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-dtype",
    cites=["https://github.com/oreilly-japan/deep-learning-from-scratch/issues/51"],
    message="You move numbers in an array of the type of x: in an array of integers the step is "
    "cut off, and in float32 rounding leaves little of the difference. Move a copy that is "
    "float64.",
)
def moved_in_the_type_of_x(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] = x[index] + h
        down[index] = x[index] - h
        gradient[index] = np.sum((f(up) - f(down)) * dout) / (2 * h)
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-dtype",
    cites=[
        "https://github.com/chainer/chainer/pull/1247",
        "https://github.com/numpy/numpy/issues/16578",
    ],
    message="You store the gradient in an array that is made like x: for integers, all that is "
    "behind the point is cut off. np.zeros(x.shape) is float64 for every x.",
)
def stored_in_the_type_of_x(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros_like(x)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, h)) - f(_moved(x, index, -h))
        gradient[index] = np.sum(difference * dout) / (2 * h)
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/chainer/chainer/issues/488"],
    message="Where f returns a view of its argument, your two outputs are one and the same array "
    "when you compare them, and the gradient is 0. Give f a fresh copy each time.",
)
def outputs_are_views(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    moved = x.astype(np.float64)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        kept = moved[index]
        moved[index] = kept + h
        above = f(moved)
        moved[index] = kept - h
        below = f(moved)
        moved[index] = kept
        gradient[index] = np.sum((above - below) * dout) / (2 * h)
    return gradient


# There a fixed step was too small for the types that came.
@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/jax-ml/jax/pull/39821"],
    message="You use a step of your own and not h, the one that was named in the call.",
)
def step_of_own_choice(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        difference = f(_moved(x, index, 1e-5)) - f(_moved(x, index, -1e-5))
        gradient[index] = np.sum(difference * dout) / 2e-5
    return gradient


@misconception(
    "numerical_gradient",
    section="gradients-numerical",
    cites=["https://github.com/microsoft/ADBench/pull/68"],
    message="Your step grows with the size of the number that is moved. Take the step h for every "
    "number.",
)
def step_relative_to_x(f, x, dout, *, h=1e-5):
    _refuse_misfits(f, x, dout, h)
    gradient = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        step = h * max(1.0, abs(x[index]))
        difference = f(_moved(x, index, step)) - f(_moved(x, index, -step))
        gradient[index] = np.sum(difference * dout) / (2 * step)
    return gradient


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=[
        "https://github.com/PaddlePaddle/Paddle/issues/4054",
        "https://github.com/ericchansen/q2mm/pull/248",
    ],
    message="You divide element by element and take the largest ratio. An entry of b that is "
    "nearly 0 then decides alone; take the two maxima first, and divide once.",
)
def ratio_taken_at_each_place(a, b):
    _refuse_other_shapes(a, b)
    if np.array_equal(a, b):
        return 0.0
    return np.max(np.abs(a - b) / np.abs(b))


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=[
        "http://wang.works/portfolio/code/grad_check.html",
        "https://github.com/jcjohnson/torch-rnn/issues/13",
    ],
    message="You divide each difference by |a| + |b| at its place, as some courses do. Here the "
    "largest difference of all is divided once, by the largest |b|.",
)
def divided_by_sum_at_each_place(a, b):
    _refuse_other_shapes(a, b)
    return np.max(np.abs(a - b) / np.maximum(1e-8, np.abs(a) + np.abs(b)))


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=["https://github.com/scipy/scipy/issues/7766"],
    message="You return the largest difference itself. Whether it is large depends on the size of "
    "the numbers: divide it by the largest |b|.",
)
def largest_difference_returned(a, b):
    _refuse_other_shapes(a, b)
    return np.max(np.abs(a - b))


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=["https://github.com/UMR-CNRM/EPyGrAM/pull/93"],
    message="You take the largest difference without its absolute value: an `a` that lies far "
    "below b goes unseen. Take np.abs of the differences, and of b.",
)
def absolute_values_left_out(a, b):
    _refuse_other_shapes(a, b)
    if np.array_equal(a, b):
        return 0.0
    return np.max(a - b) / np.max(b)


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=["https://github.com/apache/mxnet/issues/3997"],
    message="You compare means, which hide one entry that is far off among many that are right. "
    "Take the largest difference and the largest |b|.",
)
def means_instead_of_maxima(a, b):
    _refuse_other_shapes(a, b)
    if np.array_equal(a, b):
        return 0.0
    return np.mean(np.abs(a - b)) / np.mean(np.abs(b))


# There the bound for one entry is divided so; which of the two is measured by is a matter of order.
@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=["https://github.com/OpenMDAO/OpenMDAO/pull/928"],
    message="You divide by the largest number of a, the one that is judged. If a is wrong and "
    "huge, that makes the error look small; divide by the largest |b|.",
)
def size_taken_from_a(a, b):
    _refuse_other_shapes(a, b)
    if np.array_equal(a, b):
        return 0.0
    return np.max(np.abs(a - b)) / np.max(np.abs(a))


@misconception(
    "relative_error",
    section="gradients-relative-error",
    cites=["https://github.com/OpenMDAO/OpenMDAO/pull/928"],
    message="For two arrays of zeros you divide 0 by 0, which is nan. They are equal: answer 0.0 "
    "before you divide.",
)
def nan_for_zeros(a, b):
    _refuse_other_shapes(a, b)
    return np.max(np.abs(a - b)) / np.max(np.abs(b))
