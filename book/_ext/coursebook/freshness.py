"""Outputs that follow the code that chapters import.

jupyter-cache knows a chapter by its cells only: after an edit in solutions/ it would serve the old
output. So the cache lies in a folder named by a hash of what chapters import, and a change of that
hash makes Sphinx read every chapter again.
"""

import hashlib
import os
from pathlib import Path

import matplotlib
import numpy

__all__ = ["imports_digest", "setup"]

_IMPORTED = ("coursefigures", "experiments", "solutions")


def imports_digest(root):
    """Return a hash of everything that a chapter's output depends on beside its own cells.

    Parameters
    ----------
    root : Path
        The course.

    Returns
    -------
    str
        Sixteen hexadecimal digits.
    """
    digest = hashlib.sha256(f"{numpy.__version__} {matplotlib.__version__}".encode())
    for folder in _IMPORTED:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in (".py", ".json"):  # code, and what experiments have found
                digest.update(path.relative_to(root).as_posix().encode() + b"\0")
                digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def _choose_cache(app, config):
    digest = imports_digest(Path(app.confdir))
    config.coursebook_imports = digest
    # Both editions run the same cells: tools/build_book.py names one folder for them.
    folder = os.environ.get("CNN_EXECUTION", Path(app.outdir).parent / "execution")
    config.nb_execution_cache_path = str(Path(folder) / digest)


def setup(app):
    """Key the cache of outputs and Sphinx's environment on the imported code."""
    app.add_config_value("coursebook_imports", "", "env", types=(str,))
    app.connect("config-inited", _choose_cache)
