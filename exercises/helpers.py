"""What the visible checks of several exercises need.

A code cell of ``exercises/<slug>.md`` with ``:helpers: compare, refuses`` gets these functions put
below its own text; the notebook and the page then hold them as if they had been written there.
"""

import numpy as np

__all__ = ["central_difference", "compare", "refuses", "refuses_naming", "unchanged"]


def compare(call, came, expected, hint):
    """Stop with a message that helps, unless what came is what was expected."""
    expected = np.asarray(expected)
    if not isinstance(came, np.ndarray):
        problem = f"came: {came!r}\nexpected: an array of shape {expected.shape}"
        if came is None:
            hint = "Is this computed by now, and is it in the `return` line?"
    elif came.shape != expected.shape:
        problem = f"came: shape {came.shape}\nexpected: shape {expected.shape}"
    elif not np.allclose(came, expected, rtol=1e-6, atol=1e-8):
        wrong = int(np.sum(~np.isclose(came, expected, rtol=1e-6, atol=1e-8)))
        problem = f"{wrong} of {expected.size} numbers are wrong"
        if expected.size <= 24:
            hidden = np.allclose(came, expected, rtol=0, atol=5e-5)
            with np.printoptions(precision=10 if hidden else 4, suppress=True):
                problem += f"\ncame:\n{came}\nexpected:\n{expected}"
    else:
        return
    raise AssertionError(f"{call}\n{problem}\nHint: {hint}")


def unchanged(call, name, now, before):
    """Stop with a message that helps, if a function has changed an array of its caller."""
    assert np.array_equal(now, before), (
        f"{call}\nchanged its argument {name}.\n"
        f"Hint: `{name} -= ...` and `{name} /= ...` write into the caller's array; "
        f"`result = {name} - ...` makes a new array."
    )


def refuses(call, function, *args, **kwargs):
    """Give the words of the ValueError that the function raises; stop if there is none."""
    came = "no error"
    try:
        function(*args, **kwargs)
    except ValueError as error:
        if str(error):
            return str(error)
        came = "a ValueError without a word"
    except Exception as error:
        came = f"{type(error).__name__}: {error}"
    raise AssertionError(
        f"{call}\ncame: {came}\nexpected: a ValueError that says what was expected and what came\n"
        "Hint: read what the docstring says under Raises, and check the arguments first."
    )


def refuses_naming(call, numbers, function, *args, **kwargs):
    """Stop with a message that helps, unless a ValueError comes with these numbers."""
    said = refuses(call, function, *args, **kwargs)
    assert all(str(number) in said for number in numbers), (
        f"{call}\ncame: ValueError: {said}\n"
        "expected: a ValueError that says what was expected and what came, "
        f"with {' and '.join(map(str, numbers))} in it\n"
        'Hint: raise ValueError(f"...") takes a number in between { and }.'
    )


def central_difference(array, loss, h=1e-5):
    """Measure the gradient of loss() by moving each number of the array up and down a little."""
    gradient = np.zeros(array.shape)
    for index in np.ndindex(array.shape):
        kept = array[index]
        array[index] = kept + h
        above = loss()
        array[index] = kept - h
        below = loss()
        array[index] = kept
        gradient[index] = (above - below) / (2 * h)
    return gradient
