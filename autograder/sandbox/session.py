"""A learner's program in its worker: load it, call its functions, survive what they do."""

import re
import time
import weakref
from collections import Counter, deque
from typing import NamedTuple

from autograder.errors import GraderError, LearnerFault
from autograder.sandbox import faults, frames
from autograder.sandbox.frames import Handle
from autograder.sandbox.process import Limits, WorkerProcess, WorkerStoppedError
from autograder.sandbox.program import defined_names

__all__ = ["Reply", "Session"]

_PATH = re.compile(r"(?:args\[\d{1,4}\]|kwargs\['\w{1,60}'\])(?:\[(?:\d{1,4}|'\w{1,60}')\]){0,8}")


class Reply(NamedTuple):
    """What a call gave.

    Parameters
    ----------
    value : object
        The result; a `Handle` stands where a value was kept in the worker.
    mutated : tuple of str
        Paths of the arguments that the call changed, such as ``args[0]``.
    cpu : float
        Seconds of computing.
    """

    value: object
    mutated: tuple[str, ...]
    cpu: float


class Session:
    """One worker for one program; a context manager.

    The worker starts with the first call. When a call ends it, the next call starts another and
    loads the program anew, so that one broken function does not cost the others.

    Parameters
    ----------
    backend : Backend
        How the worker is kept apart.
    program : Program
        What the learner wrote.
    limits : Limits, optional
        What it may use.
    """

    def __init__(self, backend, program, *, limits=None):
        self._backend = backend
        self._program = program
        self._limits = limits or Limits()
        self._words = program.words()
        self._cells = program.ordered_cells()
        self._worker = None
        self._generation = 0
        self._freed = deque()
        self._strikes = Counter()
        self._last_fault = {}
        self._load_faults = {}
        self._stopped_cells = {}
        self._cpu = self._wall = 0.0
        self._starts = self._replied = 0
        self._outputs = []
        self.notes = ()

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.close()

    @property
    def output(self):
        """What the program printed, shortened and cleaned; for the grader's eyes."""
        current = [self._worker.output] if self._worker else []
        return "".join([*self._outputs, *current])[: 32 << 10]

    def close(self):
        """End the worker."""
        if self._worker is not None:
            self._worker.close()
            self._outputs.append(self._worker.output)
            self._worker = None
            self._generation += 1
            self._freed.clear()

    def call(self, function, args=(), kwargs=None, *, keep=(), cpu_seconds=None):
        """Call one of the program's functions.

        Parameters
        ----------
        function : str
            Its name.
        args : sequence
            Positional arguments: whatever `frames.encode` takes.
        kwargs : dict, optional
            Keyword arguments.
        keep : sequence of int
            Which items of the returned tuple stay in the worker.
        cpu_seconds : float, optional
            Computing time for this call.

        Returns
        -------
        reply : Reply
            The result, what the call changed, and what it cost.

        Raises
        ------
        LearnerFault
            If the program gives no usable answer.
        SandboxError
            If the worker cannot be started.
        """
        if self._strikes[function] >= self._limits.strikes:
            raise faults.not_run_again(function, self._last_fault[function])
        worker = self._ready()
        if function in self._load_faults:
            raise faults.repeated(self._load_faults[function])
        question = {"function": function, "keep": list(keep), "free": self._take_freed()}
        try:
            question["v"], buffers = frames.encode(
                (list(args), dict(kwargs or {})), handle=self._number
            )
        except frames.CannotCrossError as error:
            raise GraderError(f"a test's argument cannot be sent ({error})") from error
        answer = self._ask(
            worker,
            function,
            frames.CALL,
            question,
            buffers,
            cpu_seconds=cpu_seconds or self._limits.cpu_seconds,
        )
        if answer.kind == frames.ERROR:
            raise faults.from_answer(answer.meta, function, tuple(keep), self)
        self._replied += len(answer.payload)
        if answer.payload and self._replied > self._limits.total_reply_bytes:
            raise faults.too_many_replies(function)
        try:
            value = self._value(answer, keep)
        except frames.FrameError as error:
            self.close()
            raise self._strike(
                function, WorkerStoppedError("protocol", "gave an answer that is none", str(error))
            ) from None
        return Reply(value, _paths(answer.meta.get("mutated")), answer.cpu)

    # What `faults` needs to know to tell a learner what is theirs.

    @property
    def program(self):
        """The program that runs here."""
        return self._program

    @property
    def words(self):
        """Every word of the learner's source."""
        return self._words

    def cell_name(self, index):
        """Return the id of the cell that the worker numbered so, or an empty string."""
        if type(index) is int and 0 <= index < len(self._cells):
            return self._cells[index].id
        return ""

    def load_fault(self, name):
        """Return the fault with which a function failed to load, or None."""
        return self._load_faults.get(name)

    def _number(self, handle):
        if handle._generation != self._generation:
            raise LearnerFault(
                "crash",
                "The value that an earlier call returned is gone: the program was stopped since, "
                "and had to be started anew.",
            )
        return handle._number

    def _take_freed(self):
        freed = []
        while self._freed:
            generation, number = self._freed.popleft()
            if generation == self._generation:
                freed.append(number)
        return freed[:1000]

    def _value(self, answer, keep):
        made = []

        def receive(number):
            handle = Handle(number, self._generation)
            weakref.finalize(handle, self._freed.append, (self._generation, number)).atexit = False
            made.append(handle)
            return handle

        if answer.kind != frames.RESULT:
            raise frames.FrameError("not the kind of answer that was asked for")
        value = frames.decode(answer.meta.get("v"), answer.payload, handle=receive)
        kept = [value[i] for i in keep] if keep and type(value) is tuple else []
        if len(made) != len(keep) or any(a is not b for a, b in zip(kept, made, strict=False)):
            raise frames.FrameError("other values were kept than were asked to be")
        return value

    def _strike(self, function, stopped):
        self._strikes[function] += 1
        fault = faults.from_stop(function, stopped)
        self._last_fault[function] = fault
        return fault

    def _ask(self, worker, subject, kind, meta, buffers, *, cpu_seconds):
        cpu_left = self._limits.total_cpu_seconds - self._cpu
        wall_left = self._limits.total_wall_seconds - self._wall
        if cpu_left <= 0 or wall_left <= 0:
            self.close()
            raise faults.out_of_budget("cpu" if cpu_left <= 0 else "wall")
        begin = time.monotonic()
        try:
            answer = worker.ask(
                kind,
                meta,
                buffers,
                cpu_seconds=cpu_seconds,
                wall_seconds=min(self._limits.wall_seconds, wall_left),
            )
        except frames.CannotCrossError as error:
            raise GraderError(f"a question is too long to be sent ({error})") from error
        except WorkerStoppedError as stopped:
            self._cpu += cpu_seconds if stopped.fault == "cpu" else 0.0
            self.close()
            raise self._strike(subject, stopped) from None
        finally:
            self._wall += time.monotonic() - begin
        self._cpu += answer.cpu
        return answer

    def _ready(self):
        """Start the worker if there is none, and load all cells that do not end it."""
        while self._worker is None:
            # To start one takes longer than most programs need, and no other limit counts it.
            if self._starts >= self._limits.starts:
                raise faults.started_too_often()
            self._starts += 1
            self._worker = worker = WorkerProcess(self._backend, self._limits)
            try:
                self._load(worker)
            except LearnerFault:
                # The cell that ended it is known now, and is left out of the next worker.
                if self._exhausted():
                    raise
        return self._worker

    def _exhausted(self):
        return (
            self._cpu >= self._limits.total_cpu_seconds
            or self._wall >= self._limits.total_wall_seconds
        )

    def _load(self, worker):
        self._load_faults = {}
        notes = []
        try:
            answer = worker.ask(
                frames.PRELUDE,
                {},
                [self._program.given.encode()],
                cpu_seconds=self._limits.load_seconds,
                wall_seconds=self._limits.wall_seconds,
            )
        except WorkerStoppedError as stopped:
            self.close()
            raise GraderError(f"the prelude {stopped.what}") from None
        if answer.kind != frames.RESULT:
            self.close()
            raise GraderError(
                f"the course's own `given` does not load: {faults.private_text(answer.meta)}"
            )
        for index, cell in enumerate(self._cells):
            if index not in self._stopped_cells:
                try:
                    self._load_cell(worker, index, cell, notes)
                except LearnerFault as fault:
                    self._stopped_cells[index] = fault
                    raise
                continue
            for name in defined_names(cell.source):
                self._load_faults[name] = self._stopped_cells[index]
            notes.append(self._stopped_cells[index].public)
        self.notes = tuple(notes)

    def _load_cell(self, worker, index, cell, notes):
        source = cell.source.encode("utf-8", "replace")
        meta = {
            "cell": index,
            "role": cell.role,
            "wanted": list(self._program.functions),
        }
        answer = self._ask(
            worker,
            f"cell {cell.id}",
            frames.CELL,
            meta,
            [source],
            cpu_seconds=self._limits.load_seconds,
        )
        if answer.kind == frames.ERROR:
            fault = faults.from_load(answer.meta, self)
            for name in defined_names(cell.source):
                self._load_faults[name] = fault
            notes.append(fault.public)
            return
        for failed in faults.failures(answer.meta):
            fault = faults.from_load(failed, self)
            for name in faults.names(failed.get("names")):
                self._load_faults[name] = fault
            notes.append(fault.public)
        for name in faults.names(answer.meta.get("defined")):
            self._load_faults.pop(name, None)
        skipped = faults.lines(answer.meta.get("skipped"))
        if skipped:
            places = ", ".join(map(str, skipped[:8]))
            notes.append(f"Not run, since only definitions count in {cell.id}: line {places}")


def _paths(value):
    """Take only what looks like the path of an argument."""
    if type(value) is not list:
        return ()
    return tuple(p for p in value[:50] if type(p) is str and _PATH.fullmatch(p))
