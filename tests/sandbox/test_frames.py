import contextlib
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from autograder.sandbox import frames
from autograder.sandbox.frames import CannotCrossError, FrameError, Handle, Probe, Seed

quick = settings(deadline=None, max_examples=150, database=None)

dtypes = st.sampled_from(["?", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8"])
arrays = hnp.arrays(dtypes, hnp.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(),
    st.complex_numbers(),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    hnp.arrays(dtypes, ()).map(lambda a: a[()]),
)
values = st.recursive(
    arrays | scalars,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text("abc_", max_size=4), inner, max_size=3)
    ),
    max_leaves=6,
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10) | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=2), inner),
    max_leaves=8,
)
kinds = st.sampled_from(list("0bifcsTLDaghpr"))
nodes = st.recursive(
    json_values,
    lambda inner: st.fixed_dictionaries(
        {"t": kinds, "v": inner | st.lists(inner, max_size=3)},
        optional={
            "d": st.sampled_from(["<f8", "|b1", "<f4", "|O8", "<U4", "V8", 3]),
            "s": st.lists(st.integers(-1, 5) | st.just(2**40), max_size=9) | inner,
            "o": st.integers(-1, 20),
            "n": st.integers(-1, 64) | st.just(2**62),
        },
    ),
    max_leaves=10,
)


def same(left, right):
    """Equal in type, shape, dtype and every bit."""
    if type(left) is not type(right):
        return False
    if isinstance(left, np.ndarray | np.generic):
        return (
            left.dtype == right.dtype
            and left.shape == right.shape
            and (left.tobytes() == right.tobytes())
        )
    if isinstance(left, tuple | list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict):
        return list(left) == list(right) and all(same(left[k], right[k]) for k in left)
    if isinstance(left, float):
        return left.hex() == right.hex()
    if isinstance(left, complex):
        return same(left.real, right.real) and same(left.imag, right.imag)
    return left == right


def through(value, **roles):
    node, buffers = frames.encode(value)
    node = json.loads(json.dumps(node))
    return frames.decode(node, b"".join(bytes(b) for b in buffers), **roles)


@quick
@given(values)
def test_every_value_comes_back_as_it_was(value):
    assert same(through(value), value)


@quick
@given(nodes, st.binary(max_size=64))
def test_garbage_gives_the_decoders_own_error_or_a_plain_value(node, payload):
    try:
        value = frames.decode(node, payload)
    except FrameError:
        return
    assert type(value) in {type(None), bool, int, float, complex, str, tuple, list, dict,
                           np.ndarray, np.float64, np.float32, np.bool_}  # fmt: skip


@quick
@given(values, st.data())
def test_a_changed_byte_gives_a_frame_error_or_another_value_and_nothing_worse(value, data):
    node, buffers = frames.encode(value)
    parts = frames.pack(frames.RESULT, bytes(16), {"v": node}, buffers)
    raw = bytearray(b"".join(bytes(p) for p in parts))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    try:
        size = frames.HEADER.size
        _, meta_size, payload_size, _ = frames.parse_header(bytes(raw[:size]), limit=1 << 20)
        meta = frames.parse_meta(raw[size : size + meta_size])
        frames.decode(meta.get("v"), raw[size + meta_size :][:payload_size])
    except FrameError:
        pass


@quick
@given(st.binary(max_size=80))
def test_a_header_of_garbage_gives_the_decoders_own_error(data):
    with pytest.raises(FrameError):
        frames.parse_header(data)


@quick
@given(st.binary(max_size=80))
def test_a_description_of_garbage_gives_the_decoders_own_error_or_a_dict(data):
    with contextlib.suppress(FrameError):
        assert type(frames.parse_meta(data)) is dict


def test_a_description_nested_a_hundred_thousand_deep_is_refused():
    with pytest.raises(FrameError):
        frames.parse_meta(b"[" * 100_000)
    with pytest.raises(FrameError):
        frames.parse_meta(b'{"v":' * 40_000 + b"1" + b"}" * 40_000)


@pytest.mark.parametrize("size", [2**63, 2**40, -1, 1.0, True, "3"])
def test_an_impossible_shape_is_refused_before_anything_is_allocated(size):
    node = {"t": "a", "d": "<f8", "s": [size], "o": 0, "n": 24}
    with pytest.raises(FrameError):
        frames.decode(node, bytes(24))


def test_an_empty_array_may_not_smuggle_an_overflowing_shape():
    node = {"t": "a", "d": "<f8", "s": [0, 2**40, 2**40], "o": 0, "n": 0}
    with pytest.raises(FrameError):
        frames.decode(node, b"")


@pytest.mark.parametrize("dtype", ["|O", "<U3", "|S3", "<M8[s]", "|V8"])
def test_dtypes_that_hold_no_numbers_are_refused_on_both_sides(dtype):
    with pytest.raises(FrameError):
        frames.decode({"t": "a", "d": dtype, "s": [1], "o": 0, "n": 8}, bytes(8))
    with pytest.raises(CannotCrossError) as caught:
        frames.encode(np.empty(2, dtype))
    assert caught.value.reason == "dtype"


def test_payload_bytes_may_not_be_left_over_or_shared_by_two_arrays():
    first = {"t": "a", "d": "|u1", "s": [2], "o": 0, "n": 2}
    second = {"t": "a", "d": "|u1", "s": [3], "o": 2, "n": 3}
    pair = {"t": "T", "v": [first, second]}
    assert through((np.zeros(2), np.ones(3)))[1].sum() == 3
    frames.decode(pair, bytes(5))
    with pytest.raises(FrameError):
        frames.decode(pair, bytes(6))
    with pytest.raises(FrameError):
        frames.decode({"t": "T", "v": [first, first]}, bytes(2))


def test_a_truth_value_is_0_or_1():
    node = {"t": "a", "d": "|b1", "s": [2], "o": 0, "n": 2}
    assert frames.decode(node, b"\1\0").tolist() == [True, False]
    with pytest.raises(FrameError):
        frames.decode(node, b"\1\2")


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (np.zeros(2).view(type("Own", (np.ndarray,), {})), "type"),
        (np.ma.masked_array([1.0]), "type"),
        (type("Mine", (int,), {})(3), "type"),
        (object(), "type"),
        (print, "type"),
        ({1, 2}, "type"),
        ({3: 4}, "keys"),
        (2**70, "integer"),
        ("x" * 5000, "text"),
        ("\ud800", "text"),
        ([0] * 600, "items"),
        (np.zeros((1,) * 9), "items"),
        (np.longdouble(1), "dtype"),
        (np.broadcast_to(np.float64(1), (10**6, 10**6)), "size"),
    ],
    ids=str,
)
def test_what_cannot_cross_says_why(value, reason):
    with pytest.raises(CannotCrossError) as caught:
        frames.encode(value)
    assert caught.value.reason == reason


def test_a_list_that_holds_itself_is_refused():
    value = []
    value.append(value)
    with pytest.raises(CannotCrossError):
        frames.encode(value)


def test_views_and_foreign_byte_order_become_plain_arrays():
    array = np.arange(24.0).reshape(4, 6)
    assert same(through(array[::2, ::-3]), np.ascontiguousarray(array[::2, ::-3]))
    assert same(through(array.astype(">f8")), array)
    assert through(np.broadcast_to(1.5, (2, 3))).flags.writeable


def test_handles_probes_and_seeds_come_only_where_they_are_asked_for():
    kept, value = Handle(7, 0), [Probe("square"), Seed(11), {"cache": Handle(7, 0)}]
    node, _ = frames.encode(value, handle=lambda handle: handle._number)
    roles = {"handle": lambda n: ("kept", n), "probe": str.upper, "seed": lambda n: -n}
    assert frames.decode(node, b"", **roles) == ["SQUARE", -11, {"cache": ("kept", 7)}]
    for role in roles:
        with pytest.raises(FrameError):
            frames.decode(node, b"", **{r: f for r, f in roles.items() if r != role})
    with pytest.raises(CannotCrossError):
        frames.encode(kept)


def test_a_header_that_asks_for_too_much_is_refused():
    header = frames.HEADER.pack(b"CNH1", frames.RESULT, 10, 2**63, bytes(16))
    with pytest.raises(FrameError):
        frames.parse_header(header, limit=1 << 20)
    assert frames.parse_header(
        frames.HEADER.pack(b"CNH1", frames.RESULT, 10, 1 << 20, bytes(16)), limit=1 << 20
    )[1:3] == (10, 1 << 20)


def test_nan_and_the_sign_of_zero_survive():
    back = through([math.nan, -0.0, np.float32("nan"), np.array([-0.0, np.inf])])
    assert math.isnan(back[0])
    assert math.copysign(1, back[1]) == -1
    assert np.signbit(back[3][0])
