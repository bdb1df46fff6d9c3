"""Make the weights and the samples of the figure draw-digit, as scripts that also work from file://.

    python tools/lenet_weights.py

LeNet learns five epochs from data/digits.npz, with the seed 0; its weights are rounded to 8 bits,
those of the first linear layer, which has 98% of them, to 4.
"""

import argparse
import base64
import json
import sys
import textwrap
from pathlib import Path

_ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(_ROOT))
# First, since it sets the number of threads.
from solutions.train_lenet import LENET, train_lenet  # noqa: E402, I001

import numpy as np  # noqa: E402

from solutions.datasets import load_digits_subset  # noqa: E402
from solutions.training import accuracy  # noqa: E402

__all__ = ["BITS", "SAMPLES", "WEIGHTS", "dequantize", "main", "quantize", "read", "samples_script"]

_CNN = _ROOT / "book" / "_static" / "cnn"
WEIGHTS = _CNN / "draw-digit-weights.js"
SAMPLES = _CNN / "draw-digit-samples.js"
BITS = {"conv1": 8, "conv2": 8, "linear1": 4, "linear2": 8}

_WEIGHTS_TEXT = """\
/* The weights of <draw-digit>, which loads this script when it is first used.
 *
 * Made by tools/lenet_weights.py: LeNet after {epochs} epochs with {images:,} digits, seed {seed}.
 * It reads {right:,} of {tested:,} test digits right with these weights, and {before:,} before
 * they were rounded.
 * A weight is a whole number times the scale of its filter, or of its column in a linear layer.
 * All is in base64: scales and biases as float32, 8-bit weights a byte each, 4-bit weights two in
 * a byte, the first in the lower half; both signed.
 */
globalThis.DrawDigitWeights = {json};
"""
_SAMPLES_TEXT = """\
/* The samples of <draw-digit>: of each class one of MNIST's test images, 28 x 28 bytes in base64.
 *
 * Made by tools/lenet_weights.py from data/digits.npz.
 * From the MNIST database by Y. LeCun, C. Cortes and C. Burges, CC BY-SA 3.0.
 */
globalThis.DrawDigitSamples = {json};
"""


def quantize(weight, bits):
    """Round weights to whole numbers times a scale, one for each filter or column.

    Parameters
    ----------
    weight : ndarray, shape (C_out, C_in, K, K) or (D_in, D_out)
        The weights of a layer.
    bits : int
        How many bits a whole number has; with 4 it lies between -7 and 7.

    Returns
    -------
    whole : ndarray of int8
        The whole numbers, in the shape of `weight`.
    scales : ndarray of float32, shape (C_out,) or (D_out,)
        Of some scales, from one that reaches the largest weight down, the one with the least
        squared error: a few large weights are better cut off than all others made coarse.
    """
    axis = 0 if weight.ndim == 4 else 1
    rows = np.moveaxis(weight, axis, 0).reshape(weight.shape[axis], -1)  # a filter or column each
    top = 2 ** (bits - 1) - 1
    best = np.full(len(rows), np.inf)
    scales = np.zeros(len(rows), dtype=np.float32)
    for share in np.linspace(0.4, 1, 25):
        tried = (np.abs(rows).max(axis=1) * share / top).astype(np.float32)
        rounded = np.clip(np.rint(rows / tried[:, None]), -top, top) * tried[:, None]
        error = ((rounded - rows) ** 2).sum(axis=1)
        scales = np.where(error < best, tried, scales)
        best = np.minimum(error, best)
    whole = np.clip(np.rint(weight / _along(scales, weight.ndim)), -top, top)
    return whole.astype(np.int8), scales


def dequantize(whole, scales):
    """Turn what `quantize` returned into weights of float32."""
    return whole.astype(np.float32) * _along(scales, whole.ndim)


def _along(scales, axes):
    return scales.reshape(-1, 1, 1, 1) if axes == 4 else scales


def _base64(array):
    return textwrap.wrap(base64.b64encode(array.tobytes()).decode(), 120)


def _pack(whole, bits):
    flat = whole.ravel().view(np.uint8)
    return flat if bits == 8 else (flat[::2] & 15) | (flat[1::2] << 4)


def _unpack(packed, bits):
    if bits == 8:
        return packed.view(np.int8)
    halves = np.stack([packed & 15, packed >> 4], axis=1).ravel().astype(np.int8)
    return (halves ^ 8) - 8  # the fourth bit is the sign


def read(text):
    """Read the parameters from the text of the script, as ``lenet_forward`` takes them."""
    layers = json.loads(text[text.index("= {") + 2 : text.rindex(";")])
    params = {}
    for name, layer in layers.items():
        arrays = {
            key: base64.b64decode("".join(layer[key])) for key in ("weight", "scales", "bias")
        }
        packed = np.frombuffer(arrays["weight"], dtype=np.uint8)
        whole = _unpack(packed, layer["bits"]).reshape(layer["shape"])
        scales = np.frombuffer(arrays["scales"], dtype="<f4")
        params[f"{name}_weight"] = dequantize(whole, scales)
        params[f"{name}_bias"] = np.frombuffer(arrays["bias"], dtype="<f4")
    return params


def _weights_script(params, **facts):
    layers = {}
    for name, bits in BITS.items():
        whole, scales = quantize(params[f"{name}_weight"], bits)
        layers[name] = {
            "shape": whole.shape,
            "bits": bits,
            "scales": _base64(scales.astype("<f4")),
            "bias": _base64(params[f"{name}_bias"].astype("<f4")),
            "weight": _base64(_pack(whole, bits)),
        }
    return _WEIGHTS_TEXT.format(json=json.dumps(layers, indent=0), **facts)


def samples_script():
    """Return the text of the script with the samples: the first test image of each class."""
    digits = load_digits_subset()
    first = [digits.x_test[np.argmax(digits.y_test == digit)] for digit in range(10)]
    lines = ["".join(_base64(image)) for image in first]
    return _SAMPLES_TEXT.format(json=json.dumps(lines, indent=0))


def main(argv=None):
    """Train, and write both scripts.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.
    """
    argparse.ArgumentParser(description=__doc__.splitlines()[0]).parse_args(argv)
    SAMPLES.write_text(samples_script(), encoding="utf-8")
    digits = load_digits_subset()
    seed, epochs = 0, 5
    params = train_lenet(digits, seed=seed, epochs=epochs).params
    facts = {"seed": seed, "epochs": epochs, "images": len(digits.x_train)}
    facts |= {"tested": len(digits.x_test), "before": _right(params, digits)}
    rounded = read(_weights_script(params, right=0, **facts))
    text = _weights_script(params, right=_right(rounded, digits), **facts)
    WEIGHTS.write_text(text, encoding="utf-8")
    print(text[: text.index("*/")])


def _right(params, digits):
    share = accuracy(LENET.forward, params, digits.x_test, digits.y_test)
    return round(share * len(digits.x_test))


if __name__ == "__main__":
    main()
