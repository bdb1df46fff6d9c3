"""Mistakes in correlate2d.

The comment above an entry says where its cited case differs from it, if it does.
"""

# ruff: noqa: D103 - an entry is described by its message.

import numpy as np

from autograder.testing import misconception


def _refuse_misfits_2d(image, kernel):
    if image.ndim != 2 or kernel.ndim != 2:
        raise ValueError(f"expected 2 axes each, got {image.shape} and {kernel.shape}")
    if kernel.shape[0] > image.shape[0] or kernel.shape[1] > image.shape[1]:
        raise ValueError(f"expected a kernel of at most {image.shape}, got {kernel.shape}")


@misconception(
    "correlate2d",
    section="convolution-cross-correlation",
    cites=["https://github.com/pytorch/pytorch/issues/117534"],
    message="Your kernel is turned by 180 degrees before it meets the patch: that is convolution "
    "as mathematics defines it. Deep learning means cross-correlation, so the kernel's upper left "
    "number meets the patch's upper left number.",
)
def kernel_flipped_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    kH, kW = kernel.shape
    flipped = np.flipud(np.fliplr(kernel))
    out = np.zeros(
        (image.shape[0] - kH + 1, image.shape[1] - kW + 1), np.result_type(image, kernel)
    )
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = np.sum(image[i : i + kH, j : j + kW] * flipped)
    return out


@misconception(
    "correlate2d",
    section="convolution-sizes",
    cites=["https://github.com/iamtrask/Grokking-Deep-Learning/issues/43"],
    message="Your output lacks its last row and its last column. Count the places at which the "
    "kernel fits: a kernel as large as the image still fits at one place, not at none.",
)
def output_one_too_small_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    H, W = image.shape
    kH, kW = kernel.shape
    out = np.zeros((H - kH, W - kW), dtype=np.result_type(image, kernel))
    for row in range(H - kH):
        for col in range(W - kW):
            out[row, col] = (image[row : row + kH, col : col + kW] * kernel).sum()
    return out


@misconception(
    "correlate2d",
    section="convolution-sizes",
    cites=["https://github.com/SamratSahoo/UT-Arlington-Research/pull/1"],
    message="You compute the width of the output from the height of the image. On a square image "
    "nobody notices; take rows from rows and columns from columns.",
)
def width_from_height_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    H = W = image.shape[0]
    kH, kW = kernel.shape
    out = np.zeros((H - kH + 1, W - kW + 1), np.result_type(image, kernel))
    for i in range(H - kH + 1):
        for j in range(W - kW + 1):
            out[i, j] = np.sum(kernel * image[i : i + kH, j : j + kW])
    return out


@misconception(
    "correlate2d",
    section="convolution-sizes",
    cites=["https://github.com/airbus/decomon/issues/116"],
    message="You use the kernel's height as its width too. A kernel need not be square: read both "
    "of its sizes, and use each along its own axis.",
)
def square_kernel_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    H, W = image.shape
    k = kernel.shape[0]
    out = np.zeros((H - k + 1, W - k + 1), dtype=np.result_type(image, kernel))
    for i in range(H - k + 1):
        for j in range(W - k + 1):
            for u in range(k):
                for v in range(k):
                    out[i, j] += image[i + u, j + v] * kernel[u, v]
    return out


# Read in a mirror of Stack Overflow's question 59118264, coderoad.ru.
@misconception(
    "correlate2d",
    section="convolution-dtype",
    cites=["https://stackoverflow.com/questions/59118264"],
    message="Your output takes the image's type, so with an image of integers every sum loses its "
    "fraction when it is stored. Give the output a type that holds the product of both arrays.",
)
def integer_output_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    kH, kW = kernel.shape
    H_out, W_out = image.shape[0] - kH + 1, image.shape[1] - kW + 1
    out = np.zeros_like(image[:H_out, :W_out])
    for i in range(H_out):
        for j in range(W_out):
            out[i, j] = (image[i : i + kH, j : j + kW] * kernel).sum()
    return out


# Read in a mirror of Stack Overflow's question 59118264, coderoad.ru, where the image was padded.
@misconception(
    "correlate2d",
    section="convolution-sizes",
    cites=["https://stackoverflow.com/questions/59118264"],
    message="Your output is as large as the image, with zeros at the places where the kernel does "
    "not fit. Without padding the output only has the places where the whole kernel lies on the "
    "image.",
)
def output_as_large_as_image_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    kH, kW = kernel.shape
    out = np.zeros(image.shape, dtype=np.result_type(image, kernel))
    for i in range(image.shape[0] - kH + 1):
        for j in range(image.shape[1] - kW + 1):
            out[i, j] = np.sum(image[i : i + kH, j : j + kW] * kernel)
    return out


@misconception(
    "correlate2d",
    section="convolution-dtype",
    cites=["https://github.com/scipy/scipy/issues/9104"],
    message="Your output is always float64, because np.zeros makes float64 unless told otherwise. "
    "With a float32 image and a float32 kernel the output is float32.",
)
def float64_output_2d(image, kernel):
    _refuse_misfits_2d(image, kernel)
    kH, kW = kernel.shape
    out = np.zeros((image.shape[0] - kH + 1, image.shape[1] - kW + 1))
    for i, j in np.ndindex(out.shape):
        out[i, j] = np.dot(image[i : i + kH, j : j + kW].ravel(), kernel.ravel())
    return out
