"""What a name of one file means in another: through imports, modules and re-exports."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi_registry.engine.detect.module import Module
from fastapi_registry.engine.detect.sources import Sources

_TOO_DEEP = 5


def imported_places(
    sources: Sources, module: Module, expression: str
) -> Iterator[tuple[Module, str]]:
    """The files in which `expression` (`users.router`) may be defined, with its name there.

    `from a import b` may name a module as well as something in one.
    """
    head, _, rest = expression.partition(".")
    imported = module.imports.get(head)
    if imported is None:
        return
    wanted = ".".join(part for part in (imported.name, rest) if part)
    for path in sources.find(imported.module, module.path) if wanted else ():
        if path != module.path:
            yield sources.module(path), wanted
    for name in _inner_modules(imported.module, imported.name, rest):
        inside, _, last = name.rpartition(".")
        yield from ((sources.module(path), last) for path in sources.find(inside, module.path))


def defined_functions(
    sources: Sources, module: Module, expression: str, depth: int = _TOO_DEEP
) -> Iterator[tuple[Module, str]]:
    """The functions of the project that calling `expression` may run."""
    if expression in module.functions:
        yield module, expression
    elif depth:
        for other, name in imported_places(sources, module, expression):
            yield from defined_functions(sources, other, name, depth - 1)


def _inner_modules(dotted: str, name: str | None, rest: str) -> Iterator[str]:
    """`from app import routers` and then `routers.users.router`: routers may be a package."""
    parts = [part for part in (name, *rest.split(".")) if part]
    for known in range(len(parts) - 1, 0, -1):
        folder = ".".join(parts[:known])
        separator = "" if dotted.endswith(".") else "."
        yield f"{dotted}{separator}{folder}.{'.'.join(parts[known:])}"
