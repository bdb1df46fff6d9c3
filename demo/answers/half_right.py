# The forward pass only; the backward pass is still as it was handed out.
