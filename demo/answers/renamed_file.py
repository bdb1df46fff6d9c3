# Right, with one slip in the summing of dweight; handed in under another name, one folder too deep.

# %% conv2d_backward
def conv2d_backward(dout, cache):
    x, weight = cache
    kH, kW = weight.shape[2:]
    dx, dweight = np.zeros_like(x), np.zeros_like(weight)
    for n in range(x.shape[0]):
        dweight = np.zeros_like(weight)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                grad = dout[n, :, i, j]
                dweight += np.multiply.outer(grad, x[n, :, i : i + kH, j : j + kW])
                dx[n, :, i : i + kH, j : j + kW] += np.tensordot(grad, weight, axes=(0, 0))
    return dx, dweight, dout.sum(axis=(0, 2, 3))
