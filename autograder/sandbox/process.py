"""One worker process, asked one question at a time, within limits that the grader measures."""

import contextlib
import os
import select
import signal
import subprocess
import time
import uuid
from dataclasses import dataclass
from pathlib import Path

from autograder.errors import SandboxError
from autograder.sandbox import frames

__all__ = ["Answer", "Limits", "WorkerProcess", "WorkerStoppedError"]

_TICK = 20  # milliseconds between two looks at the clocks
_LATE = 0.02  # seconds of computing that the clock may be behind
_OUTPUT_KEPT = 32 << 10
_DRAIN = 1 << 16


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Computing time is what counts, measured by the kernel for the worker alone; wall time is only
    there for what waits instead of computing, so a busy machine costs nobody points.

    Parameters
    ----------
    cpu_seconds, wall_seconds : float
        For one call.
    load_seconds : float
        Computing time for running one cell.
    total_cpu_seconds, total_wall_seconds : float
        For the submission.
    memory_bytes, reply_bytes, output_bytes : int
        Address space of the worker; the arrays of one reply; what the program may print.
    strikes : int
        After so many crashes or overruns a function is not run again.
    starts : int
        After so many workers, each ended by the program, nothing of it is run any more.
    total_reply_bytes : int
        The arrays of all replies: the grader holds those of failed tests until the end.
    start_seconds : float
        How long a worker may take to start: more than that is the machine's fault.
    """

    cpu_seconds: float = 4.0
    wall_seconds: float = 10.0
    load_seconds: float = 4.0
    total_cpu_seconds: float = 60.0
    total_wall_seconds: float = 180.0
    memory_bytes: int = 1 << 30
    reply_bytes: int = 64 << 20
    output_bytes: int = 1 << 20
    strikes: int = 2
    starts: int = 64
    total_reply_bytes: int = 512 << 20
    start_seconds: float = 30.0


@dataclass(frozen=True)
class Answer:
    """One frame that came back, its description still unchecked."""

    kind: int
    meta: dict
    payload: bytearray
    cpu: float


class WorkerStoppedError(Exception):
    """The worker is gone, or had to be ended.

    Parameters
    ----------
    fault : {"cpu", "wall", "output", "crash", "protocol"}
        Why.
    what : str
        The rest of a sentence that begins with what was run.
    private : str
        For the grader only.
    """

    def __init__(self, fault, what, private=""):
        super().__init__(what)
        self.fault = fault
        self.what = what
        self.private = private


class WorkerProcess:
    """A worker that has said that its limits are in force.

    Parameters
    ----------
    backend : Backend
        Starts the process and knows its number.
    limits : Limits
        The wall and output limits; the kernel's are the backend's to set.

    Raises
    ------
    SandboxError
        If it does not start as it has to.
    """

    def __init__(self, backend, limits):
        self._limits = limits
        self._output = bytearray()
        self._printed = 0
        self._pid = None
        self._queued = 0.0
        self._launched = backend.launch(limits)
        process = self._launched.process
        self._in, self._out = process.stdin.fileno(), process.stdout.fileno()
        self._messages = process.stderr.fileno()
        for descriptor in (self._in, self._out, self._messages):
            os.set_blocking(descriptor, False)
        self._poll = select.poll()
        self._poll.register(self._out, select.POLLIN)
        self._poll.register(self._messages, select.POLLIN)
        try:
            hello = self._receive(bytes(16), time.monotonic() + limits.start_seconds, None)
            backend.confirm(hello.meta)
            self._pid = backend.worker_pid(self._launched)
        except WorkerStoppedError as stopped:
            self.close()
            raise SandboxError(
                f"the worker did not start ({stopped.what}): {self.output.strip()[-400:]}",
                remedy="autograder doctor",
            ) from None
        except BaseException:
            self.close()
            raise

    @property
    def output(self):
        """What the program printed, as far as it is kept, with odd characters replaced."""
        text = self._output.decode("utf-8", "replace")
        return "".join(c if c.isprintable() or c in "\n\t" else "\ufffd" for c in text)

    def cpu_seconds(self):
        """Read the worker's own clock from the kernel.

        Returns
        -------
        seconds : float or None
            None where the system has no such clock, or the worker is gone.
        """
        if self._pid is None:
            return None
        try:
            return time.clock_gettime((~self._pid << 3) | 2)  # clock_getcpuclockid(3)
        except OSError:
            return None

    def ask(self, kind, meta, buffers=(), *, cpu_seconds, wall_seconds):
        """Send a question and wait for its answer.

        Parameters
        ----------
        kind : int
            The question's kind.
        meta : dict
            Its description.
        buffers : sequence of bytes-like
            Its payload.
        cpu_seconds, wall_seconds : float
            How long it may take.

        Returns
        -------
        answer : Answer
            Only its frame is checked.

        Raises
        ------
        WorkerStoppedError
            If there is none; the worker has ended then.
        """
        call_id = uuid.uuid4().bytes
        parts = frames.pack(kind, call_id, meta, buffers)
        wall_end = time.monotonic() + wall_seconds
        try:
            self._refuse_unasked()
            start, self._queued = self.cpu_seconds(), self._queued_seconds()
            cpu_end = None if start is None else start + cpu_seconds
            self._send(parts, wall_end, cpu_end)
            answer = self._receive(call_id, wall_end, cpu_end)
            self._drain()
            self._check_output()
            end = self.cpu_seconds()
            used = 0.0 if start is None or end is None else end - start
            if used > cpu_seconds + _LATE:
                raise WorkerStoppedError("cpu", _cpu_text(cpu_seconds))
        except WorkerStoppedError as stopped:
            if stopped.fault == "cpu":
                stopped.what = _cpu_text(cpu_seconds)
            self.close()
            raise
        return Answer(answer.kind, answer.meta, answer.payload, used)

    def close(self):
        """End the worker. A second time it does nothing."""
        launched, self._launched = self._launched, None
        if launched is None:
            return
        process = launched.process
        # Our own child that nobody has waited for: its number cannot belong to another process.
        if process.poll() is None:
            process.kill()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(10)
        self._drain(final=True)
        for stream in (process.stdin, process.stdout, process.stderr):
            with contextlib.suppress(OSError):
                stream.close()
        launched.close()
        self._pid = None

    def _refuse_unasked(self):
        """Nothing may be waiting before a question is asked."""
        try:
            waiting = os.read(self._out, 1)
        except BlockingIOError:
            return
        if not waiting:
            raise self._death()
        raise WorkerStoppedError("protocol", "wrote into the grader's own channel")

    def _drain(self, final=False):
        """Take what the program printed, and count what is not kept."""
        while True:
            try:
                data = os.read(self._messages, _DRAIN)
            except (BlockingIOError, OSError):
                return
            if not data:
                with contextlib.suppress(KeyError):
                    self._poll.unregister(self._messages)
                return
            self._printed += len(data)
            self._output += data[: max(0, _OUTPUT_KEPT - len(self._output))]
            if final and self._printed > self._limits.output_bytes:
                return
            if self._printed > self._limits.output_bytes:
                self._check_output()

    def _check_output(self):
        if self._printed > self._limits.output_bytes:
            raise WorkerStoppedError(
                "output", f"printed more than {self._limits.output_bytes >> 10} KB"
            )

    def _queued_seconds(self):
        """Read how long the worker was ready to run while others had the processor."""
        try:
            return int(Path(f"/proc/{self._pid}/schedstat").read_bytes().split()[1]) / 1e9
        except (OSError, IndexError, ValueError):
            return 0.0

    def _look_at_clocks(self, wall_end, cpu_end):
        if cpu_end is not None and (self.cpu_seconds() or 0.0) > cpu_end:
            raise WorkerStoppedError("cpu", "")
        # On a busy machine, a program that computes is not taken for one that waits.
        late = time.monotonic() - wall_end
        if late > 0 and late > self._queued_seconds() - self._queued:
            raise WorkerStoppedError(
                "wall", "gave no answer in time: was it waiting for something?"
            )

    def _wait(self, wall_end, cpu_end, descriptor):
        """Return when the descriptor may be used; meanwhile drain and watch the clocks."""
        while True:
            ready = dict(self._poll.poll(_TICK))
            if self._messages in ready:
                self._drain()
            if descriptor in ready:
                return
            self._look_at_clocks(wall_end, cpu_end)

    def _send(self, parts, wall_end, cpu_end):
        self._poll.register(self._in, select.POLLOUT)
        try:
            for part in parts:
                view = memoryview(part).cast("B")
                while view:
                    try:
                        view = view[os.write(self._in, view[: 1 << 20]) :]
                    except BlockingIOError:
                        self._wait(wall_end, cpu_end, self._in)
                    except BrokenPipeError:
                        raise self._death() from None
        finally:
            self._poll.unregister(self._in)

    def _read(self, size, wall_end, cpu_end):
        data = bytearray()
        while len(data) < size:
            try:
                part = os.read(self._out, min(size - len(data), 1 << 20))
            except BlockingIOError:
                self._wait(wall_end, cpu_end, self._out)
                continue
            if not part:
                raise self._death()
            data += part
            if len(data) < size:  # a trickle must not get round the clocks
                self._look_at_clocks(wall_end, cpu_end)
        return data

    def _receive(self, call_id, wall_end, cpu_end):
        try:
            header = bytes(self._read(frames.HEADER.size, wall_end, cpu_end))
            kind, meta_size, payload_size, answered = frames.parse_header(
                header, limit=self._limits.reply_bytes
            )
            if answered != call_id:
                raise frames.FrameError("an answer to a question that was not asked")
            meta = frames.parse_meta(self._read(meta_size, wall_end, cpu_end))
            return Answer(kind, meta, self._read(payload_size, wall_end, cpu_end), 0.0)
        except frames.FrameError as error:
            raise WorkerStoppedError(
                "protocol", "gave an answer that is none", str(error)
            ) from None

    def _death(self):
        """Say how the worker ended."""
        process = self._launched.process
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(5)
        code = self._launched.exit_code()
        number = -code if code < 0 else code - 128 if 128 < code < 160 else 0
        if number == getattr(signal, "SIGXCPU", -1):
            return WorkerStoppedError("cpu", "")
        if number in {s.value for s in signal.Signals}:
            name = signal.Signals(number).name
            cause = {
                "SIGSEGV": "the interpreter crashed, as it does when a function calls itself "
                "without end",
                "SIGKILL": "the system ended it, as it does when memory runs out",
            }.get(name, f"it was ended by {name}")
            return WorkerStoppedError("crash", f"gave no answer: {cause}", f"signal {name}")
        return WorkerStoppedError(
            "crash", "ended the whole program before it answered", f"exit code {code}"
        )


def _cpu_text(seconds):
    return (
        f"used more than {seconds:.2g} s of computing time and was stopped: "
        "is there a loop that never ends, or far more work than needed?"
    )
