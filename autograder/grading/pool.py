"""Grade many programs, each in a fresh turn of a few long-lived processes.

A process that dies or hangs costs its own job at most: that job is tried once more, then reported
as the grader's error. Nothing but the grader runs in these processes; learners' code has workers
of its own.
"""

import contextlib
import multiprocessing
import os
import signal
import time
from collections import deque
from dataclasses import dataclass, field, replace
from multiprocessing.connection import wait

from autograder.course import Course
from autograder.errors import AutograderError
from autograder.grading.grade import grade_program, ungraded_report
from autograder.sandbox.backends import Backend
from autograder.sandbox.program import Program

__all__ = ["Job", "grade_job", "grade_many"]

_TRIES = 2
# Longer than a submission's whole budget of time: reached only if the grader itself hangs.
_WALL_SECONDS = 1200.0
# Until a new process has loaded the grader, on a machine that does much else.
_START_SECONDS = 300.0
_READY = "ready"
_ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
}


@dataclass(frozen=True)
class Job:
    """One submission to grade.

    Attributes
    ----------
    course : Course
        The course.
    slug : str
        The chapter.
    program : Program
        What the learner wrote.
    backend : Backend
        How the worker is kept apart.
    seed : int
        The run's seed.
    student, source : str
        Whose submission it is.
    notes : tuple of str
        What was noted when it was read.
    """

    course: Course
    slug: str
    program: Program
    backend: Backend
    seed: int
    student: str = ""
    source: str = ""
    notes: tuple[str, ...] = ()


def grade_job(job):
    """Grade one job in this process; whatever fails is reported.

    Parameters
    ----------
    job : Job
        The submission.

    Returns
    -------
    report : SubmissionReport
        Its entry in a report, with the seconds that it took; status ``grader_error`` where the
        grader failed.
    """
    began = time.perf_counter()
    return replace(_graded(job), seconds=time.perf_counter() - began)


def _graded(job):
    try:
        graded = grade_program(
            job.course, job.slug, job.program, backend=job.backend, seed=job.seed
        )
    except AutograderError as error:
        remedy = f" To mend it: {error.remedy}" if error.remedy else ""
        return _grader_error(job, f"The grader failed: {error}.{remedy}")
    except Exception as error:  # noqa: BLE001 - a grader's failure is reported, never a zero
        return _grader_error(job, f"The grader failed: {type(error).__name__}.")
    return graded.report(
        student=job.student, assignment=job.slug, source=job.source, notes=job.notes
    )


def _grader_error(job, note):
    return ungraded_report(
        job.course,
        job.slug,
        status="grader_error",
        student=job.student,
        source=job.source,
        notes=(*job.notes, note),
    )


def _serve(connection, work):
    """Answer jobs until there are no more: the main function of a process."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that asked
    with contextlib.suppress(EOFError, OSError):
        connection.send(_READY)
        while True:
            connection.send(work(connection.recv()))


@dataclass
class _Process:
    """One long-lived process, and what it is doing."""

    context: object
    work: object
    ready: bool = False
    number: int | None = None  # of its job
    ends: float = 0.0
    process: object = field(init=False)
    connection: object = field(init=False)

    def __post_init__(self):
        self.connection, theirs = self.context.Pipe()
        self.process = self.context.Process(
            target=_serve, args=(theirs, self.work), name="autograder", daemon=True
        )
        before = {name: os.environ.get(name) for name in _ONE_THREAD}
        os.environ.update(_ONE_THREAD)  # read when the new process imports NumPy
        try:
            self.process.start()
        finally:
            for name, value in before.items():
                if value is None:
                    del os.environ[name]
                else:
                    os.environ[name] = value
        theirs.close()

    def give(self, number, job, seconds):
        self.number = number
        self.ends = time.monotonic() + (seconds if self.ready else _START_SECONDS)
        with contextlib.suppress(BrokenPipeError):  # it has died: seen when its answer is awaited
            self.connection.send(job)

    def stop(self):
        self.connection.close()
        self.process.kill()
        self.process.join()


def grade_many(
    jobs, *, workers, progress=None, answered=None, wall_seconds=_WALL_SECONDS, work=grade_job
):
    """Grade submissions in parallel.

    Parameters
    ----------
    jobs : iterable of Job
        The submissions.
    workers : int
        How many processes.
    progress : callable, optional
        Called with the number of finished jobs and of all jobs, at the start and after each.
    answered : callable, optional
        Called with the job's number and its report as soon as there is one, in whatever order.
    wall_seconds : float, optional
        How long one job may take before its process counts as hanging.
    work : callable, optional
        What is done with a job; importable by name.

    Yields
    ------
    job : Job
        In the order of `jobs`.
    report : SubmissionReport
        Its entry in a report.
    """
    jobs = list(jobs)
    waiting = deque((number, 1) for number in range(len(jobs)))
    tries, done = {}, {}
    context = multiprocessing.get_context("spawn")
    processes = []
    finished = following = 0
    if progress:
        progress(0, len(jobs))
    try:
        while following < len(jobs):
            while waiting and len(processes) < max(1, workers):
                processes.append(_Process(context, work))
                _assign(processes[-1], waiting, tries, jobs, wall_seconds)
            for process in _ready(processes):
                number = process.number
                try:
                    answer = process.connection.recv()
                    if not process.ready:
                        process.ready = True
                        process.ends = time.monotonic() + wall_seconds
                        continue
                    done[number] = answer
                except (EOFError, OSError):
                    processes.remove(process)
                    process.stop()
                    if tries[number] < _TRIES:
                        waiting.appendleft((number, tries[number] + 1))
                        continue
                    done[number] = _grader_error(
                        jobs[number],
                        "The grader stopped or hung while it graded this submission, twice.",
                    )
                else:
                    process.number = None
                    if waiting:
                        _assign(process, waiting, tries, jobs, wall_seconds)
                finished += 1
                if answered:
                    answered(number, done[number])
                if progress:
                    progress(finished, len(jobs))
            while following in done:
                yield jobs[following], done.pop(following)
                following += 1
    finally:
        for process in processes:
            process.stop()


def _assign(process, waiting, tries, jobs, seconds):
    number, tries_now = waiting.popleft()
    tries[number] = tries_now
    process.give(number, jobs[number], seconds)


def _ready(processes):
    """Wait for processes that have answered, died, or are out of time; end the last kind."""
    busy = [process for process in processes if process.number is not None]
    first = min(process.ends for process in busy) - time.monotonic()
    ready = wait([process.connection for process in busy], timeout=max(0.0, first))
    for process in busy:
        if process.connection not in ready and time.monotonic() >= process.ends:
            process.process.kill()
            process.process.join()
            ready.append(process.connection)
    return [process for process in busy if process.connection in ready]
