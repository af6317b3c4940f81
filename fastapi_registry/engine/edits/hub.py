"""The hub, `<root>/installed.py`: what an application is made of.

The only application code that the tool edits. A block is one import, one entry of `BLOCKS`
and, where it has settings, one field of `Settings`; all are recognised by syntax, so the
file may be reformatted and extended at will.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.hub_blocks import blocks_of, with_block, without_block
from fastapi_registry.engine.edits.hub_settings import (
    section,
    settings_of,
    with_section,
    without_section,
)
from fastapi_registry.engine.edits.package_imports import with_import, without_import
from fastapi_registry.engine.edits.python_source import Import, errors
from fastapi_registry.engine.plan import Todo


def is_hub(source: bytes) -> bool:
    """Whether a file has the `BLOCKS` that a hub has."""
    return blocks_of(source) is not None


class HubEntry(NamedTuple):
    """That the application has a block. A fact about the hub at `path`."""

    name: str
    root_package: str
    settings_class: str | None = None
    path: str = "app/installed.py"

    def ensure(self, source: bytes) -> bytes:
        self._check(source)
        edited = source
        for wanted in self._imports():
            edited = with_import(edited, wanted, self.root_package)
        edited = with_block(edited, self.name)
        if self.settings_class:
            edited = with_section(edited, self.name, self.settings_class)
        return self._sound(source, edited)

    def remove(self, source: bytes) -> bytes:
        self._check(source)
        edited = without_section(source, self.name) if self.settings_class else source
        edited = without_block(edited, self.name)
        for unwanted in self._imports():
            edited = without_import(edited, unwanted)
        return self._sound(source, edited)

    def _imports(self) -> Iterator[Import]:
        module = f"{self.root_package}.modules.{self.name}"
        if self.settings_class:
            yield Import(module, "", self.settings_class)
        yield Import(module, self.name, "block")

    def _check(self, source: bytes) -> None:
        blocks = blocks_of(source)
        if blocks is None:
            raise self._refusal("`BLOCKS` is not written out as a tuple")
        if self.settings_class and settings_of(source) is None:
            line = blocks.start_point[0] + 1
            raise self._refusal("`Settings` is not a class with lines of its own", line)

    def _sound(self, before: bytes, after: bytes) -> bytes:
        if after != before and errors(after) > errors(before):
            raise self._refusal("it is written in a way that this tool does not know")
        return after

    def _refusal(self, why: str, line: int | None = None) -> CannotEdit:
        lines = [wanted.line.decode() for wanted in self._imports()]
        lines += ["", f"BLOCKS = (..., {self.name})"]
        if self.settings_class:
            field = section(self.name, self.settings_class)
            lines += ["", "class Settings(CoreSettings):", f"    {field}"]
        why = f"name `{self.name}` in the hub: {why}"
        return CannotEdit(Todo(why, self.path, line, "\n".join(lines)))
