"""Whatever comes through the pipe: the decoder raises its own error only, in bounded memory.

Unlike tests/sandbox/test_frames.py, which draws values and garbage, whole frames are forged here:
well-formed ones that lie in one place.
"""

import json
import tracemalloc

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder.sandbox import frames

_LIMIT = 1 << 20
_SETTINGS = settings(
    max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None
)
_ODD = st.one_of(
    st.integers(),
    st.sampled_from([2**31, 2**40, 2**48, 2**53, 2**63, 2**64, -1, 0, 1, 8, 16]),
    st.floats(),
    st.text(max_size=5),
    st.none(),
    st.booleans(),
    st.lists(st.sampled_from([0, 1, 2, 2**20, 2**40, -1]), max_size=9),
    st.dictionaries(st.sampled_from("tvdson"), st.integers(0, 9), max_size=3),
)
_KINDS = st.sampled_from([*"0bifcsTLDaghpr", "", "O", "TT"])
_NODES = st.recursive(
    st.fixed_dictionaries(
        {"t": _KINDS},
        optional={
            "v": _ODD,
            "d": st.sampled_from(["<f8", "|b1", "<c16", "|O", "<f4", "<U9", "<i8", ""]),
            "s": st.lists(st.sampled_from([0, 1, 2, 3, 2**20, 2**40, -1]), max_size=9),
            "o": st.sampled_from([0, 1, 8, 16, 2**40]),
            "n": st.sampled_from([0, 1, 8, 16, 24, 2**40]),
        },
    ),
    lambda inner: st.fixed_dictionaries(
        {"t": st.sampled_from("TLD"), "v": st.lists(inner | st.lists(inner | _ODD), max_size=4)}
    ),
    max_leaves=12,
)


def _receive(data):
    """Take a whole frame apart as the grader does."""
    header = data[: frames.HEADER.size]
    _, meta_size, payload_size, _ = frames.parse_header(header, limit=_LIMIT)
    rest = data[frames.HEADER.size :]
    if len(rest) != meta_size + payload_size:
        raise frames.FrameError("cut off")
    meta = frames.parse_meta(rest[:meta_size])
    return frames.decode(meta.get("v"), rest[meta_size:], handle=lambda number: number)


def _peak(function, *args):
    tracemalloc.start()
    try:
        function(*args)
    except frames.FrameError:
        pass
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return peak


@_SETTINGS
@given(_NODES, st.binary(max_size=48))
def test_a_frame_that_lies_gives_the_decoders_own_error_and_takes_little_memory(node, payload):
    data = b"".join(map(bytes, frames.pack(frames.RESULT, bytes(16), {"v": node}, [payload])))
    assert _peak(_receive, data) < 4 << 20


@_SETTINGS
@given(st.data())
def test_a_true_frame_with_a_lie_in_one_place_gives_the_decoders_own_error(data):
    value = (np.arange(6.0).reshape(2, 3), {"a": [1, "x", 2.5, None]}, np.float32(3))
    node, buffers = frames.encode(value)
    text = json.loads(json.dumps(node))
    place = text["v"][0] if data.draw(st.booleans()) else text["v"][2]
    place[data.draw(st.sampled_from("tdson"))] = data.draw(_ODD)
    packed = frames.pack(frames.RESULT, bytes(16), {"v": text}, buffers)
    assert _peak(_receive, b"".join(map(bytes, packed))) < 4 << 20


@_SETTINGS
@given(st.binary(max_size=80), st.integers(0, 120))
def test_a_frame_with_bytes_written_over_gives_the_decoders_own_error(patch, at):
    packed = frames.pack(
        frames.RESULT, bytes(16), {"v": frames.encode(np.arange(4.0))[0]}, [bytes(32)]
    )
    data = bytearray(b"".join(map(bytes, packed)))
    data[at : at + len(patch)] = patch
    assert _peak(_receive, bytes(data)) < 4 << 20


@pytest.mark.parametrize("count", [600, 100_000])
def test_a_list_of_very_many_parts_is_left_early(count):
    text = {"v": {"t": "L", "v": [{"t": "0"}] * count}}
    with pytest.raises(frames.FrameError):
        frames.decode(text["v"], b"")


def test_without_its_bounds_the_decoder_would_allocate(monkeypatch):
    node = {"t": "L", "v": [{"t": "0"}] * 100_000}
    monkeypatch.setattr(frames, "_MAX_NODES", 10**9)
    assert len(frames.decode(node, b"")) == 100_000
