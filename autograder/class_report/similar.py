"""Answers that are nearly equal: what an instructor may want to look at, and no verdict.

An answer is read as tokens. The learner's own names become one token, comments, docstrings and
layout are left out, so that renaming and rewording do not hide a copy. The tokens are cut into
overlapping pieces; the pieces of the released stubs are taken away, and two submissions are as
similar as the share of their pieces that both have (the Jaccard index).
"""

from itertools import combinations

from pygments.lexers import PythonLexer
from pygments.token import Comment, Literal, Name, Whitespace

__all__ = ["PIECE", "alike_groups", "answers_of", "pieces_of", "similarity", "tokens_of"]

#: Tokens in a piece: a line of NumPy has about as many.
PIECE = 8
# With fewer pieces than this, equal code says nothing.
_LEAST = 40
# A hostile file may be as long as it likes; what lies beyond is not compared.
_MOST_CHARACTERS = 100_000


def answers_of(program):
    """Take the answers out of a program.

    Parameters
    ----------
    program : Program
        A learner's, or that of the untouched notebook.

    Returns
    -------
    dict of str to str
        The source of each function's answer cell.
    """
    cells = (cell for cell in program.cells if cell.role == "answer")
    return {cell.id.removeprefix("answer_"): cell.source for cell in cells}


def tokens_of(source):
    """Read code as tokens that renaming and rewording leave alone.

    Parameters
    ----------
    source : str
        Python, right or wrong: it is never run, and never parsed.

    Returns
    -------
    list of str
        Keywords, built-in names, attributes, numbers and operators as they are; a name of the
        learner's own is ``v``, a string ``s``.
    """
    tokens, before = [], ""
    for kind, text in PythonLexer().get_tokens(source[:_MOST_CHARACTERS]):
        text = text.strip()
        if not text or kind in Whitespace or kind in Comment or kind in Literal.String.Doc:
            continue
        if kind in Literal.String:
            text = "s"
            if before == "s":
                continue
        elif kind in Name and kind not in Name.Builtin and kind not in Name.Exception:
            # What follows a dot is NumPy's name, mostly: `np.sum` is not `np.dot`.
            text = text if before == "." else "v"
        tokens.append(text)
        before = text
    return tokens


def pieces_of(tokens):
    """Cut tokens into all pieces of `PIECE` tokens.

    Parameters
    ----------
    tokens : list of str
        Of one answer.

    Returns
    -------
    set of tuple
        Each piece once.
    """
    return {tuple(tokens[i : i + PIECE]) for i in range(len(tokens) - PIECE + 1)}


def similarity(one, other):
    """Give the share of their pieces that two submissions have in common, from 0 to 1."""
    together = len(one | other)
    return len(one & other) / together if together else 0.0


def alike_groups(answers, released, *, threshold):
    """Find the submissions of one exercise that are nearly equal.

    Parameters
    ----------
    answers : dict of str to dict
        By student, from `answers_of`.
    released : dict of str to str
        The untouched answer cells, by function.
    threshold : float
        The least similarity, from 0 to 1.

    Returns
    -------
    compared : int
        How many submissions hold enough code of their own to be compared.
    groups : list of dict
        Each with ``students``, and its ``pairs``: two ``students``, the ``share`` of pieces that
        both have, the number of ``pieces`` of the shorter one, and the ``functions`` of which the
        same can be said. The most similar group comes first.
    """
    scaffold = set().union(*(pieces_of(tokens_of(source)) for source in released.values()))
    cut = {
        student: {name: pieces_of(tokens_of(text)) - scaffold for name, text in cells.items()}
        for student, cells in answers.items()
    }
    whole = {student: set().union(*cells.values()) for student, cells in cut.items()}
    enough = sorted(student for student, pieces in whole.items() if len(pieces) >= _LEAST)
    pairs = []
    for one, other in combinations(enough, 2):
        shorter, longer = sorted((len(whole[one]), len(whole[other])))
        if shorter < threshold * longer:  # they cannot have enough in common
            continue
        share = similarity(whole[one], whole[other])
        if share >= threshold:
            functions = [
                name
                for name in cut[one].keys() & cut[other].keys()
                if cut[one][name] and similarity(cut[one][name], cut[other][name]) >= threshold
            ]
            order = [name for name in released if name in functions]
            pairs.append(
                {"students": [one, other], "share": share, "pieces": shorter, "functions": order}
            )
    return len(enough), _groups(pairs)


def _groups(pairs):
    """Put pairs that share a learner together."""
    groups = []
    for pair in pairs:
        joined = {"students": set(pair["students"]), "pairs": [pair]}
        for group in [each for each in groups if each["students"] & joined["students"]]:
            groups.remove(group)
            joined["students"] |= group["students"]
            joined["pairs"] += group["pairs"]
        groups.append(joined)
    for group in groups:
        group["students"] = sorted(group["students"])
        group["pairs"].sort(key=lambda pair: (-pair["share"], pair["students"]))
    return sorted(groups, key=lambda group: (-group["pairs"][0]["share"], group["students"]))
