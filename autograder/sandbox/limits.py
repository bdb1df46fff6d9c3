"""The kernel's limits of the worker. Copied beside it: standard library only."""

import ctypes
import sys

try:
    import resource
except ImportError:  # not a POSIX system: only code that one trusts runs there
    resource = None

__all__ = ["apply"]

_PR_SET_PDEATHSIG = 1
_SIGKILL = 9


def apply(values, *, parent):
    """Set the limits of this process, for good.

    Parameters
    ----------
    values : dict
        From the name of a limit without ``RLIMIT_`` to its value.
    parent : bool
        Die with the process that started this one.

    Returns
    -------
    failed : list of str
        The limits that could not be set.
    """
    failed = []
    for name, value in values.items():
        try:
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))
        except (AttributeError, OSError, ValueError):
            failed.append(name)
    if parent and sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, _SIGKILL, 0, 0, 0)
    return failed
