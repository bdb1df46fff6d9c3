"""What a process of the pool is given to do in tests: importable by name."""

import os
import sys
from pathlib import Path

from autograder.grading.pool import grade_job


def by_name(job):
    """Die, hang, or answer, as the student's name says; `once` names a file that is made first."""
    kind, _, marker = job.student.partition(" ")
    if kind == "dies" or (kind == "once" and not Path(marker).exists()):
        if kind == "once":
            Path(marker).touch()
        os._exit(3)
    if kind == "hangs":
        import threading

        threading.Event().wait()
    if kind == "environment":
        return os.environ["OPENBLAS_NUM_THREADS"], "numpy" in sys.modules, os.getpid()
    return grade_job(job)
