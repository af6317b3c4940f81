"""Where code that stays imports what is to go: a block taken out must not break the app."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import NamedTuple

from tree_sitter import Node

from fastapi_registry.engine.detect.sources import is_theirs
from fastapi_registry.engine.edits.python_source import field, imported, parse, search, text
from fastapi_registry.engine.tree import Tree

_IMPORTS = "[(import_statement) (import_from_statement)] @found"


class Usage(NamedTuple):
    """An import in the file `path` that leads into `block`."""

    path: str
    line: int
    block: str


def usages(project: Tree, gone: Mapping[str, str], import_root: str) -> Iterator[Usage]:
    """The imports that lead to one of the files `gone`, which have the names of their blocks.

    `import_root` is the folder that the project's own modules are imported from, as "src/".
    """
    words = {_word(path) for path in gone}
    for path in project:
        if path.endswith(".py") and path not in gone and is_theirs(path):
            source = project.read(path)
            if any(word in source for word in words):
                yield from _usages_in(path, source, gone, import_root)


def _usages_in(
    path: str, source: bytes, gone: Mapping[str, str], import_root: str
) -> Iterator[Usage]:
    for statement in sorted(search(parse(source), _IMPORTS), key=lambda node: node.start_byte):
        places = (
            place
            for module in _modules(statement)
            for place in _files_of(_folder(module, path, import_root))
        )
        block = next((gone[place] for place in places if place in gone), None)
        if block is not None:
            yield Usage(path, statement.start_point.row + 1, block)


def _word(path: str) -> bytes:
    """What an import of a file must mention: `auth` for `modules/auth/__init__.py` too."""
    pure = PurePosixPath(path)
    return (pure.parent.name if pure.stem == "__init__" else pure.stem).encode()


def _modules(statement: Node) -> Iterator[str]:
    """Every dotted name that a statement may load: `from a import b` may load `a.b`."""
    if statement.type == "import_from_statement":
        yield text(field(statement, "module_name"))
        for each, _ in imported(statement):
            yield f"{each.module.rstrip('.')}{'.' * _dots(each.module)}{each.name}"
    else:
        for name in statement.children_by_field_name("name"):
            yield text(name.child_by_field_name("name") or name)


def _dots(module: str) -> int:
    """How many stand between a module and a name in it: `..` keeps its own."""
    return len(module) if not module.strip(".") else 1


def _folder(module: str, importer: str, import_root: str) -> str:
    """The path of a module without its ending; relative ones start from who imports."""
    name = module.lstrip(".")
    inside = name.replace(".", "/")
    if name == module:
        return f"{import_root}{inside}"
    above = PurePosixPath(importer).parents
    levels = min(len(module) - len(name), len(above)) - 1
    return str(above[levels] / inside)


def _files_of(folder: str) -> tuple[str, str]:
    return f"{folder}.py", f"{folder}/__init__.py"
