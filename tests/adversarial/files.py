"""Reading what is not theirs, and writing anything."""

from attacks import Attack

ATTACKS = [
    Attack(
        "read a secret of the grader",
        "to read a file of which it knows the path",
        attempt="""
        import os
        paths = ["@SECRET_FILE@", "/tmp/secret.txt"]
        assert any("@SECRET@" in open(p).read() for p in paths if os.access(p, os.R_OK))
        """,
        control="root",
    ),
    Attack(
        "read the users",
        "to read /etc/passwd",
        attempt="assert open('/etc/passwd').read()",
        control="sandbox",
    ),
    Attack(
        "read the reference",
        "to copy the answer",
        attempt="assert 'def' in open('@COURSE@/solutions/gradients.py').read()",
        control="sandbox",
    ),
    Attack(
        "read the hidden tests",
        "to know what is asked",
        attempt="assert open('@COURSE@/autograder/hidden_tests/test_gradients.py').read()",
        control="sandbox",
    ),
    Attack(
        "list the course",
        "to see which files there are",
        attempt="import os; assert os.listdir('@COURSE@')",
        control="sandbox",
    ),
    Attack(
        "climb out by dots",
        "to leave its folder by a relative path",
        attempt="assert open('../' * 20 + 'etc/passwd').read()",
        control="sandbox",
    ),
    Attack(
        "search the disk",
        "to find any notebook or test",
        attempt="""
        import os
        found = [f for _, _, files in os.walk("@COURSE@") for f in files]
        assert found
        """,
        control="sandbox",
    ),
    Attack(
        "write to /tmp",
        "to leave a message for the next worker",
        attempt="open('/tmp/@MARK@', 'w').close()",
        control="sandbox",
    ),
    Attack(
        "write beside the submission",
        "to change the course",
        attempt="open('@COURSE@/@MARK@', 'w').close()",
        control="sandbox",
    ),
    Attack(
        "write into the interpreter",
        "to change the library of the next worker",
        attempt="import os; open(os.path.dirname(np.__file__) + '/@MARK@', 'w').close()",
    ),
    Attack(
        "write by a descriptor",
        "to open for writing what is open for reading",
        attempt="""
        import os, sys
        os.open(sys.executable, os.O_RDWR)
        """,
    ),
    Attack(
        "make a folder",
        "to have a place for files",
        attempt="import os; os.mkdir('/tmp/@MARK@')",
        control="sandbox",
    ),
    Attack(
        "make a link",
        "to make others follow it",
        attempt="import os; os.symlink('/etc/passwd', '/tmp/@MARK@')",
        control="sandbox",
    ),
    Attack(
        "remove a file",
        "to remove the worker's own files",
        attempt="""
        import os, sys
        path = sys.modules["frames"].__file__
        os.rename(path, path + ".@MARK@")
        """,
    ),
    Attack(
        "change a file's rights",
        "to make the worker's files its own",
        attempt="import os, sys; os.chmod(sys.modules['frames'].__file__, 0o777)",
    ),
    Attack(
        "a file that is only in memory",
        "to have a file without a place",
        attempt="import os; os.close(os.memfd_create('@MARK@'))",
        control="filter",
    ),
    Attack(
        "mount",
        "to put another file system over its own",
        attempt="""
        import ctypes
        assert ctypes.CDLL(None).mount(b"none", b"/tmp", b"tmpfs", 0, None) == 0
        """,
    ),
    Attack(
        "another root",
        "to leave the root by changing it",
        attempt="import os; os.chroot('/tmp')",
    ),
    Attack(
        "a ring for input and output",
        "to open files where no system call is seen",
        attempt="""
        import ctypes
        buffer = ctypes.create_string_buffer(512)
        assert ctypes.CDLL(None).syscall(425, 2, buffer) >= 0
        """,
    ),
    Attack(
        "change the time of a file",
        "to leave a mark in the worker's own files",
        attempt="import os, sys; os.utime(sys.modules['frames'].__file__, (1, 1))",
    ),
]
