"""The layers of earlier chapters that a later chapter is given, as plain importable source."""

import ast
import builtins
import re
import symtable
from dataclasses import dataclass, field

from autograder.blocks import read_front_matter
from autograder.errors import CourseError
from autograder.reference import first_line, parse_reference

__all__ = ["given_source", "modules_behind"]

_LINE_LENGTH = 100
_HEADER = '''"""Layers of earlier chapters, for the exercise {title!r}.

Call them as given.<name>(...).
This file is made by `autograder build`: what you change here is not graded.
"""
'''


def given_source(course, slug):
    """Return the source of ``given.py`` for one chapter.

    It holds the functions that the front matter of ``exercises/<slug>.md`` lists under ``given``,
    and of their modules only what these need: helpers, constants, imports, and the layers that
    they were given in turn or import from other modules of ``solutions``. Of those, public ones
    that were not asked for become private.

    Parameters
    ----------
    course : Course
        The course.
    slug : str
        The chapter that is given them.

    Returns
    -------
    str
        Empty where the chapter is given nothing.

    Raises
    ------
    CourseError
        If an entry names nothing that is there, two entries share a name, or the chapters are
        given each other in a circle.
    """
    front = read_front_matter(course, slug)
    if not front["given"]:
        return ""
    collector = _Collector(course)
    asked = {}
    for entry in front["given"]:
        module, _, name = entry.partition(".")
        if name in asked:
            raise CourseError(
                f"{course.relative(course.exercise_path(slug))}: given lists {name} twice",
                remedy="keep one of them: a notebook calls it given." + name,
            )
        asked[name] = module
        collector.need(module, name, asked_by=(slug,))
    return _HEADER.format(title=front["title"]) + collector.source(asked)


def modules_behind(course, slugs):
    """Find the modules of ``solutions`` that chapters are made from.

    Parameters
    ----------
    course : Course
        The course.
    slugs : iterable of str
        The chapters.

    Returns
    -------
    list of str
        The chapters, those whose layers they are given, and what all these import: sorted names
        of modules. One that is no chapter of its own is among them, too.

    Raises
    ------
    CourseError
        If a module is not Python, or the head of an exercise is not as it should be.
    """
    waiting, found = list(slugs), set()
    while waiting:
        module = waiting.pop()
        if module in found:
            continue
        found.add(module)
        if course.exercise_path(module).is_file():
            entries = read_front_matter(course, module)["given"]
            waiting += [entry.partition(".")[0] for entry in entries]
        if course.reference_path(module).is_file():
            _, tree = parse_reference(course, module)
            waiting += [name for name, _ in _borrowed(tree).values()]
    return sorted(found)


@dataclass
class _Part:
    """A reference module, and what of it is needed."""

    slug: str
    text: str
    definitions: dict
    imports: dict
    given: dict  # name -> module, of the layers that this module itself was given
    borrowed: dict  # name -> (module, name there), of what it imports from other such modules
    globals: dict  # definition -> names of the module that it uses
    needed: set = field(default_factory=set)


class _Collector:
    """Collect definitions, and what they use, across chapters."""

    def __init__(self, course):
        self.course = course
        self.parts = {}  # finished in the order in which they can be executed
        self.imports = set()

    def need(self, slug, name, asked_by):
        if slug in asked_by:
            circle = " -> ".join((*asked_by, slug))
            raise CourseError(
                f"chapters are given each other in a circle: {circle}",
                remedy="take one of them out of `given`",
            )
        part = self._part(slug)
        where = self.course.relative(self.course.reference_path(slug))
        if name not in part.definitions:
            raise CourseError(
                f"exercises/{asked_by[-1]}.md: given lists {slug}.{name}, "
                f"but {where} does not hold it",
                remedy="name one of its functions",
            )
        self._collect(part, name, asked_by)
        # Again at the end, so that whatever this part was given stands before it.
        self.parts[slug] = self.parts.pop(slug)

    def _collect(self, part, name, asked_by):
        if name in part.needed:
            return
        part.needed.add(name)
        for used in sorted(part.globals[name]):
            if used in part.definitions:
                self._collect(part, used, asked_by)
            elif used in part.borrowed:
                self.need(*part.borrowed[used], (*asked_by, part.slug))
            elif used in part.imports:
                self.imports.add(part.imports[used])
            elif used == "given":
                for inner in _given_names(part.definitions[name]):
                    if inner not in part.given:
                        raise CourseError(
                            f"solutions/{part.slug}.py: {name} calls given.{inner}, which "
                            f"exercises/{part.slug}.md does not list",
                            remedy=f"add it to `given` in exercises/{part.slug}.md",
                        )
                    self.need(part.given[inner], inner, (*asked_by, part.slug))
            elif not hasattr(builtins, used):
                raise CourseError(
                    f"solutions/{part.slug}.py: {name} needs {used}, which cannot be copied",
                    remedy=f"define {used} by a plain assignment, def, class or import",
                )

    def _part(self, slug):
        if slug not in self.parts:
            self.parts[slug] = _read_part(self.course, slug)
        return self.parts[slug]

    def source(self, asked):
        """Return the whole text; `asked` maps public names to their module."""
        names = {}
        taken = set(asked)
        for part in self.parts.values():
            for name in sorted(part.needed):
                final = name
                if asked.get(name) != part.slug and (name in taken or not name.startswith("_")):
                    final = f"_{part.slug}_{name.strip('_')}"
                taken.add(final)
                names[part.slug, name] = final
        # As a formatter sorts them: plain imports first.
        imports = sorted(self.imports, key=lambda line: (line.startswith("from"), line))
        head = ["\n".join(imports)] if imports else []
        head.append(_list_of_names(sorted(asked)))
        pieces = ["\n\n".join(head)]
        for part in self.parts.values():
            for name, node in part.definitions.items():
                if name in part.needed:
                    pieces.append(_renamed(part, node, names))
        return "\n" + "\n\n\n".join(pieces) + "\n"


def _read_part(course, slug):
    text, tree = parse_reference(course, slug)
    definitions, imports, borrowed = {}, {}, _borrowed(tree)
    for node in tree.body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            definitions[node.name] = node
        elif isinstance(node, (ast.Assign, ast.AnnAssign)):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for target in targets:
                # `given` itself is not copied: what is called through it is.
                if isinstance(target, ast.Name) and target.id not in ("given", "__all__"):
                    definitions[target.id] = node
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            for alias in node.names:
                bound = alias.asname or alias.name.partition(".")[0]
                if bound != "given_for" and bound not in borrowed:
                    single = ast.Import([alias])
                    if isinstance(node, ast.ImportFrom):
                        single = ast.ImportFrom(node.module, [alias], node.level)
                    imports[bound] = ast.unparse(single)
    scopes = symtable.symtable(text, str(course.reference_path(slug)), "exec")
    used = {name: set() for name in definitions}
    for scope in scopes.get_children():
        if scope.get_name() in used:
            used[scope.get_name()] |= _global_names(scope)
    for name, node in definitions.items():
        if isinstance(node, (ast.Assign, ast.AnnAssign)):
            used[name] |= {n.id for n in ast.walk(node.value) if isinstance(n, ast.Name)}
        else:
            # Defaults, annotations and decorators belong to the scope around a function.
            outside = [*node.decorator_list]
            if isinstance(node, ast.FunctionDef):
                outside.append(node.args)
                outside += [node.returns] if node.returns else []
            used[name] |= {n.id for o in outside for n in ast.walk(o) if isinstance(n, ast.Name)}
    given = {}
    if course.exercise_path(slug).is_file():
        for entry in read_front_matter(course, slug)["given"]:
            module, _, function = entry.partition(".")
            given[function] = module
    return _Part(slug, text, definitions, imports, given, borrowed, used)


def _borrowed(tree):
    """Return what a module takes from others of ``solutions``: its name here, module and name."""
    return {
        alias.asname or alias.name: (node.module.removeprefix("solutions."), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("solutions.")
        for alias in node.names
    }


def _global_names(scope):
    names = {symbol.get_name() for symbol in scope.get_symbols() if symbol.is_global()}
    return names.union(*(_global_names(child) for child in scope.get_children()))


def _given_names(node):
    """Return the names that a definition takes from `given`."""
    return sorted({inner.attr for inner in ast.walk(node) if _is_given(inner)})


def _is_given(node):
    return (
        isinstance(node, ast.Attribute)
        and isinstance(node.value, ast.Name)
        and node.value.id == "given"
    )


def _renamed(part, node, names):
    """Return a definition's source, verbatim but for the names that had to change."""
    edits = []
    for inner in ast.walk(node):
        if isinstance(inner, ast.Name):
            origin = part.borrowed.get(inner.id, (part.slug, inner.id))
            final = names.get(origin, inner.id)
            if inner.id in part.definitions | part.borrowed and final != inner.id:
                edits.append((inner, final))
        elif _is_given(inner):
            edits.append((inner, names[part.given[inner.attr], inner.attr]))
    lines = [line.encode() for line in part.text.splitlines()]
    # From the end, so that the earlier positions stay true.
    for inner, final in sorted(edits, key=lambda e: (-e[0].lineno, -e[0].col_offset)):
        line = lines[inner.lineno - 1]
        lines[inner.lineno - 1] = (
            line[: inner.col_offset] + final.encode() + line[inner.end_col_offset :]
        )
    begin = first_line(node) if hasattr(node, "decorator_list") else node.lineno
    source = b"\n".join(lines[begin - 1 : node.end_lineno]).decode()
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        final = names[part.slug, node.name]
        source = re.sub(rf"^(def|class) {node.name}\b", rf"\1 {final}", source, flags=re.MULTILINE)
    return source


def _list_of_names(names):
    """Write __all__ as a formatter would: on one line, or where that is long on one for each."""
    line = f"__all__ = {names!r}".replace("'", '"')
    if len(line) <= _LINE_LENGTH:
        return line
    return "\n".join(["__all__ = [", *(f'    "{name}",' for name in names), "]"])
