"""Strided convolution, forward and backward, and the same by one matrix product (section 1.2.4).

A filter that steps over S rows and columns at a time visits fewer places, so that the maps shrink
inside the network. From `im2col` on stands the fast way: all patches as the columns of a matrix.
"""

import numpy as np

from solutions import given_for

__all__ = [
    "col2im",
    "conv2d_backward",
    "conv2d_backward_im2col",
    "conv2d_cost",
    "conv2d_forward",
    "conv2d_forward_im2col",
    "conv_output_size",
    "im2col",
    "receptive_field",
]

given = given_for(__file__)


def conv_output_size(size, kernel_size, *, stride=1, padding=0):
    """Count the places of a filter along one axis.

    The filter begins at the padded image's first row, steps `stride` rows at a time, and never
    leaves the padded image. Rows at the end that no whole step reaches are not visited.

    Parameters
    ----------
    size : int
        The number of rows, or of columns, of the image, without its border.
    kernel_size : int
        The number of rows, or of columns, of the filter, at least 1.
    stride : int, optional
        The step S from one place to the next, at least 1.
    padding : int, optional
        How many rows or columns of zeros go on **each** side of the image, at least 0.

    Returns
    -------
    places : int
        The number of rows, or of columns, of the output.

    Raises
    ------
    ValueError
        If `size`, `kernel_size` or `stride` is less than 1, if `padding` is negative, or if the
        filter is larger than the padded image.
        The message says what was expected and what came.

    Examples
    --------
    >>> conv_output_size(7, 3)
    5
    >>> conv_output_size(7, 3, stride=2)
    3
    """
    # 1. Refuse what is no size, no step or no border.
    if size < 1 or kernel_size < 1 or stride < 1:
        raise ValueError(
            f"expected size, kernel_size and stride of at least 1, "
            f"got size={size}, kernel_size={kernel_size} and stride={stride}"
        )
    if padding < 0:
        raise ValueError(f"expected a padding of at least 0, got padding={padding}")
    # 2. Count the rows that the filter can move on from its first place; refuse one too large.
    room = size + 2 * padding - kernel_size
    if room < 0:
        raise ValueError(
            f"expected a kernel_size of at most {size + 2 * padding} (size={size}, "
            f"padding={padding}), got kernel_size={kernel_size}"
        )
    # 3. Count the whole steps in that room, and the first place.
    return int(room // stride) + 1


def conv2d_forward(x, weight, bias, *, stride=1, padding=0):
    """Convolve a batch of padded images with a bank of filters, in steps of `stride`.

    A border of `padding` zeros is put around the images first. out[n, c, i, j] is then the dot
    product of filter c with the patch of the padded image n whose upper left corner is
    (i * stride, j * stride), over all input channels, plus bias[c].

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        The step S from one place to the next, down and to the right.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        One activation map for every image and filter; float32 stays float32. H_out and W_out are
        what `conv_output_size` gives for height and width.
    cache : object
        Whatever `conv2d_backward` needs.

    Raises
    ------
    ValueError
        If the channels of `x` and `weight` differ, if `bias` does not hold one number for each
        filter, if `x` or `weight` does not have four axes, or if `conv_output_size` refuses the
        sizes. The message says what was expected and what came.
    """
    # 1. Read the sizes, and refuse arrays that do not fit together.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_out, C_in, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, H, W = x.shape
    C_out, weight_C_in, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    # 2. Count the places in rows and in columns, which refuses sizes that do not fit.
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    # 3. Pad the images.
    padded, pad_cache = given.pad2d_forward(x, padding)  # (N, C_in, H + 2P, W + 2P)
    # 4. Visit every place: multiply its patch by each filter; sum over channels, rows, columns.
    out = np.empty((N, C_out, H_out, W_out), dtype=np.result_type(x, weight, bias))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            patch = padded[:, :, top : top + kH, left : left + kW]  # (N, C_in, kH, kW)
            out[:, :, i, j] = np.tensordot(patch, weight, axes=([1, 2, 3], [1, 2, 3]))  # (N, C_out)
    # 5. Add each filter's bias to its own activation map.
    out += bias[:, np.newaxis, np.newaxis]  # (C_out, 1, 1) against (N, C_out, H_out, W_out)
    # 6. Keep what the backward pass needs.
    cache = (padded, weight, stride, pad_cache)
    return out, cache


def conv2d_backward(dout, cache):
    """Send the gradient of the loss back through `conv2d_forward`.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv2d_forward` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`; 0 for pixels that no filter has visited.
    dweight : ndarray, shape (C_out, C_in, kH, kW)
        The gradient with respect to `weight`, summed over the batch.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch.
    """
    # 1. Take out what the forward pass kept, and read the sizes.
    padded, weight, stride, pad_cache = cache
    kH, kW = weight.shape[2:]
    H_out, W_out = dout.shape[2:]
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(dout, axis=(0, 2, 3))  # (C_out,)
    # 3. dweight: start from zeros; at every place add (gradient there) x (patch seen there).
    dweight = np.zeros(weight.shape, dtype=np.result_type(padded, dout))
    # 4. The padded images' gradient: at every place add (gradient there) x (filter) to the patch.
    dpadded = np.zeros(padded.shape, dtype=np.result_type(weight, dout))
    for i in range(H_out):
        for j in range(W_out):
            top, left = i * stride, j * stride
            grad = dout[:, :, i, j]  # (N, C_out)
            patch = padded[:, :, top : top + kH, left : left + kW]  # (N, C_in, kH, kW)
            dweight += np.tensordot(grad, patch, axes=(0, 0))  # (C_out, C_in, kH, kW)
            share = np.tensordot(grad, weight, axes=(1, 0))  # (N, C_in, kH, kW)
            dpadded[:, :, top : top + kH, left : left + kW] += share
    # 5. dx: send that gradient back through the padding.
    dx = given.pad2d_backward(dpadded, pad_cache)  # (N, C_in, H, W)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias


def conv2d_cost(x_shape, weight_shape, *, stride=1, padding=0):
    """Count what a convolution layer learns, and what it computes.

    Parameters
    ----------
    x_shape : tuple of int
        The shape (N, C_in, H, W) of the batch of images.
    weight_shape : tuple of int
        The shape (C_out, C_in, kH, kW) of the filters.
    stride : int, optional
        The step from one place to the next.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    parameters : int
        The numbers that are learned: the weights, and one bias for each filter.
    multiply_adds : int
        The multiplications of a weight with a number of the padded images that the forward pass
        makes for the **whole batch**. The bias is not counted here.

    Raises
    ------
    ValueError
        If a shape does not have four numbers, if the channels differ, or if `conv_output_size`
        refuses the sizes. The message says what was expected and what came.

    Examples
    --------
    >>> conv2d_cost((1, 1, 4, 5), (1, 1, 2, 2))
    (5, 48)
    """
    # 1. Read the sizes, and refuse shapes that do not fit together.
    if len(x_shape) != 4 or len(weight_shape) != 4:
        raise ValueError(
            f"expected x_shape (N, C_in, H, W) and weight_shape (C_out, C_in, kH, kW), "
            f"got x_shape={x_shape} and weight_shape={weight_shape}"
        )
    N, C_in, H, W = x_shape
    C_out, weight_C_in, kH, kW = weight_shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight_shape has C_in={weight_C_in} but x_shape has {C_in} channels "
            f"(x_shape={x_shape})"
        )
    # 2. Count the numbers of one filter, and with its bias the parameters of all.
    in_one_filter = C_in * kH * kW
    parameters = C_out * (in_one_filter + 1)
    # 3. Count the numbers of the output; each of them took one filter's numbers once.
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    multiply_adds = N * C_out * H_out * W_out * in_one_filter
    return int(parameters), int(multiply_adds)


def receptive_field(layers):
    """Find how much of the input one output of a stack sees, and how far apart two outputs lie.

    Both are counted along one axis, in pixels of the input.

    Parameters
    ----------
    layers : sequence of (int, int)
        Kernel size and stride of each layer, the layer next to the input first; each at least 1.
        Without a layer, an output is an input pixel.

    Returns
    -------
    size : int
        The receptive field: the pixels from the first to the last that one output depends on.
    jump : int
        The distance between the receptive fields of two outputs that are neighbors.

    Raises
    ------
    ValueError
        If a kernel size or a stride is less than 1. The message says what was expected and what
        came.

    Examples
    --------
    >>> receptive_field([(3, 2)])
    (3, 2)
    """
    # 1. Begin with a pixel of the input.
    size, jump = 1, 1
    for kernel_size, stride in layers:
        # 2. Refuse a layer that is none.
        if kernel_size < 1 or stride < 1:
            raise ValueError(
                f"expected kernel sizes and strides of at least 1, "
                f"got kernel_size={kernel_size} and stride={stride}"
            )
        # 3. Let the layer add what its kernel spans, measured in pixels of the input.
        size += (int(kernel_size) - 1) * jump
        # 4. Only then let its stride move the outputs apart.
        jump *= int(stride)
    return size, jump


def im2col(x, kernel_size, *, stride=1, padding=0):
    """Write every patch that a filter visits into a column.

    Column l of an image belongs to place (l // W_out, l % W_out): the places go row by row. Within
    a column, row (c * kH + u) * kW + v holds channel c of the patch at its row u and column v: the
    order in which `weight.reshape(C_out, -1)` writes a filter.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed.
    kernel_size : tuple of int
        The height and the width (kH, kW) of a patch.
    stride : int, optional
        The step from one place to the next.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    cols : ndarray, shape (N, C_in * kH * kW, H_out * W_out)
        One column for every image and place: a new array, of the type of `x`.

    Raises
    ------
    ValueError
        If `x` does not have four axes, or if `conv_output_size` refuses the sizes. The message
        says what was expected and what came.

    Examples
    --------
    >>> im2col(np.array([[[[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]]]), (1, 2))
    array([[[1., 2., 4., 5.],
            [2., 3., 5., 6.]]])
    """
    # 1. Read the sizes, and count the places in rows and in columns.
    if x.ndim != 4:
        raise ValueError(f"expected x (N, C_in, H, W), got x.shape={x.shape}")
    N, C_in, H, W = x.shape
    kH, kW = kernel_size
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    # 2. Pad the images.
    padded, _ = given.pad2d_forward(x, padding)  # (N, C_in, H + 2P, W + 2P)
    # 3. Make room for every position (u, v) within a patch, at every place (i, j).
    cols = np.empty((N, C_in, kH, kW, H_out, W_out), dtype=x.dtype)
    # 4. For each position, take the numbers that lie there at all places: every stride-th one.
    for u in range(kH):
        for v in range(kW):
            rows = slice(u, u + H_out * stride, stride)
            columns = slice(v, v + W_out * stride, stride)
            cols[:, :, u, v] = padded[:, :, rows, columns]  # (N, C_in, H_out, W_out)
    # 5. Make one axis of the positions, and one of the places.
    return cols.reshape(N, C_in * kH * kW, H_out * W_out)


def col2im(cols, x_shape, kernel_size, *, stride=1, padding=0):
    """Add every column to the patch from which `im2col` took it: the adjoint of `im2col`.

    Where patches overlap, what they bring is added; what falls on the border is dropped.

    Parameters
    ----------
    cols : ndarray, shape (N, C_in * kH * kW, H_out * W_out)
        One column for every image and place, ordered as by `im2col`. It is not changed.
    x_shape : tuple of int
        The shape (N, C_in, H, W) of the images.
    kernel_size : tuple of int
        The height and the width (kH, kW) of a patch.
    stride : int, optional
        The step from one place to the next.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    x : ndarray, shape (N, C_in, H, W)
        For every pixel the sum of the numbers that belong to it, of the type of `cols`; 0 for
        pixels that lie in no patch.

    Raises
    ------
    ValueError
        If `x_shape` does not have four numbers, if `cols` does not have the shape that `im2col`
        gives for such images, or if `conv_output_size` refuses the sizes. The message says what
        was expected and what came.
    """
    # 1. Read the sizes, count the places, and refuse columns that do not belong to them.
    if len(x_shape) != 4:
        raise ValueError(f"expected x_shape (N, C_in, H, W), got x_shape={x_shape}")
    N, C_in, H, W = x_shape
    kH, kW = kernel_size
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    expected = (N, C_in * kH * kW, H_out * W_out)
    if cols.shape != expected:
        raise ValueError(
            f"expected cols.shape={expected} for x_shape={x_shape} and "
            f"kernel_size={kernel_size}, got {cols.shape}"
        )
    # 2. Give every position (u, v) within a patch, and every place (i, j), an axis of its own.
    cols = cols.reshape(N, C_in, kH, kW, H_out, W_out)
    # 3. Start from padded images of zeros.
    zeros = np.zeros(x_shape, dtype=cols.dtype)
    padded, pad_cache = given.pad2d_forward(zeros, padding)  # (N, C_in, H + 2P, W + 2P)
    # 4. For each position, add its numbers where `im2col` takes them.
    for u in range(kH):
        for v in range(kW):
            rows = slice(u, u + H_out * stride, stride)
            columns = slice(v, v + W_out * stride, stride)
            padded[:, :, rows, columns] += cols[:, :, u, v]  # (N, C_in, H_out, W_out)
    # 5. Take the border away.
    return given.pad2d_backward(padded, pad_cache)  # (N, C_in, H, W)


def conv2d_forward_im2col(x, weight, bias, *, stride=1, padding=0):
    """Do what `conv2d_forward` does, by one matrix product for each image.

    Parameters
    ----------
    x : ndarray, shape (N, C_in, H, W)
        A batch of N images. It is not changed, and neither are the other arguments.
    weight : ndarray, shape (C_out, C_in, kH, kW)
        C_out filters; each extends over all C_in channels.
    bias : ndarray, shape (C_out,)
        One number for each filter.
    stride : int, optional
        The step from one place to the next.
    padding : int, optional
        How many rows or columns of zeros go on each side of the images.

    Returns
    -------
    out : ndarray, shape (N, C_out, H_out, W_out)
        What `conv2d_forward` gives.
    cache : object
        Whatever `conv2d_backward_im2col` needs.

    Raises
    ------
    ValueError
        As `conv2d_forward` does.
    """
    # 1. Read the sizes, and refuse arrays that do not fit together.
    if x.ndim != 4 or weight.ndim != 4:
        raise ValueError(
            f"expected x (N, C_in, H, W) and weight (C_out, C_in, kH, kW), "
            f"got x.shape={x.shape} and weight.shape={weight.shape}"
        )
    N, C_in, H, W = x.shape
    C_out, weight_C_in, kH, kW = weight.shape
    if weight_C_in != C_in:
        raise ValueError(
            f"weight has C_in={weight_C_in} but x has {C_in} channels (x.shape={x.shape})"
        )
    if bias.shape != (C_out,):
        raise ValueError(
            f"expected bias.shape=({C_out},), one number for each filter, got {bias.shape}"
        )
    # 2. Write the patches into columns, and the filters into rows.
    cols = im2col(x, (kH, kW), stride=stride, padding=padding)  # (N, C_in kH kW, H_out W_out)
    rows = weight.reshape(C_out, C_in * kH * kW)
    # 3. Multiply the two matrices, and add each filter's bias.
    out = rows @ cols + bias[:, np.newaxis]  # (N, C_out, H_out W_out)
    # 4. Make the places two axes again.
    H_out = conv_output_size(H, kH, stride=stride, padding=padding)
    W_out = conv_output_size(W, kW, stride=stride, padding=padding)
    out = out.reshape(N, C_out, H_out, W_out)
    # 5. Keep what the backward pass needs.
    cache = (x.shape, cols, weight, stride, padding)
    return out, cache


def conv2d_backward_im2col(dout, cache):
    """Do what `conv2d_backward` does, by two matrix products for each image.

    Parameters
    ----------
    dout : ndarray, shape (N, C_out, H_out, W_out)
        The gradient of the loss with respect to `out`. It is not changed.
    cache : object
        What `conv2d_forward_im2col` returned beside `out`.

    Returns
    -------
    dx : ndarray, shape (N, C_in, H, W)
        The gradient with respect to `x`.
    dweight : ndarray, shape (C_out, C_in, kH, kW)
        The gradient with respect to `weight`, summed over the batch.
    dbias : ndarray, shape (C_out,)
        The gradient with respect to `bias`, summed over the batch.
    """
    # 1. Take out what the forward pass kept, and make one axis of the places.
    x_shape, cols, weight, stride, padding = cache
    N, C_out, H_out, W_out = dout.shape
    grad = dout.reshape(N, C_out, H_out * W_out)
    # 2. dbias: collect from every image and every place.
    dbias = np.sum(grad, axis=(0, 2))  # (C_out,)
    # 3. dweight: (gradients) times (patches), summed over the places and the images.
    drows = np.sum(grad @ cols.transpose(0, 2, 1), axis=0)  # (C_out, C_in kH kW)
    dweight = drows.reshape(weight.shape)
    # 4. The columns' gradient: (filters, turned on their side) times (gradients).
    rows = weight.reshape(C_out, cols.shape[1])
    dcols = rows.T @ grad  # (N, C_in kH kW, H_out W_out)
    # 5. dx: add every column to the patch that it came from.
    dx = col2im(dcols, x_shape, weight.shape[2:], stride=stride, padding=padding)
    # 6. Return them in the order of the forward pass's arguments.
    return dx, dweight, dbias
