"""The pipe between grader and worker: forged frames, and answers that break the rules."""

from attacks import Attack

# Write a frame on every descriptor that takes it.
_WRITE = """
import os, struct
def _frame(meta, payload=b"", kind=5, size=None, call=bytes(16), magic=b"CNH1"):
    size = len(payload) if size is None else size
    return struct.pack("<4sB3xIQ16s", magic, kind, len(meta), size, call) + meta + payload
def _send(data):
    for descriptor in range(3, 32):
        try: os.write(descriptor, data)
        except OSError: pass
"""
# The number of the call that is being answered, from the worker's own frames.
_CALL = """
import sys
def _call_id():
    frame = sys._getframe()
    while frame:
        if "call_id" in frame.f_locals: return frame.f_locals["call_id"]
        frame = frame.f_back
"""


def _forged(node, payload="b''"):
    """Replace the worker's encoder, so that a description of one's own is sent."""
    return f"""
    import sys
    sys.modules["frames"].encode = lambda *a, **k: ({node}, [{payload}])
    return None, None
    """


_OUT = "'t': 'T', 'v': [{}, {{'t': 'h', 'v': 1}}]"

ATTACKS = [
    Attack(
        "bytes on every descriptor",
        "to confuse the reader",
        load=_WRITE,
        body="_send(b'GARBAGE' * 16)",
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a frame that claims 2**60 bytes",
        "to make the grader allocate them",
        load=_WRITE,
        body="_send(_frame(b'{}', size=1 << 60))",
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a frame that claims more than one may return",
        "to make the grader wait for it",
        load=_WRITE,
        body="_send(_frame(b'{}', size=1 << 29))",
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a forged answer",
        "to answer in the worker's place, without the number of the question",
        load=_WRITE,
        body="""
        _send(_frame(b'{"v":{"t":"T","v":[{"t":"i","v":1},{"t":"h","v":1}]}}'))
        while True: pass
        """,
        fault="protocol",
        control="numbered questions",
        harms_itself=True,
    ),
    Attack(
        "an answer before the question",
        "to have the next call answered",
        load=_WRITE,
        body="""
        _send(_frame(b'{"v":{"t":"f","v":"0x0p+0"}}'))
        return honest(x, weight, bias)
        """,
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a forged answer with the right number",
        "to take the worker over: a wrong value stays wrong",
        load=_WRITE + _CALL,
        body="""
        _send(_frame(
            b'{"v":{"t":"T","v":[{"t":"i","v":1},{"t":"h","v":1}]}}', call=_call_id()))
        os._exit(0)
        """,
        fault="type|crash",
        harms_itself=True,
    ),
    Attack(
        "two answers",
        "to leave one for the next question",
        load=_WRITE + _CALL,
        body="""
        _send(_frame(b'{"refused":"missing"}', kind=6, call=_call_id()))
        return honest(x, weight, bias)
        """,
        fault="missing|protocol",
        harms_itself=True,
    ),
    Attack(
        "half a frame",
        "to keep the grader waiting",
        load=_WRITE,
        body="_send(_frame(b'{}')[:20]); os._exit(0)",
        fault="crash|protocol",
        harms_itself=True,
    ),
    Attack(
        "a frame in drops",
        "to keep the grader waiting for ever, a byte at a time",
        load=_WRITE + _CALL,
        body="""
        import time
        _send(_frame(b"", size=1 << 20, call=_call_id()))
        while True:
            _send(b"x")
            time.sleep(0.02)
        """,
        fault="wall|protocol|cpu",
        harms_itself=True,
    ),
    Attack(
        "a description that is no JSON",
        "to break the parser",
        load=_WRITE + _CALL,
        body="_send(_frame(b'{' * 1000, call=_call_id())); os._exit(0)",
        fault="protocol|crash",
        harms_itself=True,
    ),
    Attack(
        "a description nested very deep",
        "to break the parser by recursion",
        load=_WRITE + _CALL,
        body="_send(_frame(b'[' * 60000, call=_call_id())); os._exit(0)",
        fault="protocol|crash",
        harms_itself=True,
    ),
    Attack(
        "a number of very many digits",
        "to break or hold up the parser",
        load=_WRITE + _CALL,
        body="""
        meta = b'{"v":{"t":"i","v":' + b"9" * 60000 + b"}}"
        _send(_frame(meta, call=_call_id()))
        os._exit(0)
        """,
        fault="protocol|crash",
        harms_itself=True,
    ),
    Attack(
        "an error that is none",
        "to confuse whoever reads an error's description",
        load=_WRITE + _CALL,
        body="""
        _send(_frame(
            b'{"exception":[],"builtin":{},"text":7,"line":"x","cell":1e999,"stub":[],"memory":3}',
            kind=6, call=_call_id()))
        os._exit(0)
        """,
        fault="exception|crash",
        harms_itself=True,
    ),
    Attack(
        "a refusal that is none",
        "to confuse whoever reads a refusal",
        load=_WRITE + _CALL,
        body="""
        _send(_frame(b'{"refused":{"a":[]},"got":[],"count":-1}', kind=6, call=_call_id()))
        os._exit(0)
        """,
        fault="protocol|crash",
        harms_itself=True,
    ),
    Attack(
        "a frame of another kind",
        "to be taken for the grader's own question",
        load=_WRITE + _CALL,
        body="_send(_frame(b'{}', kind=1, call=_call_id())); os._exit(0)",
        fault="protocol|crash",
        harms_itself=True,
    ),
    Attack(
        "an impossible shape",
        "to make NumPy multiply beyond a word",
        body=_forged(
            "{" + _OUT.format("{'t': 'a', 'd': '<f8', 's': [1 << 62, 0], 'o': 0, 'n': 0}") + "}"
        ),
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "an array of objects",
        "to have the grader make objects of pointers",
        body=_forged(
            "{" + _OUT.format("{'t': 'a', 'd': '|O', 's': [1], 'o': 0, 'n': 8}") + "}", "bytes(8)"
        ),
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "other values kept than asked for",
        "to have handles where values belong",
        body=_forged("{'t': 'T', 'v': [{'t': 'h', 'v': 1}, {'t': 'h', 'v': 2}]}"),
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a probe as a result",
        "to name a function of the grader",
        body=_forged("{" + _OUT.format("{'t': 'p', 'v': 'square'}") + "}"),
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "changes that did not happen",
        "to make the grader look up an argument that is not there",
        load=_WRITE + _CALL,
        body="""
        _send(_frame(
            b'{"v":{"t":"T","v":[{"t":"i","v":1},{"t":"h","v":1}]},'
            b'"mutated":["args[999]","args[0][9999]","kwargs[\\'zz\\']",7,"__class__"]}',
            call=_call_id()))
        os._exit(0)
        """,
        fault="type|crash",
        harms_itself=True,
    ),
    Attack(
        "the channel closed",
        "to leave the grader without an answer",
        body="import os; os.closerange(3, 32); return honest(x, weight, bias)",
        fault="crash",
        harms_itself=True,
    ),
    Attack(
        "JSON replaced",
        "to send what the worker would not",
        body="""
        import json
        json.dumps = lambda *a, **k: "[]"
        return honest(x, weight, bias)
        """,
        fault="protocol",
        harms_itself=True,
    ),
    Attack(
        "a signalling NaN",
        "to make the grader's arithmetic complain",
        body="""
        out, cache = x @ weight + bias, None
        return np.full(out.shape, 0x7FF0000000000001, np.uint64).view(np.float64), cache
        """,
        fault="wrong",
    ),
    Attack(
        "a signalling NaN of float32",
        "to make the grader's cast complain",
        body="""
        out, cache = x @ weight + bias, None
        return np.full(out.shape, 0x7F800001, np.uint32).view(np.float32), cache
        """,
        fault="wrong",
    ),
]
