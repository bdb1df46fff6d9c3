"""Which texts of exceptions a learner may read.

A hostile program could put a hidden test's numbers into the text of an exception. So a text is
shown only when all of it is a well-known sentence of NumPy or Python whose gaps hold shapes, axis
numbers, counts, names of types, or names that stand in the learner's own source.
"""

import re

__all__ = ["public_message"]

_NUMBER = r"-?\d{1,5}"
_SHAPE = r"\((?:\d{1,5}(?:,\s?\d{1,5})*,?)?\)"
_DTYPE = r"(?:dtype\('[<>|]?(?:(?:u?int|float|complex)\d{1,3}|bool|object|[OUS]\d{0,4})'\))"
_TYPES = (
    r"(?:numpy\.)?(?:ndarray|NoneType|int|float|bool|complex|str|tuple|list|dict|set|function|type|"
    r"builtin_function_or_method|method|module|range|slice|generator|ellipsis|object|"
    r"u?int(?:8|16|32|64)|float(?:16|32|64)|bool_?|ufunc|_ArrayFunctionDispatcher)"
)
_OPERATOR = r"(?:[-+*/%@&|^<>=~]{1,3}|\*\* or pow\(\)|<=|>=|divmod\(\))"

# In these sentences: N a number, S a shape, T a type, D a dtype, O an operator, W a learner's word.
_SENTENCES = r"""
operands could not be broadcast together with shapes (?:S ?){1,4}
operands could not be broadcast together with remapped shapes \[original->remapped\]: (?:S->\((?:\d{1,5}|newaxis|,){1,16}\) ?){1,4}
non-broadcastable output operand with shape S doesn't match the broadcast shape S
could not broadcast input array from shape S into shape S
shape mismatch: value array of shape S could not be broadcast to indexing result of shape S
shape mismatch: indexing arrays could not be broadcast together with shapes (?:S ?){1,4}
shape mismatch: objects cannot be broadcast to a single shape\.  Mismatch is between arg N with shape S and arg N with shape S\.
input operand has more dimensions than allowed by the axis remapping
shapes S and S not aligned: N \(dim N\) != N \(dim N\)
matmul: Input operand N has a mismatch in its core dimension N, with gufunc signature (?:[nmk]\??|[,()]|->){1,40} \(size N is different from N\)
matmul: Input operand N does not have enough dimensions \(has N, gufunc core with signature (?:[nmk]\??|[,()]|->){1,40} requires N\)
index N is out of bounds for axis N with size N
axis N is out of bounds for array of dimension N
source: axis N is out of bounds for array of dimension N
axes don't match array
repeated axis in transpose
shape-mismatch for sum
too many indices for array: array is N-dimensional, but N were indexed
cannot reshape array of size N into shape S
can only specify one unknown dimension
negative dimensions are not allowed
need at least one array to concatenate
all input arrays must have the same shape
all the input array dimensions except for the concatenation axis must match exactly, but along dimension N, the array at index N has size N and the array at index N has size N
all the input arrays must have same number of dimensions, but the array at index N has N dimension\(s\) and the array at index N has N dimension\(s\)
boolean index did not match indexed array along axis N; size of axis is N but size of corresponding boolean axis is N
zero-size array to reduction operation (?:maximum|minimum|add|multiply|W) which has no identity
attempt to get arg(?:max|min) of an empty sequence
einstein sum subscripts string contains too many subscripts for operand N
operand has more dimensions than subscripts given in einstein sum, but no '\.\.\.' ellipsis provided to broadcast the extra dimensions\.
index can't contain negative values
window shape cannot be larger than input array shape
The truth value of an array with more than one element is ambiguous\. Use a\.any\(\) or a\.all\(\)
The truth value of an empty array is ambiguous\. Use `array\.size > 0` to check that an array is not empty\.
setting an array element with a sequence\.
setting an array element with a sequence\. The requested array has an inhomogeneous shape after N dimensions\. The detected shape was S \+ inhomogeneous part\.
only integers, slices \(`:`\), ellipsis \(`\.\.\.`\), numpy\.newaxis \(`None`\) and integer or boolean arrays are valid indices
only integer scalar arrays can be converted to a scalar index
only (?:length-1|0-dimensional|size-1) arrays can be converted to Python scalars
arrays used as indices must be of integer \(or boolean\) type
iteration over a 0-d array
len\(\) of unsized object
invalid index to scalar variable\.
(?:output array|assignment destination) is read-only
Cannot cast ufunc 'W' (?:output|input(?: N)?) from D to D with casting rule '(?:same_kind|safe|equiv|no)'
ufunc 'W' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''
expected (?:a sequence of integers or )?(?:a )?single integer, got 'T'
expected a sequence of integers or a single integer, got 'T'
'T' object cannot be interpreted as an integer
division by zero|float division by zero|integer (?:division|modulo)(?: or modulo)? by zero
(?:list|tuple|string) index out of range
(?:list|tuple) assignment index out of range
(?:list|tuple) indices must be integers or slices, not T
slice indices must be integers or None or have an __index__ method
maximum recursion depth exceeded(?: while calling a Python object| in comparison)?
not enough values to unpack \(expected (?:at least )?N, got N\)
too many values to unpack \(expected N(?:, got N)?\)
cannot unpack non-iterable T object
'T' object is not (?:iterable|callable|subscriptable|reversible)
'T' object does not support item (?:assignment|deletion)
object of type 'T' has no len\(\)
'T' object has no attribute 'W'
module 'W(?:\.W)?' has no attribute 'W'\.?
unsupported operand type\(s\) for O: 'T' and 'T'
bad operand type for (?:unary O|abs\(\)): 'T'
'O' not supported between instances of 'T' and 'T'
can only concatenate T \(not "T"\) to T
can't multiply sequence by non-int of type 'T'
unhashable type: 'T'
name 'W' is not defined
free variable 'W' referenced before assignment in enclosing scope
cannot access (?:local|free) variable 'W' where it is not associated with a value(?: in enclosing scope)?
local variable 'W' referenced before assignment
(?:W\.)?W\(\) takes (?:from N to )?(?:exactly )?(?:N|no) (?:positional )?arguments? but N (?:was|were) given
(?:W\.)?W\(\) takes N positional arguments? but N positional arguments? \(and N keyword-only arguments?\) were given
(?:W\.)?W\(\) missing N required (?:positional|keyword-only) arguments?: 'W'(?:(?:,| and|, and) 'W')*
(?:W\.)?W\(\) got an unexpected keyword argument 'W'
(?:W\.)?W\(\) got multiple values for argument 'W'
No module named 'W(?:\.W)*'
"""  # noqa: E501 - each is one line of an exception

_GAPS = {
    "N": _NUMBER,
    "S": _SHAPE,
    "T": _TYPES,
    "D": _DTYPE,
    "O": _OPERATOR,
    "W": r"[A-Za-z_]\w{0,60}",
}
_GAP = re.compile(r"(?<![A-Za-z\\])[NSTDOW](?![A-Za-z])")


def _pattern(sentence):
    return re.compile(_GAP.sub(lambda gap: _GAPS[gap[0]], sentence))


_PATTERNS = tuple(_pattern(line) for line in _SENTENCES.splitlines() if line)
_WORD = re.compile(r"[A-Za-z_]\w*")
# A word of a sentence is in the vocabulary, or is a type's, or has to be the learner's own.
_VOCABULARY = frozenset(_WORD.findall(_SENTENCES + _TYPES)) | {"numpy", "subtract", "divide"}
_TYPE_WORD = re.compile(rf"{_TYPES}|dtype|(?:u?int|float|complex)\d{{1,3}}|[nmk]")


def public_message(exception, text, words):
    """Give back the text of an exception if a learner may read it.

    Parameters
    ----------
    exception : str
        The exception's class.
    text : str
        What it says.
    words : set of str
        Every word in the learner's own source.

    Returns
    -------
    message : str
        The text's first line, or nothing.
    """
    if exception == "KeyError":  # its text is the key alone
        key = re.fullmatch(r"'(\w{1,60})'", text)
        return text if key and key[1] in words else ""
    line = text.partition("\n")[0]
    if len(line) > 400:
        return ""
    if not any(pattern.fullmatch(line) for pattern in _PATTERNS):
        return ""
    strange = (w for w in _WORD.findall(line) if w not in words and w not in _VOCABULARY)
    return line if all(_TYPE_WORD.fullmatch(word) for word in strange) else ""
