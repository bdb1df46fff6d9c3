"""What a learner's code finds in the worker: `np`, `given`, and which modules it may import.

This file is copied beside the worker: it needs the standard library and NumPy only.
"""

import importlib.machinery
import sys
import types

import numpy as np

__all__ = ["install"]

_INERT = frozenset({"matplotlib", "mpl_toolkits", "IPython"})
_ALLOWED = frozenset(sys.stdlib_module_names) | {"numpy", "given", "solutions", "submission"}


class _Inert:
    """Stands for a plot: it takes every attribute and every call, and does nothing."""

    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __call__(self, *args, **kwargs):
        return self

    def __getitem__(self, index):
        return self

    def __iter__(self):
        return iter((self, self))  # figure, axes = plt.subplots()


class _InertModule(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return _Inert()


class _Finder:
    """Refuses what a class does not have in common, and answers for the plotting libraries."""

    def find_spec(self, name, path=None, target=None):
        top = name.partition(".")[0]
        if top in _INERT:
            return importlib.machinery.ModuleSpec(name, self, is_package=True)
        if top in _ALLOWED or top.startswith("_"):  # Python has a few private ones per machine
            return None
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)

    def create_module(self, spec):
        return _InertModule(spec.name)

    def exec_module(self, module):
        """Do nothing: there is nothing in it."""


def install(names, given_source):
    """Put the prelude in place.

    Parameters
    ----------
    names : dict
        The namespace in which the learner's cells run.
    given_source : str
        Source of the module `given`; trusted.
    """
    given = types.ModuleType("given")
    given.__file__ = "given.py"
    sys.modules["given"] = given
    exec(compile(given_source, "given.py", "exec", dont_inherit=True), given.__dict__)
    # A reference of solutions/ is a submission too: it asks `solutions` for what it is given.
    solutions = types.ModuleType("solutions")
    solutions.given_for = lambda path: given
    sys.modules["solutions"] = solutions
    sys.meta_path.insert(0, _Finder())
    names["np"] = np
    names["given"] = given
