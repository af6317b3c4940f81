"""Whether a file still says what was installed, however it was formatted since.

A project with a formatter writes every block anew: other quotes, longer lines, one import
a line. None of that is an edit that anybody would miss.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from itertools import groupby, zip_longest
from typing import TypeGuard

from fastapi_registry.engine.base import DamagedBase, base_of
from fastapi_registry.engine.edits.python_source import parse, search, text
from fastapi_registry.engine.lock import LockedFile
from fastapi_registry.engine.status import is_as_installed
from fastapi_registry.engine.tree import Tree

_PYTHON_IN_PROSE = re.compile(rb"^```py(?:thon)?\s*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def is_untouched(project: Tree, file: LockedFile) -> bool:
    """What cannot be proven to be as installed counts as edited."""
    content = project.read(file.path)
    if is_as_installed(content, file):
        return True
    try:
        return says_the_same(file.path, base_of(project, file.base), content)
    except DamagedBase:
        return False


def says_the_same(path: str, one: bytes, other: bytes) -> bool:
    """Whether two texts differ in nothing but what formatters change."""
    if path.endswith(".py"):
        return _is_the_same_code(one, other)
    if path.endswith(".md"):
        return _is_the_same_prose(one, other)
    return _lines(one) == _lines(other)


def _is_the_same_code(one: bytes, other: bytes) -> bool:
    return _comments(one) == _comments(other) and _code(one) == _code(other) is not None


def _is_the_same_prose(one: bytes, other: bytes) -> bool:
    """Formatters of Python also format the examples in Markdown."""
    pairs = zip_longest(_PYTHON_IN_PROSE.split(one), _PYTHON_IN_PROSE.split(other), fillvalue=b"")
    return all(_lines(a) == _lines(b) or _is_the_same_code(a, b) for a, b in pairs)


def _lines(content: bytes) -> list[bytes]:
    """Without white space at the ends of lines, nor empty lines at the end."""
    return [line.rstrip() for line in content.rstrip().splitlines()]


def _comments(source: bytes) -> list[str]:
    """Sorted, since sorting imports moves those behind them."""
    return sorted(text(node).strip("# \t\r") for node in search(parse(source), "(comment) @found"))


def _code(source: bytes) -> str | None:
    """The meaning of a module, as text; `None` where this Python cannot read it."""
    try:
        module = ast.parse(source)
    except (SyntaxError, ValueError):
        return None
    for node in list(ast.walk(module)):
        for name, value in ast.iter_fields(node):
            if _is_block(value):
                setattr(node, name, list(_in_one_form(value)))
    return ast.dump(module)


def _is_block(value: object) -> TypeGuard[list[ast.stmt]]:
    return isinstance(value, list) and bool(value) and isinstance(value[0], ast.stmt)


def _in_one_form(statements: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Imports that stand together one by one and sorted; the text of strings without indents."""
    for is_import, group in groupby(statements, _is_import):
        if is_import:
            yield from sorted((one for each in group for one in _one_by_one(each)), key=ast.dump)
        else:
            yield from map(_without_indents, group)


def _is_import(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Import | ast.ImportFrom)


def _one_by_one(statement: ast.stmt) -> Iterator[ast.stmt]:
    match statement:
        case ast.Import(names):
            yield from (ast.Import([name]) for name in names)
        case ast.ImportFrom(module, names, level):
            yield from (ast.ImportFrom(module, [name], level) for name in names)


def _without_indents(statement: ast.stmt) -> ast.stmt:
    """A docstring, which formatters indent as the code around it."""
    match statement:
        case ast.Expr(ast.Constant(str(value))):
            lines = (line.strip() for line in value.strip().splitlines())
            return ast.Expr(ast.Constant("\n".join(lines)))
    return statement
