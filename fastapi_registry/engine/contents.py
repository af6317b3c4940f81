"""What a block brings, read from its source without running it: endpoints and tables."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi_registry.engine.block import Block

_METHODS = frozenset({"get", "post", "put", "patch", "delete", "head", "options"})


@dataclass(frozen=True)
class Contents:
    endpoints: tuple[str, ...]
    """`POST /auth/login`, below whatever prefix the application gives its API."""
    tables: tuple[str, ...]
    """Without the prefix that a project may choose."""


def contents_of(block: Block) -> Contents:
    """Source that this Python cannot read tells nothing; tests are left out."""
    modules = list(_modules(block))
    return Contents(
        endpoints=tuple(endpoint for module in modules for endpoint in _endpoints(module)),
        tables=tuple(sorted({table for module in modules for table in _tables(module)})),
    )


def _modules(block: Block) -> Iterator[ast.Module]:
    for src in block.files:
        if src.endswith(".py") and "/tests/" not in src and "/migrations/" not in src:
            try:
                yield ast.parse(block.files.read(src))
            except (SyntaxError, ValueError):
                continue


def _endpoints(module: ast.Module) -> Iterator[str]:
    prefixes = dict(_routers(module))
    for node in module.body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            for decorator in node.decorator_list:
                match decorator:
                    case ast.Call(
                        ast.Attribute(ast.Name(router), method), [ast.Constant(str(path)), *_]
                    ) if method in _METHODS and router in prefixes:
                        yield f"{method.upper()} {prefixes[router]}{path}"


def _routers(module: ast.Module) -> Iterator[tuple[str, str]]:
    """The routers that a module makes, each with its prefix."""
    for node in module.body:
        match node:
            case ast.Assign([ast.Name(name)], ast.Call(ast.Name(kind), _, keywords)) if (
                kind.endswith("Router")
            ):
                yield name, "".join(_prefix(keyword) for keyword in keywords)


def _prefix(keyword: ast.keyword) -> str:
    match keyword:
        case ast.keyword("prefix", ast.Constant(str(prefix))):
            return prefix
    return ""


def _tables(module: ast.Module) -> Iterator[str]:
    for node in ast.walk(module):
        match node:
            case ast.Assign(
                [ast.Name("__tablename__")],
                ast.Constant(str(name)) | ast.Call(ast.Name("table"), [ast.Constant(str(name))]),
            ):
                yield name
