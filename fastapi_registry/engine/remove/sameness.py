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

from tree_sitter import Node

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
    here, there = parse(one), parse(other)
    if _comments(here) != _comments(there):
        return False
    try:
        return _means_the_same(
            ast.parse(_parenthesized(one, here)), ast.parse(_parenthesized(other, there))
        )
    except (SyntaxError, ValueError):  # newer Python than the one that runs this
        return False


def _is_the_same_prose(one: bytes, other: bytes) -> bool:
    """Formatters of Python also format the examples in Markdown."""
    pairs = zip_longest(_PYTHON_IN_PROSE.split(one), _PYTHON_IN_PROSE.split(other), fillvalue=b"")
    return all(_lines(a) == _lines(b) or _is_the_same_code(a, b) for a, b in pairs)


def _lines(content: bytes) -> list[bytes]:
    """Without white space at the ends of lines, nor empty lines at the end."""
    return [line.rstrip() for line in content.rstrip().splitlines()]


def _comments(module: Node) -> list[str]:
    """Sorted, since sorting imports moves those behind them."""
    return sorted(text(node).strip("# \t\r") for node in search(module, "(comment) @found"))


def _parenthesized(source: bytes, module: Node) -> bytes:
    """With the parentheses of `except (A, B):`, which formatters take away for Python 3.14."""
    clauses = search(module, "(except_clause) @found")
    for clause in sorted(clauses, key=lambda node: node.start_byte, reverse=True):
        caught = clause.children_by_field_name("value")
        if len(caught) > 1:
            start, end = caught[0].start_byte, caught[-1].end_byte
            source = source[:start] + b"(" + source[start:end] + b")" + source[end:]
    return source


def _means_the_same(one: object, other: object) -> bool:
    if isinstance(one, ast.AST):
        parts = ((getattr(one, name, None), getattr(other, name, None)) for name in one._fields)
        return type(one) is type(other) and all(_means_the_same(*pair) for pair in parts)
    if isinstance(one, list) and isinstance(other, list):
        here, there = _in_one_form(one), _in_one_form(other)
        return len(here) == len(there) and all(map(_means_the_same, here, there))
    return type(one) is type(other) and one == other


def _is_block(nodes: list[object]) -> TypeGuard[list[ast.stmt]]:
    return bool(nodes) and isinstance(nodes[0], ast.stmt)


def _in_one_form(nodes: list[object]) -> list[object]:
    return list(_statements(nodes)) if _is_block(nodes) else nodes


def _statements(block: Iterable[ast.stmt]) -> Iterator[ast.stmt]:
    """Imports that stand together one by one and sorted; the text of strings without indents."""
    for is_import, group in groupby(block, _is_import):
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
