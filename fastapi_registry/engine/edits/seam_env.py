"""The one place at which a project's Alembic learns of the tables of its blocks.

    from shop.blocks.installed import with_blocks

    target_metadata = Base.metadata
    target_metadata = with_blocks(target_metadata)

The name is the one that `context.configure` is given; where that is `Base.metadata` itself, the
call goes around it: `target_metadata=with_blocks(Base.metadata)`. An import alone would not do:
autogenerate drops each table that is missing there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import insert_line, is_alone, line_end, splice
from fastapi_registry.engine.edits.python_source import (
    Import,
    errors,
    field,
    parse,
    text,
    walk,
)
from fastapi_registry.engine.edits.seam_import import (
    comment_end,
    is_blank_after,
    local_name,
    with_import,
    without_import,
    without_paragraph,
)
from fastapi_registry.engine.plan import Todo

WITH_BLOCKS = "with_blocks"
_TARGET = "target_metadata"
_NAMED = re.compile(r"[\w.]+")


@dataclass(frozen=True)
class TargetMetadata:
    """`target_metadata` of the `env.py` at `path` includes the tables of the blocks."""

    path: str
    hub: str

    def ensure(self, source: bytes) -> bytes:
        name = local_name(source, self._import)
        if name is not None and _calls(source, name):
            return source
        module = Module(self.path, source)
        target = _target(module)
        last = self._known_since(module, target)
        edit = _given_anew if target.isidentifier() else _wrapped
        edited, before = edit(module, last, name or WITH_BLOCKS, target)
        if name is None:
            edited = with_import(edited, self._import, before)
        if errors(edited) > errors(source):
            why = "this file is built in a way that the tool does not understand"
            raise self._cannot(why, _line_of(module, target), target)
        return edited

    def _known_since(self, module: Module, target: str) -> Node:
        """The statement after which the target has its value, whatever was decided there."""
        given = _line_of(module, target)
        if not _NAMED.fullmatch(target):
            raise self._cannot(f"`{target}` is computed where it is given", given, target)
        head = target.partition(".")[0]
        imports = [node for node in module.importing(head) if _is_top_level(node)]
        binding = [*module.assignments.get(head, ()), *imports]
        if not binding:
            raise self._cannot(f"`{target}` is not set at the top of this file", given, target)
        last = syntax.statement_of(binding[-1], module.root) or binding[-1]
        is_line = is_alone(
            module.source, last.start_byte, comment_end(module.source, last.end_byte)
        )
        if target.isidentifier() and not is_line:
            raise self._cannot(f"`{target}` shares its line", last.start_point.row + 1, target)
        return last

    def remove(self, source: bytes) -> bytes:
        name = local_name(source, self._import)
        if name is None:
            return source
        edited = source
        while calls := _calls(edited, name):
            edited = self._without_call(edited, calls[0])
        return without_import(edited, self._import)

    def _without_call(self, source: bytes, call: Node) -> bytes:
        """`x = with_blocks(x)` goes as a line; around something else, only the call goes."""
        given = call.parent
        inner = field(call, "arguments").named_children
        if given is not None and given.type == "expression_statement":
            return without_paragraph(source, given.start_byte, given.end_byte)
        if (
            given is not None
            and given.type in ("assignment", "keyword_argument")
            and len(inner) == 1
        ):
            if syntax.field(given, "left") == text(inner[0]):
                return without_paragraph(source, given.start_byte, given.end_byte)
            return source[: call.start_byte] + text(inner[0]).encode() + source[call.end_byte :]
        why, line = f"`{WITH_BLOCKS}` is used here in a way of your own", call.start_point.row + 1
        raise self._cannot(why, line, _target(Module(self.path, source)))

    @property
    def _import(self) -> Import:
        return Import(self.hub, "", WITH_BLOCKS)

    def _cannot(self, why: str, line: int, target: str) -> CannotEdit:
        lines = (self._import.line.decode(), _line(WITH_BLOCKS, target))
        return CannotEdit(
            Todo(f"let Alembic know the tables: {why}", self.path, line, "\n".join(lines))
        )


def _given_anew(module: Module, last: Node, with_blocks: str, target: str) -> tuple[bytes, int]:
    """The file with its line, and where the import has to be by then."""
    place = line_end(module.source, last.end_byte)
    edited = insert_line(module.source, place, _line(with_blocks, target).encode())
    is_import = last.type in ("import_statement", "import_from_statement")
    if is_import and is_blank_after(module.source, place):
        edited = insert_line(edited, place, b"")
    return edited, last.end_byte


def _wrapped(module: Module, last: Node, with_blocks: str, target: str) -> tuple[bytes, int]:
    """The same, with the call around what Alembic is given."""
    edited, before = module.source, last.end_byte
    call = f"{with_blocks}({target})".encode()
    for value in reversed([each for each in _given(module) if text(each) == target]):
        edited = splice(edited, value.start_byte, value.end_byte, call)
        before += len(call) - len(target.encode()) if value.end_byte <= last.end_byte else 0
    return edited, before


def _line(with_blocks: str, target: str) -> str:
    """A name is given anew; other things are told the tables where Alembic is given them."""
    call = f"{with_blocks}({target})"
    return f"{target} = {call}" if target.isidentifier() else f"{_TARGET}={call}"


def _target(module: Module) -> str:
    """What Alembic is given: a name, a name in something that has one, or what is computed."""
    given = {text(value) for value in _given(module)}
    named = {target for target in given if _NAMED.fullmatch(target)} or given
    return named.pop() if len(named) == 1 else _TARGET


def _given(module: Module) -> list[Node]:
    calls = (
        each for each in module.calls() if syntax.field(each, "function").endswith("configure")
    )
    values = (syntax.argument(call, None, _TARGET) for call in calls)
    return [value for value in values if value is not None]


def _line_of(module: Module, target: str) -> int:
    """Where Alembic is given it."""
    lines = (value.start_point.row + 1 for value in _given(module) if text(value) == target)
    return next(lines, 1)


def _is_top_level(node: Node) -> bool:
    return syntax.enclosing_function(node) is None


def _calls(source: bytes, name: str) -> list[Node]:
    return [node for node in walk(parse(source)) if node.type == "call" and _is_of(node, name)]


def _is_of(call: Node, name: str) -> bool:
    return text(field(call, "function")) == name
