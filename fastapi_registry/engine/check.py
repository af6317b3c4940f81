"""Whether a block tells the truth: its manifest against its files, its imports and its settings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Final

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.dependency import canonical
from fastapi_registry.engine.manifest import CORE, Manifest
from fastapi_registry.engine.python_of_block import Import, imports_of, is_test, variables_of
from fastapi_registry.engine.rooting import EXAMPLE_ROOT

_HUB: Final = frozenset({"app.installed", "app.main"})
_BROUGHT_BY: Final = {"starlette": "fastapi", "anyio": "fastapi", "pydantic-core": "pydantic"}
"""What one distribution promises to bring with it."""


_NO_LICENCE: Final = "no LICENSE says who may use it: put one into its folder or the repository's"


@dataclass(frozen=True)
class Untruth:
    """`path` is a `src` of the block; `line` is 0 where it is about the whole of it."""

    path: str
    line: int
    what: str


@dataclass(frozen=True)
class Surroundings:
    """What a block may count on."""

    manifests: Mapping[str, Manifest]
    """Of the blocks that it may require, by name."""
    standard_modules: Set[str] = frozenset()
    """Those that come with Python."""
    distributions: Mapping[str, Set[str]] = field(default_factory=dict)
    """Which distributions bring an importable module, where that is known: `jwt` → `pyjwt`."""
    has_licence: bool = True


def untruths(block: Block, around: Surroundings) -> tuple[Untruth, ...]:
    """By file and line. Raises `CannotRead`."""
    found = (
        *_about_files(block, around),
        *_about_blocks(block, around),
        *_about_packages(block, around),
        *_about_settings(block),
    )
    return tuple(sorted(found, key=lambda each: (each.path, each.line, each.what)))


def _about_files(block: Block, around: Surroundings) -> Iterator[Untruth]:
    folder, manifest = block.manifest.folder, block.manifest
    for name in ("README.md", "__init__.py"):
        if f"{folder}/{name}" not in block.files:
            yield _of_manifest(block, f"there is no {name}")
    if not any(src.startswith(f"{folder}/tests/test_") for src in block.files):
        yield _of_manifest(block, "no tests travel with it")
    if not around.has_licence:
        yield _of_manifest(block, _NO_LICENCE)
    for path in manifest.paths:
        if not any(src == path or src.startswith(f"{path}/") for src in block.files):
            yield _of_manifest(block, f"`paths` names `{path}`, which is not there")
    for path in manifest.rewrite:
        if not {path, f"{folder}/{path}"} & set(block.files):
            yield _of_manifest(block, f"`rewrite` names `{path}`, which is not there")


def _about_blocks(block: Block, around: Surroundings) -> Iterator[Untruth]:
    required = {requirement.name for requirement in block.manifest.requires}
    for name in sorted(required - around.manifests.keys()):
        yield _of_manifest(block, f"it requires `{name}`, and there is no such block")
    used = set()
    for each in imports_of(block):
        if each.block not in (None, block.name):
            used.add(each.block)
            yield from _about_import(each, required)
    for name in sorted(required - used):
        yield _of_manifest(block, f"it requires `{name}`, and imports nothing from it")


def _about_import(each: Import, required: Set[str]) -> Iterator[Untruth]:
    whole = {each.module} | {f"{each.module}.{name}" for name in each.names}
    if whole & _HUB and not is_test(each.src):
        yield Untruth(each.src, each.line, "imports what imports the blocks: that is a circle")
    elif each.block not in required:
        yield Untruth(each.src, each.line, f"imports `{each.block}`, which is not required")
    elif each.block != CORE and not each.is_of_public_face:
        what = f"imports `{each.module}`, which is not the public face of `{each.block}`"
        yield Untruth(each.src, each.line, what)


def _about_packages(block: Block, around: Surroundings) -> Iterator[Untruth]:
    """A package that a required block names is there too; what tests use, the project has."""
    named = _named_by(block.manifest, around)
    for each in imports_of(block):
        top = each.module.partition(".")[0]
        if is_test(each.src) or top == EXAMPLE_ROOT or top in around.standard_modules:
            continue
        bringing = around.distributions.get(top, {canonical(top)})
        if not bringing & named:
            what = f"imports `{top}`, and no package under `python` brings it"
            yield Untruth(each.src, each.line, what)
    for dependency in block.manifest.python:
        if ">=" not in dependency.bounds and "==" not in dependency.bounds:
            yield _of_manifest(block, f"`{dependency.name}` has no lowest version")


def _named_by(manifest: Manifest, around: Surroundings) -> Set[str]:
    """The distributions that it and the blocks below it ask for, and what these bring."""
    own = {dependency.canonical for dependency in manifest.python}
    below = (around.manifests.get(requirement.name) for requirement in manifest.requires)
    named = own.union(*(_named_by(each, around) for each in below if each is not None))
    return named | {brought for brought, by in _BROUGHT_BY.items() if by in named}


def _about_settings(block: Block) -> Iterator[Untruth]:
    listed = {each.name for each in block.manifest.env}
    listed |= {each.instead for each in block.manifest.env if each.instead}
    read = set()
    for variable in variables_of(block):
        read.add(variable.name)
        if variable.name not in listed:
            what = f"reads `{variable.name}`, which is not under `env`"
            yield Untruth(variable.src, variable.line, what)
    for name in sorted(listed - read):
        yield _of_manifest(block, f"`env` lists `{name}`, which no setting reads")


def _of_manifest(block: Block, what: str) -> Untruth:
    return Untruth(f"{block.manifest.folder}/block.toml", 0, what)
