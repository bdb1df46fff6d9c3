"""Using up memory, in the worker and in the grader."""

from attacks import Attack

ATTACKS = [
    Attack(
        "one huge array",
        "to take two gigabytes",
        body="a = np.empty(1 << 28); return honest(x, weight, bias)",
        fault="memory",
        control="memory limit",
    ),
    Attack(
        "a list that grows",
        "to take memory piece by piece",
        body="a = []\nwhile True: a.append(np.empty(1 << 22))",
        fault="memory",
    ),
    Attack(
        "memory by the system's own call",
        "to get round the interpreter's allocator",
        attempt="""
        import mmap
        held = mmap.mmap(-1, 1 << 31)
        """,
        control="memory limit",
    ),
    Attack(
        "a string that doubles",
        "to take memory with few steps",
        body="s = 'x'\nwhile True: s += s",
        fault="memory",
    ),
    Attack(
        "recursion without end",
        "to run out of the stack",
        body="return linear_forward(x, weight, bias)",
        fault="exception",
    ),
    Attack(
        "recursion without the guard",
        "to break the interpreter by its stack",
        body="""
        import sys
        sys.setrecursionlimit(10**9)
        deep = ()
        for _ in range(10**6): deep = (deep,)
        return hash(deep)
        """,
        fault="crash",
    ),
    Attack(
        "a huge reply",
        "to make the grader hold eight megabytes for each call",
        body="return np.ones(1 << 20), None",
        fault="type",
        control="reply limit",
    ),
    Attack(
        "a small array that says it is large",
        "to make the grader allocate 8 TB",
        body="return np.broadcast_to(np.float64(1), (10**6, 10**6)), None",
        fault="type",
    ),
    Attack(
        "printing without end",
        "to fill the grader's memory with output",
        body="while True: print('x' * 4096)",
        fault="output",
    ),
    Attack(
        "printing more than one may",
        "to fill the log",
        body="print('x' * 200_000); return honest(x, weight, bias)",
        fault="output",
        control="output limit",
    ),
    Attack(
        "a reply of very many parts",
        "to make the decoder build ten million objects",
        body="return [0] * 10**7, None",
        fault="type",
    ),
    Attack(
        "a reply that is deep",
        "to make the decoder recurse",
        body="""
        deep = []
        for _ in range(10**5): deep = [deep]
        return deep, None
        """,
        fault="type",
    ),
    Attack(
        "printing to the descriptor",
        "to get round Python's streams",
        body="import os\nwhile True: os.write(2, b'x' * 65536)",
        fault="output",
    ),
    Attack(
        "a list that holds itself",
        "to make the encoder recurse for ever",
        body="a = []; a.append(a); return a, None",
        fault="type",
    ),
]
