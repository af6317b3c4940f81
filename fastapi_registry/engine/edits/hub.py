"""The hub, `<root>/installed.py`: what an application is made of.

The only application code that the tool edits. A block is one import, one entry of `BLOCKS`
and, where it has settings, one field of `Settings`; all are recognised by syntax, so the
file may be reformatted and extended at will.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.lines import (
    delete_lines,
    indentation,
    insert_line,
    line_end,
    line_ending,
    line_start,
    splice,
)
from fastapi_registry.engine.edits.python_source import (
    Import,
    assignments,
    bracketed,
    errors,
    field,
    imported,
    parse,
    place_of_first_statement,
    statements,
    text,
)
from fastapi_registry.engine.edits.sequence import Bracketed, delete_item, insert_item
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.plan import Todo

if TYPE_CHECKING:
    from tree_sitter import Node

_CORE_ENTRY = "core.block"

_IMPORTS = """\
from {root} import core
from {root}.core.blocks import Block
from {root}.core.config import CoreSettings
"""

_JOINING_IMPORTS = """\
from pathlib import Path

from fastapi import FastAPI

from {root} import core
from {root}.core.app_factory import attach
from {root}.core.blocks import Block
from {root}.core.config import CoreSettings{database_settings}
from {root}.core.database_schema import with_blocks as with_blocks  # for Alembic's env.py
"""

_BLOCKS = '''
BLOCKS: tuple[Block, ...] = (
    core.block,
)


class Settings(CoreSettings):
    """One section for each block that has settings."""
'''

_JOINING = '''

_PROJECT = Path(__file__).resolve().parents[{depth}]


def load_settings() -> Settings:
    """What your project already knows wins over the environment."""
{database_import}    env_files = (_PROJECT / ".env", _PROJECT / ".blocks/.env")
    return Settings(_env_file=env_files{database})


def install_blocks(app: FastAPI, *, prefix: str | None = None) -> None:
    """Call it where `app` is finished."""
    attach(app, load_settings(), BLOCKS, prefix=prefix)
'''

_LATE_IMPORT = '''\
    {statement}  # here, since that module may import this one

'''


def new_hub(layout: Layout) -> bytes:
    """The hub of a project that has `core` alone."""
    docstring = '"""What this app is made of. `fastapi-blocks` edits BLOCKS and Settings."""\n\n'
    imports = _JOINING_IMPORTS if layout.joins else _IMPORTS
    source = docstring + imports + _BLOCKS + (_JOINING if layout.joins else "")
    named = {"{root}": layout.root_package, **_joining(layout)}
    for name, value in named.items():
        source = source.replace(name, value)
    return source.encode()


def _joining(layout: Layout) -> dict[str, str]:
    """How the user's own URL reaches `load_settings`; nothing where it was not found."""
    url, statement = layout.database_url, layout.database_import
    return {
        "{depth}": str(layout.hub.count("/")),
        "{database_settings}": ", DatabaseSettings" if url else "",
        "{database_import}": _LATE_IMPORT.replace("{statement}", statement) if statement else "",
        "{database}": f", database=DatabaseSettings(url={url})" if url else "",
    }


def is_hub(source: bytes) -> bool:
    """Whether a file has the `BLOCKS` that a hub has."""
    return _blocks(parse(source)) is not None


@dataclass(frozen=True)
class HubEntry:
    """That the application has a block. A fact about the hub at `path`."""

    name: str
    root_package: str
    settings_class: str | None = None
    path: str = "app/installed.py"

    def ensure(self, source: bytes) -> bytes:
        self._check(source)
        edited = source
        for wanted in self._imports():
            edited = _with_import(edited, wanted, self.root_package)
        edited = self._with_block(edited)
        edited = self._with_section(edited) if self.settings_class else edited
        return self._sound(source, edited)

    def remove(self, source: bytes) -> bytes:
        self._check(source)
        edited = self._without_section(source) if self.settings_class else source
        edited = self._without_block(edited)
        for unwanted in self._imports():
            edited = _without_import(edited, unwanted)
        return self._sound(source, edited)

    def _imports(self) -> Iterator[Import]:
        module = f"{self.root_package}.modules.{self.name}"
        if self.settings_class:
            yield Import(module, "", self.settings_class)
        yield Import(module, self.name, "block")

    @property
    def _section(self) -> bytes:
        return f"{self.name}: {self.settings_class} = {self.settings_class}()".encode()

    def _check(self, source: bytes) -> None:
        root = parse(source)
        blocks = _blocks(root)
        if blocks is None:
            raise self._refusal("`BLOCKS` is not written out as a tuple", None)
        settings = _settings_body(root)
        if self.settings_class and settings is None:
            raise self._refusal("`Settings` is not a class with lines of its own", blocks)

    def _sound(self, before: bytes, after: bytes) -> bytes:
        if after != before and errors(after) > errors(before):
            raise self._refusal("it is written in a way that this tool does not know", None)
        return after

    def _refusal(self, why: str, node: Node | None) -> CannotEdit:
        lines = [wanted.line.decode() for wanted in self._imports()]
        lines += ["", f"BLOCKS = (..., {self.name})"]
        if self.settings_class:
            lines += ["", "class Settings(CoreSettings):", f"    {self._section.decode()}"]
        line = None if node is None else node.start_point[0] + 1
        return CannotEdit(
            Todo(f"name `{self.name}` in the hub: {why}", self.path, line, "\n".join(lines))
        )

    def _with_block(self, source: bytes) -> bytes:
        blocks = _blocks(parse(source))
        assert blocks is not None
        entries = [text(entry) for entry in statements(blocks)]
        if self.name in entries:
            return source
        later = (n for n, e in enumerate(entries) if e != _CORE_ENTRY and e > self.name)
        index = next(later, len(entries))
        return _as_tuple(insert_item(source, bracketed(blocks), index, self.name.encode()))

    def _without_block(self, source: bytes) -> bytes:
        blocks = _blocks(parse(source))
        assert blocks is not None
        entries = [text(entry) for entry in statements(blocks)]
        if self.name not in entries:
            return source
        return _as_tuple(delete_item(source, bracketed(blocks), entries.index(self.name)))

    def _with_section(self, source: bytes) -> bytes:
        body = _settings_body(parse(source))
        assert body is not None
        sections = list(assignments(body))
        if any(name == self.name for name, _ in sections):
            return source
        first, *_ = inside = statements(body)
        line = indentation(source, first.start_byte) + self._section
        earlier = [node for name, node in sections if name < self.name]
        if earlier:
            return insert_line(source, line_end(source, earlier[-1].end_byte), line)
        if sections:
            return insert_line(source, _above(source, sections[0][1].start_byte), line)
        if _is_docstring(first):
            # One empty line between the docstring and the first field, as formatters want it.
            place = line_end(source, first.end_byte)
            line = line_ending(source) + line
        else:
            place = line_end(source, inside[-1].end_byte)
        return insert_line(source, place, line)

    def _without_section(self, source: bytes) -> bytes:
        body = _settings_body(parse(source))
        assert body is not None
        first = statements(body)[0]
        sections = dict(assignments(body))
        if self.name not in sections:
            return source
        section = sections[self.name]
        start = section.start_byte
        if len(sections) == 1 and _is_docstring(first):
            start = _above_empty_line(source, first.end_byte, start)
        return delete_lines(source, start, section.end_byte)


def _blocks(root: Node) -> Node | None:
    """The tuple or list that `BLOCKS` is."""
    for name, assignment in assignments(root):
        right = assignment.child_by_field_name("right")
        if name == "BLOCKS" and right is not None and right.type in ("tuple", "list"):
            return right
    return None


def _settings_body(root: Node) -> Node | None:
    """The body of class `Settings`, if it stands on lines of its own."""
    for statement in statements(root):
        if statement.type == "class_definition" and text(field(statement, "name")) == "Settings":
            body = field(statement, "body")
            inside = statements(body)
            below = inside and inside[0].start_point[0] > statement.start_point[0]
            return body if below else None
    return None


def _as_tuple(source: bytes) -> bytes:
    """Puts back the comma without which `(core.block)` is no tuple."""
    for name, assignment in assignments(parse(source)):
        right = assignment.child_by_field_name("right")
        if name == "BLOCKS" and right is not None and right.type == "parenthesized_expression":
            place = statements(right)[-1].end_byte
            return splice(source, place, place, b",")
    return source


def _with_import(source: bytes, wanted: Import, root_package: str) -> bytes:
    root = parse(source)
    present = list(_top_level_imports(root))
    if any(wanted == each for _, each, _ in present):
        return source
    ours = [(s, each) for s, each, _ in present if _is_below(each.module, root_package)]
    earlier = [statement for statement, each in ours if each < wanted]
    if earlier:
        place = line_end(source, earlier[-1].end_byte)
    elif ours:
        place = line_start(source, ours[0][0].start_byte)
    else:
        place = place_of_first_statement(source, root)
    return insert_line(source, place, wanted.line)


def _without_import(source: bytes, unwanted: Import) -> bytes:
    for statement, each, node in _top_level_imports(parse(source)):
        if each == unwanted:
            names = statement.children_by_field_name("name")
            if len(names) == 1:
                return delete_lines(source, statement.start_byte, statement.end_byte)
            places = tuple((name.start_byte, name.end_byte) for name in names)
            end = statement.end_byte - text(statement).endswith(")")
            index = places.index((node.start_byte, node.end_byte))
            return delete_item(source, Bracketed(places[0][0], places, end), index)
    return source


def _top_level_imports(root: Node) -> Iterator[tuple[Node, Import, Node]]:
    for statement in statements(root):
        if statement.type == "import_from_statement":
            for each, node in imported(statement):
                yield statement, each, node


def _is_below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


def _is_docstring(statement: Node) -> bool:
    children = statement.named_children
    return statement.type == "expression_statement" and [c.type for c in children] == ["string"]


def _above(source: bytes, place: int) -> int:
    """The start of the line of `place`, or of the comments that stand on top of it."""
    start = line_start(source, place)
    while start and source[line_start(source, start - 1) : start].strip().startswith(b"#"):
        start = line_start(source, start - 1)
    return start


def _above_empty_line(source: bytes, earliest: int, place: int) -> int:
    """`place`, or the empty line that stands on top of it."""
    start = line_start(source, place)
    above = line_start(source, start - 1)
    return above if above > earliest and not source[above:start].strip() else start
