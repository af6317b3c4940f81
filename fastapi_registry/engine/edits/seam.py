"""The one place at which a foreign application meets its blocks.

from shop.blocks.installed import install_blocks        one import

app = FastAPI()
app.include_router(orders)
install_blocks(app)                                      one call, where `app` is finished
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tree_sitter import Node

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import delete_lines, insert_line, is_alone
from fastapi_registry.engine.edits.python_source import (
    Import,
    errors,
    parse,
    statements,
    walk,
)
from fastapi_registry.engine.edits.seam_import import (
    comment_end,
    local_name,
    with_import,
    without_import,
)
from fastapi_registry.engine.edits.seam_place import NoPlace, Place, place_of_call
from fastapi_registry.engine.plan import Todo

INSTALL_BLOCKS = "install_blocks"


@dataclass(frozen=True)
class InstallBlocks:
    """`install_blocks(app)` is called in `function` (`None`: the module) of the file `path`."""

    path: str
    hub: str
    """The module that has `install_blocks`: `shop.blocks.installed`."""
    app: str = "app"
    function: str | None = None
    hidden_by: frozenset[str] = frozenset()
    included_by: frozenset[str] = frozenset()
    prefix: str = ""
    """Where the blocks are served, if not where they would be by themselves."""

    @property
    def call(self) -> str:
        prefix = f', prefix="{self.prefix}"' if self.prefix else ""
        return f"{INSTALL_BLOCKS}({self.app}{prefix})"

    def ensure(self, source: bytes) -> bytes:
        name = local_name(source, self._import)
        if name is not None and any(_calls(source, name)):
            return source
        module = Module(self.path, source)
        if name is None and INSTALL_BLOCKS in {*module.functions, *module.imports}:
            raise self._cannot(f"`{INSTALL_BLOCKS}` is something else here", 1)
        edited = self._with_call(module, name or INSTALL_BLOCKS)
        if name is None:
            edited = with_import(edited, self._import, _first_call(edited, INSTALL_BLOCKS))
        return self._proven(source, edited)

    def remove(self, source: bytes) -> bytes:
        name = local_name(source, self._import)
        if name is None:
            return source
        edited = source
        while (call := next(_calls(edited, name), None)) is not None:
            edited = self._without_call(edited, call)
        edited = without_import(edited, self._import)
        if any(node.type == "identifier" and syntax.text(node) == name for node in _nodes(edited)):
            raise self._cannot(f"`{name}` is used here in a way of your own", 1, remove=True)
        return edited

    @property
    def _import(self) -> Import:
        return Import(self.hub, "", INSTALL_BLOCKS)

    def _with_call(self, module: Module, name: str) -> bytes:
        place = self._place(module)
        line = place.indentation + self.call.replace(INSTALL_BLOCKS, name, 1).encode()
        return insert_line(module.source, place.offset, line)

    def _place(self, module: Module) -> Place:
        if self.function is not None and self.function not in module.functions:
            raise self._cannot(f"there is no function `{self.function}`", 1)
        scope = module.scope(self.function)
        try:
            return place_of_call(module, scope, self.app, self.hidden_by, self.included_by)
        except NoPlace as reason:
            raise self._cannot(reason.why, reason.line) from reason

    def _without_call(self, source: bytes, call: Node) -> bytes:
        statement, line = syntax.statement(call), syntax.line(call)
        start, end = statement.start_byte, statement.end_byte
        if call.parent != statement or not is_alone(source, start, comment_end(source, end)):
            raise self._cannot("the call shares its line with code of yours", line, remove=True)
        if _is_whole_block(statement):
            raise self._cannot("the call is all that its block does", line, remove=True)
        return delete_lines(source, start, end)

    def _proven(self, source: bytes, edited: bytes) -> bytes:
        """The edited file, if it reads as well as before and the call runs where it should."""
        module, name = Module(self.path, edited), local_name(edited, self._import)
        calls = (call for call in module.calls() if syntax.field(call, "function") == name)
        scopes = [module.name_of(syntax.enclosing_function(call)) for call in calls]
        if errors(edited) > errors(source) or scopes != [self.function]:
            raise self._cannot("this file is built in a way that the tool does not understand", 1)
        return edited

    def _cannot(self, why: str, line: int, *, remove: bool = False) -> CannotEdit:
        lines = (self._import.line.decode(), self.call)
        verb = "take out" if remove else "call it where the app is finished"
        return CannotEdit(Todo(f"{why}: {verb}", self.path, line, "\n".join(lines)))


def _is_whole_block(statement: Node) -> bool:
    block = statement.parent
    return block is not None and block.type == "block" and statements(block) == [statement]


def _nodes(source: bytes) -> Iterator[Node]:
    return walk(parse(source))


def _calls(source: bytes, name: str) -> Iterator[Node]:
    for node in _nodes(source):
        if node.type == "call" and syntax.field(node, "function") == name:
            yield node


def _first_call(source: bytes, name: str) -> int:
    return min((call.start_byte for call in _calls(source, name)), default=len(source))
