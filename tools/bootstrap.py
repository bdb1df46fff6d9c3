"""Make .venv and install the pinned requirements; the standard library alone, on any system.

Run it with the Python that the environment should have: ``python3 tools/bootstrap.py``.
A second run with unchanged requirements does nothing.
"""

import hashlib
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "installed.sha256"
INPUTS = ("requirements.txt", "constraints.txt", "pyproject.toml")
OLDEST = (3, 11)


def _fail(message, remedy):
    print(f"bootstrap: {message}\n  To mend it: {remedy}", file=sys.stderr)
    sys.exit(2)


def _fingerprint():
    digest = hashlib.sha256(sys.version.encode())
    for name in INPUTS:
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def _create():
    try:
        import ensurepip  # noqa: F401 - Debian splits it off, and venv then fails half-way
        import venv
    except ImportError:
        _fail("this Python cannot make environments", "apt install python3-venv")
    print("Making the environment .venv", flush=True)
    venv.EnvBuilder(with_pip=True, clear=VENV.exists()).create(VENV)


def _install(python):
    total = sum("==" in line for line in (ROOT / "constraints.txt").read_text().splitlines())
    command = [python, "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    process = subprocess.Popen(
        [*command, "-r", "requirements.txt"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    seen, log = 0, []
    for line in process.stdout:
        log.append(line)
        seen += line.startswith("Collecting ")
        stage = "installing" if line.startswith("Installing ") else "fetching"
        if sys.stdout.isatty():
            filled = min(30, 30 * seen // total)
            bar = "━" * filled + "╌" * (30 - filled)
            print(f"\r  {bar} {seen:3d}/{total} packages, {stage}  ", end="", flush=True)
    if process.wait() != 0:
        print("\n" + "".join(log[-25:]), file=sys.stderr)
        _fail("pip could not install the requirements", "read the lines above, then run it again")
    print(f"{chr(13) if sys.stdout.isatty() else ''}  Installed {seen} packages into .venv")


def main():
    """Make or renew the environment."""
    if sys.version_info < OLDEST:
        found = ".".join(map(str, sys.version_info[:3]))
        _fail(
            f"Python {OLDEST[0]}.{OLDEST[1]} or newer is needed, this is {found}",
            "make PYTHON=python3.12 (or: python3.12 tools/bootstrap.py)",
        )
    fingerprint = _fingerprint()
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if STAMP.exists() and STAMP.read_text() == fingerprint and python.exists():
        return
    _create()
    _install(python)
    STAMP.write_text(fingerprint)


if __name__ == "__main__":
    main()
