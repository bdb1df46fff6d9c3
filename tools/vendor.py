"""Renew, or check, the files of others that the book and its tests carry with them.

``python tools/vendor.py`` installs what tools/npm/package-lock.json pins (npm is needed for this,
and only for this), copies the few files that are used, and writes their checksums.
``python tools/vendor.py --check`` compares every file with its checksum.

The NumPy wheel for Pyodide is not on npm: pass the path of a download with ``--numpy-wheel``; it
has to be the very file that Pyodide's own lock names. Without the option the present one is kept.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

__all__ = ["check", "main", "renew"]

_ROOT = Path(__file__).resolve().parent.parent
_NPM = _ROOT / "tools" / "npm"
_BOOK = _ROOT / "book" / "_static" / "vendor"
_BUILD = _ROOT / "book" / "_ext" / "vendor"  # what the build runs and no page loads
_TESTS = _ROOT / "tests" / "vendor"
_SUMS = "SHA256SUMS"
_FONTS = "@fontsource-variable"

# What is taken from which npm package: {folder of ours: {our name: its path in node_modules}}.
_FILES = {
    _BOOK / "pyodide": {
        "pyodide.js": "pyodide/pyodide.js",
        "pyodide.asm.js": "pyodide/pyodide.asm.js",
        "pyodide.asm.wasm": "pyodide/pyodide.asm.wasm",
        "python_stdlib.zip": "pyodide/python_stdlib.zip",
        "pyodide-lock.json": "pyodide/pyodide-lock.json",
        # The package itself carries no license file; axe-core's is the same text, the MPL 2.0.
        "LICENSE": "axe-core/LICENSE",
    },
    _BOOK / "mathjax": {
        "LICENSE": "mathjax-full/LICENSE",
        "fonts": "mathjax-full/es5/output/chtml/fonts/woff-v2",
    },
    _BUILD / "mathjax": {"LICENSE": "mathjax-full/LICENSE"},
    _BOOK / "codemirror": {
        "LICENSE": "@codemirror/view/LICENSE",
        "LICENSE-lezer": "@lezer/common/LICENSE",
        "LICENSE-style-mod": "style-mod/LICENSE",
        "LICENSE-w3c-keyname": "w3c-keyname/LICENSE",
        "LICENSE-crelt": "crelt/LICENSE",
    },
    _BOOK / "lit": {"LICENSE": "lit/LICENSE"},
    _BOOK / "fonts": {
        f"{font}-{style}.woff2": f"{_FONTS}/{font}/files/{font}-latin-wght-{style}.woff2"
        for font in ("inter", "source-serif-4", "jetbrains-mono")
        for style in ("normal", "italic")
        if style == "normal" or font == "source-serif-4"
    }
    | {
        f"LICENSE-{font}": f"{_FONTS}/{font}/LICENSE"
        for font in ("inter", "source-serif-4", "jetbrains-mono")
    },
    _TESTS: {
        "axe.min.js": "axe-core/axe.min.js",
        "LICENSE-axe-core": "axe-core/LICENSE",
        "LICENSE-axe-core-third-party": "axe-core/LICENSE-3RD-PARTY.txt",
    },
}


def _sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _vendored(folder):
    return sorted(p for p in folder.rglob("*") if p.is_file() and p.name != _SUMS)


def _write_sums(folder):
    lines = [f"{_sha256(p)}  {p.relative_to(folder).as_posix()}\n" for p in _vendored(folder)]
    (folder / _SUMS).write_text("".join(lines), encoding="utf-8")


def check(folders=(_BOOK, _BUILD, _TESTS)):
    """Compare the vendored files with their checksums.

    Parameters
    ----------
    folders : iterable of Path, optional
        Folders that hold a SHA256SUMS.

    Returns
    -------
    list of str
        What is wrong, one sentence a file; empty when all is well.
    """
    faults = []
    for folder in folders:
        sums = folder / _SUMS
        if not sums.is_file():
            faults.append(f"{sums} is missing")
            continue
        lines = sums.read_text(encoding="utf-8").splitlines()
        expected = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
        present = {p.relative_to(folder).as_posix(): p for p in _vendored(folder)}
        faults += [f"{folder / name} is missing" for name in sorted(expected.keys() - present)]
        faults += [f"{present[name]} is not listed" for name in sorted(present.keys() - expected)]
        faults += [
            f"{present[name]} was changed"
            for name in sorted(present.keys() & expected)
            if _sha256(present[name]) != expected[name]
        ]
    return faults


def _copy(source, target):
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        shutil.copyfile(source, target)  # the content alone: npm's modes and dates are no news


def _bundle(modules, entry, target):
    subprocess.run(
        [
            modules / ".bin" / "esbuild",
            entry,
            "--bundle",
            "--minify",
            "--format=iife",
            "--target=es2020",
            "--legal-comments=none",
            "--log-level=warning",
            f"--outfile={target}",
        ],
        cwd=modules.parent,
        check=True,
    )


def _write_style(script, target):
    """Write the style sheet that the formulas need which a script draws."""
    program = f"require({json.dumps(str(script))}); process.stdout.write(CnnFormulas.style())"
    done = subprocess.run(["node", "-e", program], stdout=subprocess.PIPE, check=True)
    target.write_bytes(done.stdout)


def _take_wheel(pyodide, wheel):
    """Put the NumPy wheel beside Pyodide when it is the one that Pyodide's lock names."""
    lock = json.loads((pyodide / "pyodide-lock.json").read_text(encoding="utf-8"))
    named = lock["packages"]["numpy"]
    if wheel.name != named["file_name"] or _sha256(wheel) != named["sha256"]:
        raise SystemExit(
            f"{wheel} is not the file that pyodide-lock.json names: "
            f"{named['file_name']} (sha256 {named['sha256']})"
        )
    shutil.copyfile(wheel, pyodide / wheel.name)


def renew(numpy_wheel=None):
    """Install the pinned npm packages in a temporary folder and copy what is used.

    Parameters
    ----------
    numpy_wheel : Path, optional
        The NumPy wheel that Pyodide's lock names; by default the present one.
    """
    with tempfile.TemporaryDirectory() as temporary:
        work = Path(temporary)
        for name in ("package.json", "package-lock.json", "editor.js", "formulas.js", "lit.js"):
            shutil.copyfile(_NPM / name, work / name)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=work, check=True
        )
        modules = work / "node_modules"
        if numpy_wheel is None:
            numpy_wheel = next((_BOOK / "pyodide").glob("numpy-*.whl"), None)
            if numpy_wheel is None:
                raise SystemExit("there is no NumPy wheel yet: pass one with --numpy-wheel")
        kept = Path(shutil.copy(numpy_wheel, work))
        for folder, files in _FILES.items():
            shutil.rmtree(folder, ignore_errors=True)
            for name, source in files.items():
                _copy(modules / source, folder / name)
        _take_wheel(_BOOK / "pyodide", kept)
        _bundle(modules, "editor.js", _BOOK / "codemirror" / "codemirror.js")
        _bundle(modules, "lit.js", _BOOK / "lit" / "lit.js")
        _bundle(modules, "formulas.js", _BUILD / "mathjax" / "formulas.js")
    _write_style(_BUILD / "mathjax" / "formulas.js", _BOOK / "mathjax" / "formulas.css")
    for folder in (_BOOK, _BUILD, _TESTS):
        _write_sums(folder)


def main(argv=None):
    """Renew the vendored files, or check them.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name.

    Returns
    -------
    int
        0 when all is well, 1 when ``--check`` found a file that was changed.
    """
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="only compare with the checksums")
    parser.add_argument("--numpy-wheel", type=Path, help="the wheel that Pyodide's lock names")
    arguments = parser.parse_args(argv)
    if not arguments.check:
        renew(arguments.numpy_wheel)
    faults = check()
    for fault in faults:
        print(f"vendor: {fault}", file=sys.stderr)
    if faults:
        print("  To mend it: python tools/vendor.py", file=sys.stderr)
    else:
        print("vendor: all files are as their checksums say")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
