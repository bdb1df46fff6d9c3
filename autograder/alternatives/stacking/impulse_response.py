# %% [markdown]
# The merged filters are read off an impulse: an image that is 0 but for one 1.
# The stack is written as a recursion.

# %%
import numpy


def demand(condition, text):
    if not condition:
        raise ValueError(text)


# %%
def merge_convs(weight1, bias1, weight2, bias2):
    demand(weight1.ndim == 4, f"weight1: expected 4 axes, got {weight1.shape}")
    demand(weight2.ndim == 4, f"weight2: expected 4 axes, got {weight2.shape}")
    C_mid, C_in, kH1, kW1 = weight1.shape
    C_out, channels, kH2, kW2 = weight2.shape
    demand(channels == C_mid, f"weight2 takes {channels} channels, weight1 gives {C_mid}")
    demand(bias1.shape == (C_mid,), f"bias1: expected ({C_mid},), got {bias1.shape}")
    demand(bias2.shape == (C_out,), f"bias2: expected ({C_out},), got {bias2.shape}")
    kH, kW = kH1 + kH2 - 1, kW1 + kW2 - 1
    kind = numpy.result_type(weight1, weight2)
    # One image for each input channel; around the 1 there is room for every place of the filter.
    impulses = numpy.zeros((C_in, C_in, 2 * kH - 1, 2 * kW - 1), kind)
    impulses[range(C_in), range(C_in), kH - 1, kW - 1] = 1
    none1, none2 = numpy.zeros(C_mid, kind), numpy.zeros(C_out, kind)
    middle, _ = given.conv2d_forward(impulses, weight1, none1)
    answer, _ = given.conv2d_forward(middle, weight2, none2)  # (C_in, C_out, kH, kW), turned
    weight = numpy.ascontiguousarray(numpy.flip(answer, (2, 3)).swapaxes(0, 1))
    # What comes out where the image is 0.
    tile = numpy.broadcast_to(bias1[:, None, None], (1, C_mid, kH2, kW2))
    bias, _ = given.conv2d_forward(tile, weight2, bias2)
    return weight, bias.reshape(C_out)


# %%
def conv_stack_forward(x, params):
    demand(len(params) > 0, "expected 1 layer or more, got 0")
    (weight, bias), rest = params[0], params[1:]
    z, kept = given.conv2d_forward(x, weight, bias)
    if not rest:
        return z, (kept, None, None)
    out, behind = conv_stack_forward(z.clip(min=0), rest)
    return out, (kept, z, behind)


# %%
def conv_stack_backward(dout, cache):
    kept, z, behind = cache
    if behind is None:
        dx, *own = given.conv2d_backward(dout, kept)
        return dx, [tuple(own)]
    back, later = conv_stack_backward(dout, behind)
    masked = back.copy()
    masked[z <= 0] = 0
    dx, *own = given.conv2d_backward(masked, kept)
    return dx, [tuple(own)] + later
