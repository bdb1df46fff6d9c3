"""The numbers that stand in the pages' sentences are those that the reference gives.

What a code cell prints is computed when the book is built. Here are others: each row has a page,
words of it with a gap, and the value that has to stand in the gap.
"""

import math
import re

import numpy as np
import pytest

from autograder.course import find_course
from experiments.record import load as load_experiment
from solutions.batch_norm import batch_norm_forward, normalize_backward, normalize_forward
from solutions.batch_norm_inference import fuse_linear_batch_norm
from solutions.convolution import conv2d_forward, correlate2d
from solutions.convolutional_networks import lenet_summary
from solutions.other_norms import layer_norm_forward
from solutions.padding import max_conv_layers, same_padding
from solutions.pooling import max_pool2d_forward
from solutions.receptive_fields import layers_to_cover, receptive_field
from solutions.stride import conv2d_cost, conv_output_size
from solutions.stride import receptive_field as strided_receptive_field

COURSE = find_course(__file__)
COLUMN = np.array([[3.0], [9.0], [17.0], [11.0]])


def _thousands(number):
    """Write a number as the formulas of the book do: 768{,}000."""
    return f"{number:,}".replace(",", "{,}")


def _volumes():
    """Count the numbers that LeNet's input, convolutions and pools give."""
    rows = [row for row in lenet_summary() if row[0].startswith(("input", "Conv", "MaxPool"))]
    return [math.prod(size) for _, size, _ in rows]


def _fused():
    one = [np.array([value]) for value in (10.0, 1.0, 5.0, 4.0)]
    weight, bias = fuse_linear_batch_norm(np.array([[2.0]]), np.array([3.0]), *one, eps=0.0)
    return round(weight.item()), round(bias.item())


def _column(numbers):
    return "(" + ", ".join(f"{number:.1f}" for number in np.ravel(numbers)) + ")"


def _notes_conv():
    x, weight = np.zeros((2, 3, 32, 32)), np.zeros((6, 3, 5, 5))
    return r"\times".join(map(str, conv2d_forward(x, weight, np.zeros(6))[0].shape))


def _patch():
    image = np.array([[1, 2, 0, 1], [0, 1, 3, 2], [2, 1, 0, 1]])
    return correlate2d(image, np.array([[1, -1], [0, 2]]))[0, 1]


def _scaled():
    return batch_norm_forward(COLUMN, np.array([2.0]), np.array([30.0]), eps=0.0)[0]


def _first_of_dx():
    _, cache = normalize_forward(COLUMN, eps=0.0)
    return normalize_backward(np.array([[10.0], [0.0], [0.0], [0.0]]), cache)[0, 0]


def _layer_normalized():
    x = np.array([[3.0, 9.0, 17.0, 11.0]])
    return layer_norm_forward(x, np.ones(4), np.zeros(4), eps=0.0)[0]


def _pooled(size):
    return max_pool2d_forward(np.zeros((1, 1, size, size)), 2)[0].shape[3]


def _mistakes():
    """Count what LeNet's training with mistakes has shown, in percent of the test pictures."""
    percent = {
        name: 100 * np.array(each)
        for name, each in load_experiment("mistakes")["share_right"].items()
    }
    right = percent.pop("none")
    hidden = {name: each for name, each in percent.items() if each.min() >= 95}
    apart = {name: right - each for name, each in hidden.items()}
    turned = apart.pop("dx of a convolution with filters not turned")
    assert right.min() > 95
    assert len(percent) == 10
    relu = percent.pop("a ReLU behind the logits")
    return {
        "hidden": _WORDS[len(hidden)],
        "shown": _WORDS[10 - len(hidden)],
        "guessing": _WORDS[sum(np.allclose(each, 10) for each in percent.values())],
        "close": _WORDS[len(apart)],
        "within": f"{np.ceil(10 * max(np.abs(each).max() for each in apart.values())) / 10:.1f}",
        "turned": f"{turned.min():.1f} to {turned.max():.1f}",
        "mean": f"{(right - turned).mean():.1f}",
        "relu": f"{relu.min():.0f} and {relu.max():.0f}",
    }


_WORDS = {2: "two", 3: "three", 4: "four", 5: "five", 6: "six"}
MISTAKES = _mistakes()


def _median_error(norm, size):
    found = load_experiment("batch_sizes")
    return 100 * np.median(found["errors"][norm][found["sizes"].index(size)])


def _numbers_in_a_mean(size):
    """Count, for batches of two of the experiments' small network."""
    return f"{2 * size * size:,}"


def _read(norm, scale):
    found = load_experiment("initialization")
    return 100 * np.mean(found["share_right"][norm][found["scales"].index(scale)])


# fmt: off
CLAIMS = [
    ("convolution", r"3\cdot 2 = {}$,", _patch()),
    ("convolution", r"2\times3\times32\times32$ becomes ${}$", _notes_conv()),
    ("convolution", "These {} numbers", conv2d_cost((1, 3, 32, 32), (6, 3, 5, 5))[0]),
    ("padding", "7 - 3 + 1 = {}$", conv_output_size(7, 3)),
    ("padding", "after {} layers",
     {3: "three"}[max_conv_layers(7, 3)]),
    ("receptive_fields", r"1 + 4\,(5 - 1) = {}$", receptive_field([5] * 4)),
    ("receptive_fields", "so it takes {}, which see", layers_to_cover(1000, 3)),
    ("receptive_fields", "which see {}.", receptive_field([3] * 500)),
    ("receptive_fields", "With 499 layers an output sees {} pixels", receptive_field([3] * 499)),
    ("stride", "(75 + 1) = {}$", conv2d_cost((1, 3, 32, 32), (10, 3, 5, 5), padding=2)[0]),
    ("stride", r"10{{,}}240\cdot75 = {}$",
     _thousands(conv2d_cost((1, 3, 32, 32), (10, 3, 5, 5), padding=2)[1])),
    ("stride", r"+ 2\cdot2)/1 + 1 = {}$", conv_output_size(32, 5, padding=2)),
    ("stride", "So $7\\times7$ becomes ${}$",
     r"\times".join([str(conv_output_size(7, 3, stride=2))] * 2)),
    ("stride", "2^{{10}} - 1 = {}$", strided_receptive_field([(3, 2)] * 9)[0]),
    ("stride", "+ Size {}, jump 12.", strided_receptive_field([(5, 3), (2, 4)])[0]),
    ("pooling", r"becomes $64\times{0}\times{0}$", _pooled(224)),
    ("convolutional_networks", "${}$, up twenty times", r" \to ".join(map(_thousands, _volumes()))),
    ("convolutional_networks", "{} of the ten mistakes still reach 95%",
     MISTAKES["hidden"].title()),
    ("convolutional_networks", "{} of ten mistakes hid in", MISTAKES["hidden"]),
    ("convolutional_networks", "The other {} do not hide", MISTAKES["shown"]),
    ("convolutional_networks", "{} of them end at 10%", MISTAKES["guessing"].title()),
    ("convolutional_networks", "{} of the five lie within", MISTAKES["close"].title()),
    ("convolutional_networks", "lie within {} percentage points", MISTAKES["within"]),
    ("convolutional_networks", "in each run, {} points", MISTAKES["turned"]),
    ("convolutional_networks", "would take {}% for a mistake", MISTAKES["mean"]),
    ("convolutional_networks", "behind the logits between {}%", MISTAKES["relu"]),
    ("other_norms", "the medians are {}% for batch", f"{_median_error('batch norm', 2):.1f}"),
    ("other_norms", "for batch norm and {}% for group", f"{_median_error('group norm', 2):.1f}"),
    ("other_norms", "with two pictures, {} in the first", _numbers_in_a_mean(28)),
    ("other_norms", "and still {} in the third", _numbers_in_a_mean(7)),
    ("other_norms", "leave {} steps in all", 4 * math.ceil(2000 / 256)),
    ("other_norms", "a learning rate of {},", 0.03 * 256 / 32),
    ("batch_norm_conv", "the rule it reads {}%, and", f"{_read('batch norm', 10):.1f}"),
    ("batch_norm", "our column becomes ${}$", _column(_scaled())),
    ("batch_norm", r"1.4 \cdot 3.5) / 5 = {:.2f}$", _first_of_dx()),
    ("batch_norm_inference", "has the weight {}", _fused()[0]),
    ("batch_norm_inference", "the bias ${}$.", _fused()[1]),
    ("other_norms", r"\hat x = {}$", _column(_layer_normalized())),
]
# fmt: on


@pytest.mark.parametrize(("slug", "words", "value"), CLAIMS, ids=lambda each: str(each)[:40])
def test_a_number_in_a_sentence_is_what_the_reference_gives(slug, words, value):
    text = (COURSE.root / "book" / f"{slug}.md").read_text(encoding="utf-8")
    expected = words.format(value)
    if expected not in text:
        pattern = ".{1,20}?".join(map(re.escape, re.split(r"\{[^{}]*\}", words, maxsplit=1)))
        found = re.findall(pattern, text)
        pytest.fail(f"book/{slug}.md has {found or 'no such words'}, expected {expected!r}")


def test_a_kernel_of_odd_size_has_the_padding_of_the_notes():
    assert [same_padding(size) for size in (1, 3, 5, 11)] == [
        (size - 1) // 2 for size in (1, 3, 5, 11)
    ]


def test_which_first_weights_a_network_learns_from_is_as_the_page_says():
    found = load_experiment("initialization")
    learned = {
        norm: [
            scale for scale, runs in zip(found["scales"], shares, strict=True) if min(runs) > 0.5
        ]
        for norm, shares in found["share_right"].items()
    }
    assert learned["none"] == [0.3, 1]
    assert learned["batch norm"] == found["scales"] == [0.01, 0.1, 0.3, 1, 3, 10]
    assert min(_read("batch norm", scale) for scale in found["scales"][:-1]) > 90
    for scale in found["scales"]:
        assert _read("group norm", scale) < _read("batch norm", scale)


def test_small_batches_of_digits_harm_neither_norm():
    found = load_experiment("batch_sizes")["errors"]
    two = {norm: np.array(found[norm][0]) for norm in ("batch norm", "group norm")}
    assert two["batch norm"].min() < two["group norm"].max()
    assert two["group norm"].min() < two["batch norm"].max()
    for norm in two:
        assert max(max(runs) for runs in found[norm][:-1]) < 0.06
        assert min(found[norm][-1]) > 0.15
