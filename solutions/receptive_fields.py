"""How much of the input one output depends on (the notes' section 1.2.3).

Everything is counted along one axis: the same holds for rows and for columns. The stride is 1.
"""

import numpy as np

from solutions import given_for

__all__ = ["input_region", "layers_to_cover", "measured_receptive_field", "receptive_field"]

given = given_for(__file__)


def receptive_field(kernel_sizes):
    """Count the input pixels in a row that one output of a stack of convolutions depends on.

    Parameters
    ----------
    kernel_sizes : sequence of int
        The kernel size of each layer, the layer next to the input first; each at least 1.
        Without a layer, an output is an input pixel.

    Returns
    -------
    width : int
        The receptive field in the input.

    Raises
    ------
    ValueError
        If a kernel size is not positive. The message says what was expected and what came.

    Examples
    --------
    >>> receptive_field([3])
    3
    """
    # 1. Begin with the output itself.
    width = 1
    for kernel_size in kernel_sizes:
        # 2. Refuse a kernel size that is not positive.
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of at least 1, got {kernel_size}")
        # 3. Let the layer add what it sees on top.
        width += int(kernel_size) - 1
    return width


def layers_to_cover(size, kernel_size):
    """Count the layers after which one output depends on a whole row of the input.

    Parameters
    ----------
    size : int
        The number of pixels in the row, at least 1.
    kernel_size : int
        The kernel size of every layer, at least 2.

    Returns
    -------
    layers : int
        The smallest number of layers whose receptive field has at least `size` pixels.

    Raises
    ------
    ValueError
        If `size` is not positive, or if `kernel_size` is less than 2: then no number of layers is
        enough. The message says what was expected and what came.

    Examples
    --------
    >>> layers_to_cover(5, 3)
    2
    """
    # 1. Refuse a size that is not positive, and a kernel that adds nothing.
    if size < 1:
        raise ValueError(f"expected a size of at least 1, got size={size}")
    if kernel_size < 2:
        raise ValueError(
            f"expected a kernel size of at least 2, since a smaller one never covers more than "
            f"one pixel, got kernel_size={kernel_size}"
        )
    # 2. Count the pixels that are missing, and how many of them one layer adds.
    missing, added = int(size) - 1, int(kernel_size) - 1
    # 3. Divide; a part of a layer counts as a whole one.
    layers, rest = divmod(missing, added)
    return layers + 1 if rest else layers


def input_region(index, kernel_sizes, *, paddings=None):
    """Find the input pixels that one output of a stack of convolutions depends on.

    Parameters
    ----------
    index : int
        The place of the output in its row, counted from 0.
    kernel_sizes : sequence of int
        The kernel size of each layer, the layer next to the input first; each at least 1.
    paddings : sequence of int, optional
        How many zeros each layer puts at either end of its own input, in the order of
        `kernel_sizes`; by default none.

    Returns
    -------
    start, stop : int
        The pixels are `start`, `start + 1`, ..., `stop - 1`. Pixel 0 is the first one of the image;
        pixels below 0, or at its size and above, lie in the padding.

    Raises
    ------
    ValueError
        If `index` or a padding is negative, if a kernel size is not positive, or if there are not
        as many paddings as kernel sizes. The message says what was expected and what came.

    Examples
    --------
    >>> input_region(4, [3])
    (4, 7)
    """
    # 1. Read the arguments, and refuse what does not fit.
    if paddings is None:
        paddings = [0] * len(kernel_sizes)
    if len(paddings) != len(kernel_sizes):
        raise ValueError(
            f"expected {len(kernel_sizes)} paddings, one for each kernel size, got {len(paddings)}"
        )
    if index < 0:
        raise ValueError(f"expected an index of at least 0, got index={index}")
    # 2. Begin with the output itself.
    start, stop = int(index), int(index) + 1
    # 3. Go back through the layers, the last one first.
    for kernel_size, padding in zip(reversed(kernel_sizes), reversed(paddings), strict=True):
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of at least 1, got {kernel_size}")
        if padding < 0:
            raise ValueError(f"expected paddings of at least 0, got {padding}")
        # 4. Find the region of this layer's input that the region of its output depends on.
        start -= int(padding)
        stop += int(kernel_size) - 1 - int(padding)
    return start, stop


def measured_receptive_field(kernel_sizes, size):
    """Measure the receptive field: send a gradient back and see how many pixels it reaches.

    The layers are convolutions with one channel, without padding and with nothing between them.

    Parameters
    ----------
    kernel_sizes : sequence of int
        The kernel size of each layer, the layer next to the input first; each at least 1.
    size : int
        The number of pixels in a row of the image on which it is measured.

    Returns
    -------
    width : int
        The number of pixels in a row that the gradient of one central output reaches.

    Raises
    ------
    ValueError
        If a kernel size or `size` is not positive, or if the image is too small, so that a kernel
        does not fit. The message says what was expected and what came.

    Examples
    --------
    >>> measured_receptive_field([3], 9)
    3
    """
    # 1. Refuse sizes that are not positive.
    if size < 1:
        raise ValueError(f"expected a size of at least 1, got size={size}")
    for kernel_size in kernel_sizes:
        if kernel_size < 1:
            raise ValueError(f"expected kernel sizes of at least 1, got {kernel_size}")
    # 2. Send an image forward through all layers; keep each cache; refuse a kernel that is too big.
    out = np.zeros((1, 1, 1, size))  # (N, C, H, W): an image of one row
    caches = []
    for kernel_size in kernel_sizes:
        if kernel_size > out.shape[3]:
            raise ValueError(
                f"expected a size that leaves room for all layers, got size={size}: "
                f"a kernel of {kernel_size} meets a map of {out.shape[3]}"
            )
        weight = np.ones((1, 1, 1, kernel_size))
        out, cache = given.conv2d_forward(out, weight, np.zeros(1))  # one kernel_size - 1 narrower
        caches.append(cache)
    # 3. Make a gradient that is 1 at the central output, and 0 at all others.
    grad = np.zeros(out.shape)
    grad[0, 0, 0, out.shape[3] // 2] = 1.0
    # 4. Send it back through the layers, the last one first.
    for cache in reversed(caches):
        grad, _, _ = given.conv2d_backward(grad, cache)
    # 5. Count from the first to the last pixel that it has reached.
    reached = np.flatnonzero(grad)  # grad is (1, 1, 1, size)
    return int(reached[-1] - reached[0]) + 1
