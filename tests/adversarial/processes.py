"""Other processes, threads and signals."""

from attacks import Attack

_CALL = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
"""

ATTACKS = [
    Attack(
        "fork",
        "to have a second process",
        attempt="""
        import os
        child = os.fork()
        if child == 0: os._exit(0)
        os.waitpid(child, 0)
        """,
        control="filter",
    ),
    Attack(
        "fork by the C library",
        "to get round Python's os",
        load=_CALL,
        attempt="""
        child = libc.fork()
        if child == 0: libc._exit(0)
        assert child > 0
        """,
        control="filter",
    ),
    Attack(
        "clone by its number",
        "to get round the C library",
        load=_CALL,
        attempt="""
        import platform
        number = {"x86_64": 56, "aarch64": 220}[platform.machine()]
        child = libc.syscall(number, 17, 0, 0, 0, 0)
        if child == 0: libc._exit(0)
        assert child > 0
        """,
        control="filter",
    ),
    Attack(
        "a fork bomb",
        "to fill the table of processes",
        attempt="""
        import os
        for _ in range(3):
            child = os.fork()
            if child == 0: os._exit(0)
            os.waitpid(child, 0)
        """,
        control="filter",
    ),
    Attack(
        "a thread",
        "to go on computing beside the answer",
        attempt="""
        import threading
        thread = threading.Thread(target=len, args=("",))
        thread.start()
        thread.join()
        """,
        control="filter",
    ),
    Attack(
        "a process that outlives the grader",
        "to stay behind",
        attempt="""
        import os, time
        if os.fork() == 0:
            os.setsid()
            time.sleep(0.05)
            os._exit(0)
        """,
        control="filter",
    ),
    Attack(
        "run a program",
        "to get a shell",
        attempt="import subprocess; subprocess.run(['/bin/true'], check=True)",
        control="sandbox",
    ),
    Attack(
        "replace itself",
        "to become another program",
        attempt="""
        import os
        os.execv("/bin/sh", ["sh", "-c", "echo BREACH >&2; sleep 0"])
        """,
        control="sandbox",
    ),
    Attack(
        "a pool of processes",
        "to use all processors",
        attempt="""
        import multiprocessing
        context = multiprocessing.get_context("fork")
        with context.Pool(1) as pool:
            assert pool.map(abs, [-1]) == [1]
        """,
        control="sandbox",
    ),
    Attack(
        "a signal to its parent",
        "to end the grader",
        attempt="import os; os.kill(os.getppid(), 0)",
        control="filter",
    ),
    Attack(
        "a signal to the grader",
        "to end the grader by its number",
        attempt="import os; os.kill(@GRADER@, 0)",
        control="sandbox",
    ),
    Attack(
        "trace the grader",
        "to read and change the grader's memory",
        load=_CALL,
        attempt="assert libc.ptrace(0, 0, 0, 0) == 0",
        control="filter",
    ),
    Attack(
        "read another process's memory",
        "to look for the expected values",
        load=_CALL,
        attempt="""
        import os
        class Part(ctypes.Structure):
            _fields_ = (("base", ctypes.c_void_p), ("size", ctypes.c_size_t))
        target = ctypes.create_string_buffer(8)
        mine = Part(ctypes.addressof(target), 8)
        source = ctypes.create_string_buffer(b"12345678")
        theirs = Part(ctypes.addressof(source), 8)
        got = libc.process_vm_readv(
            os.getpid(), ctypes.byref(mine), 1, ctypes.byref(theirs), 1, 0
        )
        assert got == 8
        """,
        control="filter",
    ),
    Attack(
        "an alarm",
        "to strike in a later call",
        attempt="import signal; signal.setitimer(signal.ITIMER_REAL, 30)",
        control="filter",
    ),
    Attack(
        "more rights by namespaces",
        "to become root in a namespace of its own",
        load=_CALL,
        attempt="assert libc.unshare(0x10000000) == 0",
    ),
    Attack(
        "higher limits",
        "to lift what binds it",
        attempt="""
        import resource
        resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))
        """,
    ),
    Attack(
        "a session of its own",
        "to leave the group that is ended",
        attempt="import os; os.setpgid(0, 0); os.setsid()",
    ),
    Attack(
        "memory that is shared",
        "to leave something for the next worker",
        load=_CALL,
        attempt="""
        segment = libc.shmget(0, 4096, 0o1600)
        assert segment >= 0
        libc.shmctl(segment, 0, None)
        """,
        control="filter",
    ),
    Attack(
        "a signal to everybody",
        "to end every process of its user",
        body="import os; os.kill(-1, 9)",
        fault="exception",
    ),
    Attack(
        "a crash in C",
        "to take the interpreter down",
        body="import ctypes; ctypes.string_at(0)",
        fault="crash",
    ),
]
