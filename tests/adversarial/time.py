"""Using up time: loops, waiting, and loops in odd places."""

from attacks import Attack

ATTACKS = [
    Attack("endless loop", "never to answer", body="while True: pass", fault="cpu"),
    Attack(
        "endless loop that catches all",
        "to survive being interrupted",
        body="""
        while True:
            try:
                while True: pass
            except BaseException: pass
        """,
        fault="cpu",
    ),
    Attack(
        "endless loop in C",
        "never to come back to the interpreter",
        body="import itertools; sum(itertools.repeat(0))",
        fault="cpu",
    ),
    Attack(
        "a regular expression that explodes",
        "to loop inside a library",
        body="import re; re.match('(a+)+$', 'a' * 60 + 'b')",
        fault="cpu",
    ),
    Attack(
        "a number without end",
        "to loop inside the arithmetic of integers",
        body="n = 7\nwhile True: n = n * n",
        fault="cpu|memory",
    ),
    Attack(
        "more than its time",
        "to compute for longer than the grader allows",
        body="""
        import time
        end = time.process_time() + 1.6
        while not _tried and time.process_time() < end: pass
        _tried.append(1)
        return honest(x, weight, bias)
        """,
        fault="cpu",
        control="cpu limit",
    ),
    Attack(
        "sleep",
        "to wait without using the processor",
        body="""
        import time
        if not _tried: time.sleep(2.2)
        _tried.append(1)
        return honest(x, weight, bias)
        """,
        fault="wall",
        control="wall limit",
    ),
    Attack(
        "stop oneself",
        "to hang where no clock of the processor runs",
        body="import signal; signal.raise_signal(signal.SIGSTOP)",
        fault="wall",
    ),
    Attack(
        "a loop while loading",
        "to hang before any test",
        load="while True: pass",
        body="return honest(x, weight, bias)",
        fault="cpu",
    ),
    Attack(
        "ignored signals",
        "to survive the signals that end a program",
        body="""
        import signal
        for number in signal.valid_signals():
            try: signal.signal(number, signal.SIG_IGN)
            except (OSError, ValueError): pass
        while True: pass
        """,
        fault="cpu",
    ),
    Attack(
        "a loop when it is asked to end",
        "to hang the grader as it closes the worker",
        load="""
        import atexit
        def _wait():
            while True: pass
        atexit.register(_wait)
        class _Late:
            def __del__(self):
                while True: pass
        _late = _Late()
        """,
        body="return honest(x, weight, bias)",
    ),
    Attack(
        "an exception whose text never ends",
        "to hang whoever prints it",
        body="""
        class E(Exception):
            def __str__(self):
                while True: pass
        raise E
        """,
        fault="cpu",
    ),
    Attack(
        "endless loop in NumPy",
        "to loop where Python's signals are not seen",
        body="a = np.ones((700, 700))\nwhile True: a @ a",
        fault="cpu",
    ),
]
