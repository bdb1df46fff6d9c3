import struct

import pytest

from autograder.sandbox import seccomp

ALLOW, KILL, REFUSE = 0x7FFF0000, 0x80000000, 0x00050001
NUMBERS = {
    "x86_64": {"read": 0, "openat": 257, "open": 2, "fork": 57, "clone": 56, "clone3": 435}
    | {"socket": 41, "execve": 59, "ptrace": 101, "kill": 62, "tgkill": 234, "ioctl": 16}
    | {"memfd_create": 319, "io_uring_setup": 425, "unshare": 272, "a later one": 999},
    "aarch64": {"read": 63, "openat": 56, "clone": 220, "clone3": 435, "socket": 198}
    | {"execve": 221, "ptrace": 117, "kill": 129, "tgkill": 131, "ioctl": 29}
    | {"memfd_create": 279, "io_uring_setup": 425, "unshare": 97, "a later one": 999},
}
REFUSED = [
    *("fork", "clone", "clone3", "socket", "execve", "ptrace", "kill", "memfd_create"),
    *("io_uring_setup", "unshare"),
]


def decide(machine, number, arguments=(), *, audit=None, pid=77):
    """Interpret the filter, as the kernel would."""
    audit = seccomp.MACHINES[machine][1] if audit is None else audit
    arguments = [*arguments, *[0] * (6 - len(arguments))]
    data = struct.pack("<IIQ6Q", number, audit, 0, *arguments)
    code = seccomp.program(machine, pid)
    instructions = [struct.unpack_from("<HBBI", code, i) for i in range(0, len(code), 8)]
    at, value = 0, 0
    while True:
        operation, true, false, constant = instructions[at]
        at += 1
        if operation == 0x20:
            value = struct.unpack_from("<I", data, constant)[0]
        elif operation == 0x15:
            at += true if value == constant else false
        elif operation == 0x45:
            at += true if value & constant else false
        else:
            assert operation == 0x06
            return constant


@pytest.mark.parametrize("machine", NUMBERS)
def test_computing_is_allowed_and_the_rest_is_not(machine):
    numbers = NUMBERS[machine]
    assert decide(machine, numbers["read"]) == ALLOW
    for name in [*REFUSED, "a later one"]:
        if name in numbers:
            assert decide(machine, numbers[name]) == REFUSE, name


@pytest.mark.parametrize("machine", NUMBERS)
def test_files_open_for_reading_only(machine):
    number = NUMBERS[machine]["openat"]
    assert decide(machine, number, (-100 % 2**64, 0, 0o2000000)) == ALLOW
    for flags in (0o1, 0o2, 0o100, 0o1000, 0o2000, 0o20000000):
        assert decide(machine, number, (-100 % 2**64, 0, flags)) == REFUSE


@pytest.mark.parametrize("machine", NUMBERS)
def test_signals_go_to_oneself_only(machine):
    assert decide(machine, NUMBERS[machine]["tgkill"], (77, 77, 6)) == ALLOW
    assert decide(machine, NUMBERS[machine]["tgkill"], (1, 1, 9)) == REFUSE
    assert decide(machine, NUMBERS[machine]["ioctl"], (1, 0x5412)) == REFUSE  # typing for others


def test_another_machines_convention_ends_the_process():
    assert decide("x86_64", 0, audit=0x40000003) == KILL
    assert decide("x86_64", 0x40000000) == REFUSE  # the x32 numbers


def test_the_two_tables_name_no_call_twice():
    tables = [*seccomp._FREE.values(), *seccomp._BY_ARGUMENT.values(), *seccomp._BY_FLAGS.values()]
    for column in (0, 1):
        numbers = [row[column] for row in tables if row[column] is not None]
        assert len(numbers) == len(set(numbers))


def test_a_processor_without_a_table_gets_no_filter_at_all():
    with pytest.raises(seccomp.SeccompUnavailableError):
        seccomp.program("riscv64")
