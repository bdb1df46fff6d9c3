"""Before anything is graded: hostile code tries the walls, and every wall has to hold."""

import os
import tempfile
from pathlib import Path

from autograder.errors import LearnerFault, SandboxError
from autograder.sandbox.backends import Bubblewrap, Landlock, Plain, find_bwrap
from autograder.sandbox.program import Cell, Program
from autograder.sandbox.session import Session

__all__ = ["best_backend", "breaches", "check"]

# What no worker may do. Each runs in the worker as a learner's function would, all in one start.
_TRIALS = """
import os, socket, threading, time

def _read(path):
    with open(path, "rb") as file:
        return bool(file.read(1))

def _write(folder):
    name = os.path.join(folder, "written-by-a-submission")
    with open(name, "w") as file:
        file.write("x")
    os.remove(name)
    return True

def _connect():
    socket.socket(socket.AF_INET, socket.SOCK_STREAM).close()
    return True

def _local_socket():
    socket.socketpair()[0].close()
    return True

def _fork():
    child = os.fork()
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)
    return True

def _thread():
    thread = threading.Thread(target=time.time)
    thread.start()
    thread.join()
    return True

def _execute():
    return os.spawnv(os.P_WAIT, "/bin/true", ["true"]) == 0

def _signal(process):
    os.kill(process, 0)
    return True

def _see(process):
    return os.getpgid(process) >= 0

def _processes():
    return any(name.isdigit() for name in os.listdir("/proc"))

def trials(secret, folders, grader):
    attempts = {
        "read a file of the grader": lambda: _read(secret),
        "read /etc/passwd": lambda: _read("/etc/passwd"),
        "read /proc": lambda: _read("/proc/self/environ"),
        "list processes": _processes,
        "open a network socket": _connect,
        "open a local socket": _local_socket,
        "start a process": _fork,
        "start a thread": _thread,
        "run a program": _execute,
        "signal the grader": lambda: _signal(grader),
        "see the grader's process": lambda: _see(grader),
    }
    for folder in folders:
        attempts["write to " + folder] = lambda folder=folder: _write(folder)
    succeeded = []
    for name, attempt in attempts.items():
        try:
            if attempt():
                succeeded.append(name)
        except BaseException:
            pass
    return succeeded
"""
_PROGRAM = Program((Cell("self-test", _TRIALS, "answer"),), ("trials",))


def breaches(backend):
    """Let hostile code try what a submission must not be able to do.

    Parameters
    ----------
    backend : Backend
        What is tried.

    Returns
    -------
    succeeded : list of str
        What it could do; empty where the sandbox holds.

    Raises
    ------
    SandboxError
        If the worker does not start, or the trial itself fails.
    """
    # A file that the grader's own user alone may read, with something in it.
    with tempfile.NamedTemporaryFile(prefix="cnn-by-hand-") as secret:
        secret.write(b"hidden")
        secret.flush()
        folders = ["/", "/tmp", "/dev", "/dev/shm", str(Path(secret.name).parent), os.getcwd()]
        with Session(backend, _PROGRAM) as session:
            try:
                reply = session.call("trials", (secret.name, sorted(set(folders)), os.getpid()))
            except LearnerFault as fault:
                raise SandboxError(
                    f"the sandbox's self-test did not run: {fault.public} {fault.private}".strip(),
                    remedy="autograder doctor",
                ) from None
    return list(reply.value)


def check(backend):
    """Refuse a sandbox with a hole.

    Parameters
    ----------
    backend : Backend
        What is tried. Of the "partial" one it is not asked that other processes are out of sight.

    Raises
    ------
    SandboxError
        Naming what got through.
    """
    found = breaches(backend)
    if backend.isolation == "partial":
        found = [name for name in found if name != "see the grader's process"]
    if found:
        raise SandboxError(
            f"the sandbox does not hold: a submission could {', '.join(found)}",
            remedy="autograder doctor",
        )


_CURE = (
    "`autograder doctor` says what is missing. On Ubuntu 24.04 or newer AppArmor may forbid user "
    "namespaces: `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`, or "
    "`sudo apt install bubblewrap apparmor-profiles`. For code that you wrote yourself: "
    "`--unsafe-no-sandbox`"
)


def best_backend(allow_partial=True, unsafe=False):
    """Choose how submissions are kept apart on this machine, and prove that it holds.

    Parameters
    ----------
    allow_partial : bool
        Take Landlock where bwrap cannot run. ``CNN_ISOLATION=full`` forbids it too.
    unsafe : bool
        Take no isolation at all; only for one's own code.

    Returns
    -------
    backend : Backend
        It has passed its self-test just now.

    Raises
    ------
    SandboxError
        If nothing isolates here: nothing may be graded then.
    """
    if unsafe:
        return Plain()
    allow_partial = allow_partial and os.environ.get("CNN_ISOLATION") != "full"
    ways = [lambda program=program: Bubblewrap.prepare(program) for program in find_bwrap()]
    reasons = [] if ways else ["no bwrap of version 0.8 or newer"]
    if allow_partial:
        ways.append(Landlock.prepare)
    for way in ways:
        try:
            backend = way()
            check(backend)
        except SandboxError as error:
            reasons.append(str(error))
            continue
        return backend
    raise SandboxError(
        f"this machine does not isolate a submission, so nothing was run: {'; '.join(reasons)}",
        remedy=_CURE,
    )
