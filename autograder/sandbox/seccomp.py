"""A seccomp filter in plain BPF: which system calls the worker may still make.

It names what NumPy and the interpreter need for computing and for importing modules; every other
call, also one that a later kernel brings, fails with "operation not permitted". Installed by the
worker before it reads a learner's code. Copied beside it: standard library only.

The table for aarch64 follows the kernel's own header; it has not been tried on such a machine.
"""

import ctypes
import errno
import os
import platform
import struct

__all__ = ["MACHINES", "SeccompUnavailableError", "install", "program"]


class SeccompUnavailableError(RuntimeError):
    """There is no table for this processor, or the kernel refuses the filter."""


# name: (x86_64, aarch64); None where the machine does not have the call
_FREE = {
    "read": (0, 63),
    "write": (1, 64),
    "close": (3, 57),
    "stat": (4, None),
    "fstat": (5, 80),
    "lstat": (6, None),
    "poll": (7, None),
    "lseek": (8, 62),
    "mmap": (9, 222),
    "mprotect": (10, 226),
    "munmap": (11, 215),
    "brk": (12, 214),
    "rt_sigaction": (13, 134),
    "rt_sigprocmask": (14, 135),
    "rt_sigreturn": (15, 139),
    "pread64": (17, 67),
    "readv": (19, 65),
    "writev": (20, 66),
    "access": (21, None),
    "select": (23, None),
    "sched_yield": (24, 124),
    "mremap": (25, 216),
    "madvise": (28, 233),
    "dup": (32, 23),
    "dup2": (33, None),
    "nanosleep": (35, 101),
    "getpid": (39, 172),
    "exit": (60, 93),
    "uname": (63, 160),
    "getcwd": (79, 17),
    "readlink": (89, None),
    "gettimeofday": (96, 169),
    "getrusage": (98, 165),
    "sysinfo": (99, 179),
    "times": (100, 153),
    "getuid": (102, 174),
    "getgid": (104, 176),
    "geteuid": (107, 175),
    "getegid": (108, 177),
    "getppid": (110, 173),
    "sigaltstack": (131, 132),
    "gettid": (186, 178),
    "time": (201, None),
    "futex": (202, 98),
    "getdents64": (217, 61),
    "restart_syscall": (219, 128),
    "clock_gettime": (228, 113),
    "clock_getres": (229, 114),
    "clock_nanosleep": (230, 115),
    "exit_group": (231, 94),
    "newfstatat": (262, 79),
    "readlinkat": (267, 78),
    "faccessat": (269, 48),
    "pselect6": (270, 72),
    "ppoll": (271, 73),
    "set_robust_list": (273, 99),
    "dup3": (292, 24),
    "getrandom": (318, 278),
    "statx": (332, 291),
    "rseq": (334, 293),
    "faccessat2": (439, 439),
}

_READ_ONLY = 0x1 | 0x2 | 0x40 | 0x200 | 0x400 | 0x400000  # WRONLY RDWR CREAT TRUNC APPEND TMPFILE
# name: (x86_64, aarch64, index of the argument, what it may be)
_BY_ARGUMENT = {
    "ioctl": (16, 29, 1, (0x5401, 0x5450, 0x5451)),  # is it a terminal; close on exec, or not
    "fcntl": (72, 25, 1, (0, 1, 2, 3, 4, 1030)),  # duplicating and flags; no locks, no signals
    "tgkill": (234, 131, 0, "self"),  # abort() and raise_signal()
    "prlimit64": (302, 261, 0, "self or 0"),  # getrlimit(); the hard limits are set already
    "sched_getaffinity": (204, 123, 0, "self or 0"),
}
# open with any of these flags is refused: there is nothing to write anyway
_BY_FLAGS = {"open": (2, None, 1), "openat": (257, 56, 2)}

MACHINES = {"x86_64": (0, 0xC000003E), "aarch64": (1, 0xC00000B7)}

_LOAD, _EQUAL, _ANY_BIT, _RETURN = 0x20, 0x15, 0x45, 0x06
_ALLOW, _KILL, _REFUSE = 0x7FFF0000, 0x80000000, 0x00050000 | errno.EPERM
_NUMBER_OFFSET, _MACHINE_OFFSET, _ARGUMENTS_OFFSET = 0, 4, 16


def _rule(number, body):
    return [(_EQUAL, 0, len(body), number), *body]


def program(machine=None, pid=None):
    """Write the filter.

    Parameters
    ----------
    machine : str, optional
        A key of `MACHINES`; by default this computer's processor.
    pid : int, optional
        The process that may signal itself; by default this one.

    Returns
    -------
    code : bytes
        The instructions, eight bytes each.

    Raises
    ------
    SeccompUnavailableError
        If there is no table for the processor.
    """
    machine = machine or platform.machine()
    if machine not in MACHINES:
        raise SeccompUnavailableError(f"no table of system calls for a {machine} processor")
    column, audit_number = MACHINES[machine]
    own = os.getpid() if pid is None else pid
    code = [
        (_LOAD, 0, 0, _MACHINE_OFFSET),
        (_EQUAL, 1, 0, audit_number),
        (_RETURN, 0, 0, _KILL),  # a call in another machine's convention
        (_LOAD, 0, 0, _NUMBER_OFFSET),
    ]
    for numbers in _FREE.values():
        if numbers[column] is not None:
            code += _rule(numbers[column], [(_RETURN, 0, 0, _ALLOW)])
    for *numbers, argument, allowed in _BY_ARGUMENT.values():
        values = {"self": (own,), "self or 0": (0, own)}.get(allowed, allowed)
        body = [(_LOAD, 0, 0, _ARGUMENTS_OFFSET + 8 * argument)]
        for value in values:
            body += _rule(value, [(_RETURN, 0, 0, _ALLOW)])
        code += _rule(numbers[column], [*body, (_RETURN, 0, 0, _REFUSE)])
    for *numbers, argument in _BY_FLAGS.values():
        if numbers[column] is not None:
            code += _rule(
                numbers[column],
                [
                    (_LOAD, 0, 0, _ARGUMENTS_OFFSET + 8 * argument),
                    (_ANY_BIT, 0, 1, _READ_ONLY),
                    (_RETURN, 0, 0, _REFUSE),
                    (_RETURN, 0, 0, _ALLOW),
                ],
            )
    code.append((_RETURN, 0, 0, _REFUSE))
    return b"".join(struct.pack("<HBBI", *instruction) for instruction in code)


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))


def install():
    """Put the filter on this process, for good.

    Raises
    ------
    SeccompUnavailableError
        If it cannot be done: then no learner's code may run.
    """
    code = program()
    libc = ctypes.CDLL(None, use_errno=True)
    buffer = ctypes.create_string_buffer(code, len(code))
    filter_program = _Program(len(code) // 8, ctypes.addressof(buffer))
    no_new_privileges, set_seccomp, mode_filter = 38, 22, 2
    if libc.prctl(no_new_privileges, 1, 0, 0, 0) or libc.prctl(
        set_seccomp, mode_filter, ctypes.byref(filter_program), 0, 0
    ):
        raise SeccompUnavailableError(os.strerror(ctypes.get_errno()))
