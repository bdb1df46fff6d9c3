"""The command line: ``autograder COMMAND``."""

import argparse
import importlib
import os
import sys

from autograder import __version__
from autograder.errors import AutograderError

__all__ = ["main"]

# A module of autograder/commands for each: its `add_arguments(parser)` and `run(arguments)`.
_COMMANDS = {
    "build": "make the student notebooks from exercises/ and solutions/",
    "grade": "grade a notebook, a .py file, a folder of submissions or the class's gradebook",
    "report": "make the instructor's page about a class, and its scores for Canvas and Moodle",
    "verify": "prove the course's own tests: reference, stubs, misconceptions, alternatives",
    "doctor": "say what this machine offers, and how to mend what it lacks",
    "release": "write the bundle that learners get to dist/",
    "demo": "grade the demo class and print its grade table",
}


def _parser(commands):
    parser = argparse.ArgumentParser(
        prog="autograder",
        description="Build, check and grade the exercises of Convolutional Networks by Hand.",
    )
    parser.add_argument("--version", action="version", version=f"autograder {__version__}")
    subparsers = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, help_text in commands.items():
        command = importlib.import_module(f"autograder.commands.{name}")
        sub = subparsers.add_parser(name, help=help_text, description=command.__doc__)
        command.add_arguments(sub)
        sub.set_defaults(run=command.run)
    return parser


def main(argv=None):
    """Run one command.

    Parameters
    ----------
    argv : list of str, optional
        The arguments, without the program's name; by default those of the process.

    Returns
    -------
    int
        0 when all is well, 1 when the command found something wrong, 2 when it could not do
        its work.
    """
    argv = sys.argv[1:] if argv is None else list(argv)
    # Only the named command's module is imported: `grade` starts without what `build` needs.
    named = [name for name in _COMMANDS if name in argv[:1]]
    arguments = _parser({name: _COMMANDS[name] for name in named or _COMMANDS}).parse_args(argv)
    try:
        return arguments.run(arguments)
    except AutograderError as error:
        print(f"autograder {arguments.command}: {error}", file=sys.stderr)
        if error.remedy:
            print(f"  To mend it: {error.remedy}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print(f"autograder {arguments.command}: stopped", file=sys.stderr)
        return 130
    except BrokenPipeError:
        # The reader of a pipe has gone (`| head`): not an error, and no traceback is owed.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
