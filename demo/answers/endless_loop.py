# One function never comes back; the others are right.

# %% conv2d_backward
def conv2d_backward(dout, cache):
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx, dweight = np.zeros_like(x), np.zeros_like(weight)
    i = 0
    while i < dout.shape[2]:
        for j in range(dout.shape[3]):
            grad = dout[:, :, i, j]
            dweight += np.tensordot(grad, x[:, :, i : i + kH, j : j + kW], axes=(0, 0))
            dx[:, :, i : i + kH, j : j + kW] += np.tensordot(grad, weight, axes=(1, 0))
    return dx, dweight, dout.sum(axis=(0, 2, 3))
