"""Ask PyTorch how wide receptive fields are, and store its answers.

The course does not need PyTorch. Run this in an environment that holds it::

    python -m venv /tmp/torch && /tmp/torch/bin/pip install torch==2.13.0 numpy
    /tmp/torch/bin/python tests/reference/make_torch_answers_receptive_fields.py
"""

from pathlib import Path

import numpy as np

STORED = Path(__file__).with_name("torch_answers_receptive_fields.npz")

# Kernel sizes, paddings, size of the image, index of the output.
CASES = (
    ((), (), 5, 3),
    ((1,), (0,), 1, 0),
    ((3,), (0,), 9, 4),
    ((3, 2), (0, 0), 9, 3),
    ((5, 4, 2), (0, 0, 0), 23, 6),
    ((3, 3, 3, 3, 3), (1, 1, 1, 1, 1), 31, 15),
    ((7, 1, 4), (3, 0, 2), 40, 17),
    ((2, 6, 3), (1, 4, 0), 37, 20),
    ((9, 5), (0, 6), 33, 19),
    ((4, 4, 4, 4), (3, 2, 1, 0), 41, 18),
)


def key(case):
    """Name an answer in the file."""
    return " ".join("-".join(map(str, part)) for part in (case[0], case[1], case[2:]))


def ask_torch(kernel_sizes, paddings, size, index):
    """Return the first pixel that the gradient of an output reaches, and the one behind the last.

    The image has more rows than columns; the index is the same in both directions.
    """
    import torch

    x = torch.ones((1, 1, size + 2, size), dtype=torch.float64, requires_grad=True)
    out = x
    for kernel_size, padding in zip(kernel_sizes, paddings, strict=True):
        weight = torch.ones((1, 1, kernel_size, kernel_size), dtype=torch.float64)
        out = torch.nn.functional.conv2d(out, weight, padding=padding)
    out[0, 0, index, index].backward()
    columns = np.flatnonzero(x.grad.numpy()[0, 0].any(axis=0))
    rows = np.flatnonzero(x.grad.numpy()[0, 0].any(axis=1))
    assert columns.tolist() == rows.tolist() == list(range(rows[0], rows[-1] + 1))
    return int(columns[0]), int(columns[-1]) + 1


def main():
    """Write the file."""
    import torch

    torch.set_num_threads(1)
    answers = {"torch_version": np.array(torch.__version__)}
    answers |= {key(case): np.array(ask_torch(*case)) for case in CASES}
    np.savez_compressed(STORED, **answers)
    print(f"{STORED}: {STORED.stat().st_size} bytes, from PyTorch {torch.__version__}")


if __name__ == "__main__":
    main()
