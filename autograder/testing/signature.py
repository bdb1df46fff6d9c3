"""What a reference function says about itself: the names of its arguments and of its results."""

import functools
import inspect
import re
from dataclasses import dataclass

from autograder.errors import GraderError

__all__ = ["Signature", "backward_name", "forward_name", "signature_of"]

_RETURN_NAME = re.compile(r"^(\w+(?:, \w+)*) : ")
# A word of its own in the name, with or without a variant behind it: conv2d_forward_im2col.
_FORWARD = re.compile(r"_forward(?=_|$)")
_BACKWARD = re.compile(r"_backward(?=_|$)")


@dataclass(frozen=True)
class Signature:
    """The names that messages use for one function.

    Attributes
    ----------
    name : str
        The function.
    parameters : tuple of str
        Names of the arguments, in order.
    returns : tuple of str
        Names of the results, from the docstring's section Returns; empty where it names none.
    """

    name: str
    parameters: tuple[str, ...]
    returns: tuple[str, ...]

    @property
    def keep(self):
        """Positions of the results that stay with the learner: caches."""
        return tuple(i for i, name in enumerate(self.returns) if name == "cache")

    def parameter_of(self, path):
        """Translate a path such as ``args[0][2]`` or ``kwargs['x']`` to an argument's name.

        Parameters
        ----------
        path : str
            A path, as the sandbox names what a call has changed.

        Returns
        -------
        name : str
            The argument's name, or the path where it is not one.
        """
        positional = re.match(r"args\[(\d+)\]", path)
        if positional and int(positional[1]) < len(self.parameters):
            return self.parameters[int(positional[1])]
        named = re.match(r"kwargs\[['\"]?(\w+)", path)
        return named[1] if named else path


def _returns(docstring):
    """Read the names in a numpydoc section Returns."""
    rest = docstring.partition("Returns\n-------\n")[2]
    names = []
    for line, following in zip(rest.split("\n"), [*rest.split("\n")[1:], ""], strict=True):
        if following.startswith("---"):  # the next section begins
            break
        if match := _RETURN_NAME.match(line):
            names += match[1].split(", ")
    return tuple(names)


@functools.lru_cache(maxsize=512)
def signature_of(function):
    """Read a reference function's signature and docstring.

    Parameters
    ----------
    function : callable
        The reference.

    Returns
    -------
    signature : Signature
        Its names.
    """
    return Signature(
        name=function.__name__,
        parameters=tuple(inspect.signature(function).parameters),
        returns=_returns(inspect.getdoc(function) or ""),
    )


def backward_name(forward):
    """Give the name of the backward pass that belongs to a forward pass.

    Parameters
    ----------
    forward : str
        For instance ``conv2d_forward`` or ``conv2d_forward_im2col``.

    Returns
    -------
    name : str
        For instance ``conv2d_backward`` or ``conv2d_backward_im2col``.

    Raises
    ------
    GraderError
        If ``_forward`` is no part of the name.
    """
    name, found = _FORWARD.subn("_backward", forward, count=1)
    if not found:
        raise GraderError(f"{forward} is no forward pass: its name does not hold _forward")
    return name


def forward_name(backward):
    """Give the name of the forward pass that a backward pass belongs to.

    Parameters
    ----------
    backward : str
        Any function's name.

    Returns
    -------
    name : str
        Empty where ``_backward`` is no part of the name.
    """
    name, found = _BACKWARD.subn("_forward", backward, count=1)
    return name if found else ""
