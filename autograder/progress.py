"""A progress bar for what takes long, on a terminal only."""

import sys
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

__all__ = ["progress_bar"]


@contextmanager
def progress_bar(title, *, shown=True):
    """Show how far a loop is.

    Parameters
    ----------
    title : str
        What is done.
    shown : bool
        Whether to show anything.

    Yields
    ------
    progress : callable
        Called with the number of finished and of all steps.
    """
    if not shown or not sys.stderr.isatty():
        yield lambda done, total: None
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
