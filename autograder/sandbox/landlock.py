"""Landlock: where no namespace can be made, the kernel still can shut the file system.

Copied beside the worker: standard library only.
"""

import ctypes
import os
import struct

__all__ = ["LEAST_ABI", "LandlockUnavailableError", "abi", "restrict"]

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every machine
LEAST_ABI = 3  # truncation is covered from here on
_EXECUTE, _READ_FILE, _READ_DIR = 1 << 0, 1 << 2, 1 << 3
_SET_NO_NEW_PRIVILEGES = 38


class LandlockUnavailableError(RuntimeError):
    """The kernel has no Landlock, or an older one than is needed."""


def abi():
    """Ask the kernel for its Landlock version.

    Returns
    -------
    version : int
        0 where there is none.
    """
    try:
        return max(0, ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, 1))
    except (OSError, AttributeError):
        return 0


def restrict(folders):
    """Leave this process nothing but reading below some folders, for good.

    Parameters
    ----------
    folders : list of str
        What it may still read.

    Returns
    -------
    version : int
        The kernel's Landlock version; from 4 on TCP is shut too, from 6 on signals to others and
        abstract sockets.

    Raises
    ------
    LandlockUnavailableError
        If it cannot be done: then no learner's code may run.
    """
    version = abi()
    if version < LEAST_ABI:
        raise LandlockUnavailableError(f"Landlock version {version}, {LEAST_ABI} is needed")
    libc = ctypes.CDLL(None, use_errno=True)
    every_access = (1 << (16 if version >= 5 else 15)) - 1
    attributes = struct.pack("<QQQ", every_access, 0b11, 0b11)
    size = 24 if version >= 6 else 16 if version >= 4 else 8
    ruleset = libc.syscall(_CREATE_RULESET, attributes[:size], size, 0)
    if ruleset < 0:
        raise LandlockUnavailableError(os.strerror(ctypes.get_errno()))
    for folder in folders:
        descriptor = os.open(folder, os.O_PATH | os.O_CLOEXEC)
        rule = struct.pack("<Qi", _READ_FILE | _READ_DIR | _EXECUTE, descriptor)
        if libc.syscall(_ADD_RULE, ruleset, 1, rule, 0):
            raise LandlockUnavailableError(os.strerror(ctypes.get_errno()))
        os.close(descriptor)
    if libc.prctl(_SET_NO_NEW_PRIVILEGES, 1, 0, 0, 0) or libc.syscall(_RESTRICT_SELF, ruleset, 0):
        raise LandlockUnavailableError(os.strerror(ctypes.get_errno()))
    os.close(ruleset)
    return version
