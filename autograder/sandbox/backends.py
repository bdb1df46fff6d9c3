"""How a worker is kept apart from the machine: three ways, each saying what it gives."""

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from autograder.sandbox.process import Launched

__all__ = ["Backend", "Plain"]

_HERE = Path(__file__).resolve().parent
# One thread, so that a result does not depend on the machine, and computing time is honest.
_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}


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


def _configuration(limits, paths, *, rlimits=None, reply=None, seccomp, landlock=None, parent):
    values = {
        "AS": limits.memory_bytes,
        "CPU": int(limits.total_cpu_seconds) + 30,
        "CORE": 0,
        "STACK": 8 << 20,
        **(rlimits or {}),
    }
    return json.dumps(
        {
            "paths": paths,
            "limits": values,
            "reply": limits.reply_bytes,
            "seccomp": seccomp,
            "landlock": landlock,
            "parent": parent,
        }
    )


def _popen(command, *, env, user=None, **more):
    who = {} if user is None else {"user": user, "group": user, "extra_groups": ()}
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

        configuration = _configuration(
            limits, [str(Path(numpy.__file__).parents[1])], seccomp=False, parent=True
        )
        command = [sys.executable, "-I", "-S", "-B", str(_HERE / "worker.py"), configuration]
        return Launched(_popen(command, env=dict(_ENVIRONMENT)))
