"""The wire format between the grader and the worker: a strict codec with bounds on everything.

A frame is a fixed header, a small JSON description and a payload of array bytes. There is no
pickle, no `np.load` and no `eval`; a number from the other side is checked before anything is
allocated for it. This file is copied beside the worker: standard library and NumPy only.
"""

import json
import math
import struct

import numpy as np

__all__ = [
    "HEADER",
    "MAX_PAYLOAD",
    "CannotCrossError",
    "FrameError",
    "Handle",
    "Probe",
    "Seed",
    "decode",
    "encode",
    "pack",
    "parse_header",
    "parse_meta",
]

HEADER = struct.Struct("<4sB3xIQ16s")  # magic, kind, length of the description, of the payload, id
KINDS = HELLO, PRELUDE, CELL, CALL, RESULT, ERROR = range(1, 7)
MAX_PAYLOAD = 1 << 30

_MAGIC = b"CNH1"
_MAX_META = 256 << 10
_MAX_NODES = 512
_MAX_DEPTH = 8
_MAX_AXES = 8
_MAX_TEXT = 4096
_MAX_KEY = 100
_LEAST_INT, _LARGEST_INT = -(2**63), 2**64 - 1
_DTYPES = {
    name: np.dtype(name)
    for name in (
        *("|b1", "|i1", "|u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8"),
        *("<f2", "<f4", "<f8", "<c8", "<c16"),
    )
}

# The learner's code may replace these in the `np` that it shares with the worker.
_ndarray, _generic, _uint8 = np.ndarray, np.generic, np.uint8
_type_name = type.__dict__["__name__"].__get__  # not what a metaclass makes of it
_ascontiguousarray, _frombuffer, _asarray = np.ascontiguousarray, np.frombuffer, np.asarray


class FrameError(Exception):
    """What came is not a frame of this format: the only error that the decoder raises."""


class CannotCrossError(Exception):
    """A value that the format does not carry.

    Parameters
    ----------
    reason : {"type", "dtype", "keys", "items", "size", "text", "integer"}
        What forbids it.
    got : str
        The name of the type or dtype that came.
    """

    def __init__(self, reason, got=""):
        super().__init__(f"{reason}: {got}")
        self.reason = reason
        self.got = got


class Handle:
    """A value that stays in the worker, for instance the cache of a forward pass.

    It may be an argument of another call, also inside a tuple, a list or a dict, for as long as the
    worker that holds the value lives.
    """

    __slots__ = ("__weakref__", "_generation", "_number")

    def __init__(self, number, generation):
        self._number = number
        self._generation = generation

    def __repr__(self):
        return "<a value kept in the worker>"


class Probe:
    """A function that the worker holds, named for an argument that has to be callable.

    Parameters
    ----------
    name : str
        A key of `autograder.sandbox.probes.PROBES`.
    """

    __slots__ = ("name",)

    def __init__(self, name):
        self.name = name

    def __repr__(self):
        return f"Probe({self.name!r})"


class Seed:
    """A random generator by its seed: the worker makes `np.random.default_rng(value)` of it."""

    __slots__ = ("value",)

    def __init__(self, value):
        self.value = value

    def __repr__(self):
        return f"Seed({self.value})"


def _array_node(value, scalar, used, limit):
    array = _asarray(value)
    dtype = array.dtype
    if dtype.hasobject or dtype.kind not in "biufc":
        raise CannotCrossError("dtype", str(dtype)[:60])
    array = array.astype(dtype.newbyteorder("<"), copy=False)
    if array.dtype.str not in _DTYPES:
        raise CannotCrossError("dtype", str(dtype)[:60])
    if array.ndim > _MAX_AXES:
        raise CannotCrossError("items", f"{array.ndim} axes")
    if used + array.nbytes > limit:
        raise CannotCrossError("size", "")
    # A view may be a hundred bytes with a gigantic shape (broadcast_to): nbytes is what it becomes.
    data = _ascontiguousarray(array).reshape(-1).view(_uint8).data
    node = {
        "t": "g" if scalar else "a",
        "d": array.dtype.str,
        "s": list(array.shape),
        "o": used,
        "n": array.nbytes,
    }
    return node, data


def encode(value, *, limit=MAX_PAYLOAD, handle=None):
    """Describe a value.

    Parameters
    ----------
    value : object
        Arrays, NumPy and Python scalars, strings, None, tuples, lists and dicts of them, and
        `Handle`, `Probe` and `Seed`. Types are taken strictly: a subclass is refused.
    limit : int
        Most bytes that the arrays may take together.
    handle : callable, optional
        From a `Handle` to its number; without it there may be no handles.

    Returns
    -------
    node : dict
        The description, ready for JSON.
    buffers : list of memoryview
        The arrays' bytes, in order.

    Raises
    ------
    CannotCrossError
        If the value is of another type, too large or too deeply nested.
    """
    buffers = []
    nodes = used = 0

    def describe(item, depth):
        nonlocal nodes, used
        nodes += 1
        if depth > _MAX_DEPTH or nodes > _MAX_NODES:
            raise CannotCrossError("items", "")
        kind = type(item)
        if item is None:
            return {"t": "0"}
        if kind is bool:
            return {"t": "b", "v": item}
        if kind is int:
            if not _LEAST_INT <= item <= _LARGEST_INT:
                raise CannotCrossError("integer", "int")
            return {"t": "i", "v": item}
        if kind is float:
            return {"t": "f", "v": item.hex()}
        if kind is complex:
            return {"t": "c", "v": [item.real.hex(), item.imag.hex()]}
        if kind is str:
            if len(item) > _MAX_TEXT or not _is_text(item):
                raise CannotCrossError("text", "str")
            return {"t": "s", "v": item}
        if kind is tuple or kind is list:
            return {
                "t": "T" if kind is tuple else "L",
                "v": [describe(part, depth + 1) for part in item],
            }
        if kind is dict:
            if not all(type(k) is str and len(k) <= _MAX_KEY and _is_text(k) for k in item):
                raise CannotCrossError("keys", "dict")
            return {"t": "D", "v": [[k, describe(part, depth + 1)] for k, part in item.items()]}
        if kind is _ndarray or (isinstance(item, _generic) and kind.__module__ == "numpy"):
            node, data = _array_node(item, kind is not _ndarray, used, limit)
            used += node["n"]
            buffers.append(data)
            return node
        if kind is Handle and handle is not None:
            return {"t": "h", "v": handle(item)}
        if kind is Probe:
            return {"t": "p", "v": item.name}
        if kind is Seed:
            return {"t": "r", "v": int(item.value)}
        raise CannotCrossError("type", _type_name(kind)[:60])

    return describe(value, 0), buffers


def _is_text(text):
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    return True


def _integer(value, least, largest):
    if type(value) is not int or not least <= value <= largest:
        raise FrameError("a number is missing or out of range")
    return value


def _text(value, longest):
    if type(value) is not str or len(value) > longest or not _is_text(value):
        raise FrameError("a string is missing, too long or not text")
    return value


def _float(value):
    try:
        return float.fromhex(_text(value, 40))
    except (ValueError, OverflowError):
        raise FrameError("not a number") from None


def _array(node, payload, used):
    dtype = _DTYPES.get(_text(node.get("d"), 4))
    shape = node.get("s")
    if dtype is None or type(shape) is not list or len(shape) > _MAX_AXES:
        raise FrameError("not the description of an array")
    for size in shape:
        _integer(size, 0, 2**40)
    # NumPy multiplies the sizes that are not zero into a machine word.
    if math.prod(size for size in shape if size) > 2**48:
        raise FrameError("an impossible shape")
    count = _integer(node.get("n"), 0, len(payload))
    offset = _integer(node.get("o"), 0, len(payload))
    if (
        math.prod(shape) * dtype.itemsize != count
        or offset != used
        or offset + count > len(payload)
    ):
        raise FrameError("the bytes do not fit the shape and the dtype")
    data = payload[offset : offset + count]
    if dtype.kind == "b" and count and _frombuffer(data, _uint8).max() > 1:
        raise FrameError("a truth value that is neither 0 nor 1")
    array = _frombuffer(data, dtype).reshape(shape).copy()
    if node["t"] == "g":
        if shape:
            raise FrameError("a scalar with a shape")
        return array[()], count
    return array, count


def decode(node, payload, *, handle=None, probe=None, seed=None):
    """Make the value of its description; nothing in either is trusted.

    Parameters
    ----------
    node : object
        The description, as JSON gave it.
    payload : bytes-like
        The arrays' bytes.
    handle, probe, seed : callable, optional
        What a handle's number, a probe's name and a seed become; a kind whose callable is not given
        may not occur.

    Returns
    -------
    value : object
        Plain Python objects and plain arrays that own their memory.

    Raises
    ------
    FrameError
        Whatever is wrong.
    """
    payload = memoryview(payload).cast("B")
    nodes = used = 0

    def rebuild(item, depth):
        nonlocal nodes, used
        nodes += 1
        if depth > _MAX_DEPTH or nodes > _MAX_NODES or type(item) is not dict:
            raise FrameError("not a description, or too deep, or too many items")
        kind, value = item.get("t"), item.get("v")
        match kind:
            case "0":
                return None
            case "b" if type(value) is bool:
                return value
            case "i":
                return _integer(value, _LEAST_INT, _LARGEST_INT)
            case "f":
                return _float(value)
            case "c" if type(value) is list and len(value) == 2:
                return complex(_float(value[0]), _float(value[1]))
            case "s":
                return _text(value, _MAX_TEXT)
            case "T" | "L" if type(value) is list:
                parts = [rebuild(part, depth + 1) for part in value]
                return tuple(parts) if kind == "T" else parts
            case "D" if type(value) is list:
                result = {}
                for pair in value:
                    if type(pair) is not list or len(pair) != 2 or pair[0] in result:
                        raise FrameError("not the items of a dict")
                    result[_text(pair[0], _MAX_KEY)] = rebuild(pair[1], depth + 1)
                return result
            case "a" | "g":
                array, count = _array(item, payload, used)
                used += count
                return array
            case "h" if handle is not None:
                return handle(_integer(value, 0, 2**53))
            case "p" if probe is not None:
                return probe(_text(value, _MAX_KEY))
            case "r" if seed is not None:
                return seed(_integer(value, 0, 2**63))
        raise FrameError("an unknown kind of value")

    try:
        result = rebuild(node, 0)
    except (
        TypeError,
        ValueError,
        OverflowError,
    ) as error:  # an unhashable key, a shape NumPy refuses
        raise FrameError("not a description") from error
    if used != len(payload):
        raise FrameError("bytes that belong to no array")
    return result


def pack(kind, call_id, meta, buffers=()):
    """Make the parts of one frame, to be written one after the other.

    Raises CannotCrossError if the description, `meta`, is too long.
    """
    text = json.dumps(meta, separators=(",", ":")).encode("ascii")
    if len(text) > _MAX_META:
        raise CannotCrossError("items", "")
    size = sum(memoryview(buffer).nbytes for buffer in buffers)
    return [HEADER.pack(_MAGIC, kind, len(text), size, call_id), text, *buffers]


def parse_header(data, *, limit=MAX_PAYLOAD):
    """Read a header: (kind, meta_size, payload_size, call_id), or FrameError."""
    if len(data) != HEADER.size:
        raise FrameError("not a header")
    magic, kind, meta_size, payload_size, call_id = HEADER.unpack(data)
    if magic != _MAGIC or kind not in KINDS or meta_size > _MAX_META or payload_size > limit:
        raise FrameError("not a header of this format")
    return kind, meta_size, payload_size, call_id


def parse_meta(data):
    """Read a description: a dict whose values are not checked yet, or FrameError."""
    try:
        meta = json.loads(bytes(data).decode("utf-8"))
    except (ValueError, RecursionError):
        raise FrameError("not JSON") from None
    if type(meta) is not dict:
        raise FrameError("not a description")
    return meta
