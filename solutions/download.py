"""Fetch a file from the web once: with a checksum, a progress bar, and from where it was cut off.

The standard library does it. What a library would bring is a choice of protocols and of hash
functions; what is needed is a `Range` header.
"""

import hashlib
import http.client
import os
import sys
import urllib.error
import urllib.request
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

__all__ = [
    "ChecksumError",
    "DataError",
    "DownloadError",
    "FormatError",
    "cache_folder",
    "check_file",
    "fetch",
]

_CHUNK = 2**16
_ATTEMPTS = 3
_TIMEOUT = 30  # seconds without a byte


class DataError(Exception):
    """Base of all errors about data: the message says what is wrong, and what to do."""


class DownloadError(DataError):
    """A file cannot be fetched."""


class ChecksumError(DataError):
    """A file or an array is not the one that was meant."""


class FormatError(DataError):
    """A file is not what it should be: damaged, or of another format."""


def cache_folder():
    """Return the folder where downloads are kept.

    Returns
    -------
    Path
        What the environment variable ``CNN_COURSE_CACHE`` names; else ``cnn-by-hand`` in the
        user's folder for caches. It need not be there yet.
    """
    if os.environ.get("CNN_COURSE_CACHE"):
        return Path(os.environ["CNN_COURSE_CACHE"])
    if os.name == "nt" and os.environ.get("LOCALAPPDATA"):
        return Path(os.environ["LOCALAPPDATA"]) / "cnn-by-hand"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cnn-by-hand"


def check_file(path, checksum):
    """Compare a file with its checksum.

    Parameters
    ----------
    path : path-like
        The file.
    checksum : str
        The name of a hash function of `hashlib`, a colon, and the digest in hexadecimal.

    Raises
    ------
    ChecksumError
        If they differ.
    """
    name, _, expected = checksum.partition(":")
    with open(path, "rb") as file:
        came = hashlib.file_digest(file, name).hexdigest()
    if came != expected:
        raise ChecksumError(f"{path}: expected the {name} checksum {expected}, got {came}")


def fetch(url, folder, *, checksum):
    """Return a file from the web, and download it unless it is there.

    Parameters
    ----------
    url : str
        Its address; the file is named as the address ends.
    folder : path-like
        Where it is kept. It is made if need be.
    checksum : str
        As for `check_file`.

    Returns
    -------
    Path
        The file. It is whole: until it is, it has another name, and a later call goes on with it.

    Raises
    ------
    DownloadError
        If the server does not give it.
    ChecksumError
        If what came is another file.
    """
    path = Path(folder) / Path(urlsplit(url).path).name
    if path.is_file():
        try:
            check_file(path, checksum)
        except ChecksumError as error:
            raise ChecksumError(f"{error}. Remove the file, and it is fetched again") from None
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            _download(url, partial)
            break
        except _Cut as cut:
            if attempt == _ATTEMPTS:
                raise DownloadError(
                    f"{url} was cut off {_ATTEMPTS} times ({cut}); run it again: it goes on "
                    f"from byte {partial.stat().st_size if partial.is_file() else 0}"
                ) from None
    try:
        check_file(partial, checksum)
    except ChecksumError as error:
        # Nothing can be built on it: the next call begins anew.
        partial.unlink()
        raise ChecksumError(f"what came from {url} is another file: {error}") from None
    partial.replace(path)
    return path


class _Cut(Exception):  # noqa: N818 - it ends one attempt, and is caught
    """The connection ended before the file did."""


def _download(url, partial):
    """Bring the partial file to its end."""
    begin = partial.stat().st_size if partial.is_file() else 0
    request = urllib.request.Request(url)
    if begin:
        request.add_header("Range", f"bytes={begin}-")
    try:
        with urllib.request.urlopen(request, timeout=_TIMEOUT) as response:
            # 206: the rest, as asked. 200: a server without ranges sends all of it again.
            begin = begin if response.status == http.client.PARTIAL_CONTENT else 0
            length = response.headers.get("Content-Length")
            total = begin + int(length) if length else None
            with partial.open("ab" if begin else "wb") as file, _bar(url, begin, total) as advance:
                while chunk := response.read(_CHUNK):
                    file.write(chunk)
                    advance(len(chunk))
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == http.client.REQUESTED_RANGE_NOT_SATISFIABLE and begin:
            return  # nothing is missing; the checksum decides
        raise DownloadError(f"{url}: the server says {error.code} {error.reason}") from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", None) or error
        if not partial.is_file() or isinstance(error, urllib.error.URLError):
            raise DownloadError(f"{url} cannot be reached: {reason}") from None
        raise _Cut(f"{type(error).__name__}: {reason}") from None
    if total is not None and partial.stat().st_size < total:
        raise _Cut(f"{partial.stat().st_size:,} of {total:,} bytes came")


@contextmanager
def _bar(url, begin, total):
    """Give a function that moves a progress bar on; where nobody watches, it does nothing."""
    try:
        from rich.console import Console
        from rich.progress import BarColumn, DownloadColumn, Progress, TimeRemainingColumn
    except ModuleNotFoundError:
        yield lambda count: None
        return
    console = Console(stderr=True)
    columns = ("{task.description}", BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task(Path(urlsplit(url).path).name, total=total, completed=begin)
        yield lambda count: progress.advance(task, count)
