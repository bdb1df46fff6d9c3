"""What a student's stub takes from the reference, and what a later chapter is given."""

import ast
import io
import re
import tokenize
from dataclasses import dataclass

from autograder.errors import CourseError

__all__ = ["STUB", "Function", "read_functions"]

#: The line that stands where the learner's code belongs.
STUB = 'raise NotImplementedError("Replace this line with your code, then run the check below.")'

_STEP = re.compile(r"# \d+\. ")
_INDENT = "    "


@dataclass(frozen=True)
class Function:
    """One public function of a reference module, as text.

    Parameters
    ----------
    name : str
        Its name.
    head : str
        Decorators, signature and docstring, verbatim.
    steps : str
        The numbered step comments, indented as the body is; each ends with a line break.
    body : str
        Everything after the docstring, verbatim.
    """

    name: str
    head: str
    steps: str
    body: str

    @property
    def stub(self):
        """What a student gets: signature, docstring, steps and the line to be replaced."""
        return f"{self.head}\n{self.steps}{_INDENT}{STUB}"

    @property
    def source(self):
        """The whole function, verbatim."""
        return f"{self.head}\n{self.body}"


def read_functions(course, slug):
    """Read the public functions of a chapter's reference.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter.

    Returns
    -------
    dict of str to Function
        In the file's order. Nothing is run.

    Raises
    ------
    CourseError
        If the reference is missing, is not Python, or holds a function without a docstring.
    """
    path = course.reference_path(slug)
    where = course.relative(path)
    text, tree = parse_reference(course, slug)
    comments = _step_comments(text)
    functions = {}
    for node in tree.body:
        if not isinstance(node, ast.FunctionDef) or node.name.startswith("_"):
            continue
        if ast.get_docstring(node) is None:
            raise CourseError(
                f"{where}, line {node.lineno}: {node.name} has no docstring, and a student's stub "
                "takes its words from there",
                remedy=f"write the docstring of {node.name}",
            )
        functions[node.name] = _function(node, text.splitlines(), comments)
    return functions


def parse_reference(course, slug):
    """Return the text and the syntax tree of a chapter's reference."""
    path = course.reference_path(slug)
    where = course.relative(path)
    if not path.is_file():
        raise CourseError(f"{where} is missing", remedy=f"write the reference in {where}")
    text = path.read_text(encoding="utf-8")
    try:
        return text, ast.parse(text)
    except SyntaxError as error:
        raise CourseError(
            f"{where}, line {error.lineno}: not Python: {error.msg}", remedy="mend that line"
        ) from error


def first_line(node):
    """Return the line number at which a definition begins, its decorators included."""
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _function(node, lines, comments):
    begin, after_docstring = first_line(node), node.body[0].end_lineno
    steps = [
        _INDENT + comment + "\n"
        for line, comment in comments
        if after_docstring < line <= node.end_lineno
    ]
    return Function(
        name=node.name,
        head="\n".join(lines[begin - 1 : after_docstring]),
        steps="".join(steps),
        body="\n".join(lines[after_docstring : node.end_lineno]).strip("\n"),
    )


def _step_comments(text):
    """Return (line, comment) of each numbered step, and of the lines that continue one."""
    steps = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type != tokenize.COMMENT or not token.line.lstrip().startswith("#"):
            continue
        line, column = token.start
        continues = steps and steps[-1][0] == line - 1 and steps[-1][2] == column
        if _STEP.match(token.string) or continues:
            steps.append((line, token.string, column))
    return [(line, comment) for line, comment, _ in steps]
