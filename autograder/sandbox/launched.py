"""A worker's process as its backend has started it."""

import contextlib
import os
import re

__all__ = ["Launched"]

_STATUS = re.compile(rb'"exit-code"\s*:\s*(\d+)')


class Launched:
    """A process that a backend has started.

    Parameters
    ----------
    process : subprocess.Popen
        Its three standard streams are unbuffered pipes.
    status : int, optional
        The descriptor on which bwrap tells about its child.
    """

    def __init__(self, process, status=None):
        self.process = process
        self._status = status
        self._said = b""
        if status is not None:
            os.set_blocking(status, False)

    def said(self):
        """Return all that bwrap has told so far, as bytes."""
        if self._status is not None:
            with contextlib.suppress(BlockingIOError):
                while part := os.read(self._status, 4096):
                    self._said += part
        return self._said

    def exit_code(self):
        """Return how the worker itself ended; negative for a signal."""
        found = _STATUS.search(self.said())
        if found:
            return int(found[1])
        return self.process.poll() or 0

    def close(self):
        """Close what was opened for watching it."""
        if self._status is not None:
            os.close(self._status)
            self._status = None
