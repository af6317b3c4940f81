"""The rules that keep modules apart, so that any of them can be changed or taken out.

They guard the installed blocks and the modules that you write beside them.
"""

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

APP = Path(__file__).parents[1] / "app"
MODULES = APP / "modules"

FOUNDATION = sorted([*(APP / "core").rglob("*.py"), *(APP / "clients").rglob("*.py")])
SOURCES = sorted({*APP.rglob("*.py")} - {*FOUNDATION})
PURE = ("service.py", "models.py", "interfaces.py")
SERVICES = [
    file for file in SOURCES if file.name in PURE or "service" in file.relative_to(APP).parts[:-1]
]


@cache
def imports(file: Path) -> frozenset[str]:
    """What is taken: `from a.b import c` is `a.b.c`, and `import a.b` is `a.b.*`."""
    return frozenset(imported(file))


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (f"{name.name}.*" for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{origin(file, node)}.{name.name}" for name in node.names)


def origin(file: Path, node: ast.ImportFrom) -> str:
    """The module that is imported from, also where dots say it: `from ..auth import User`."""
    folders = file.relative_to(APP.parent).parts[: -node.level] if node.level else ()
    return ".".join([*folders, *([node.module] if node.module else [])])


def module_of(file: Path) -> str:
    """The module that a file belongs to; "" for what stands beside them, such as `main.py`."""
    return file.relative_to(MODULES).parts[0] if file.is_relative_to(MODULES) else ""


def path_of(file: Path) -> str:
    return file.relative_to(APP).as_posix()


@pytest.mark.parametrize("file", SOURCES, ids=path_of)
def test_a_module_imports_others_only_by_their_public_face(file: Path) -> None:
    """`from app.modules.auth import User` is fine, `app.modules.auth.repositories` is not."""
    private = [
        name
        for name in imports(file)
        if name.startswith("app.modules.")
        and name.split(".")[2] != module_of(file)
        and name.count(".") > 3
    ]

    assert private == []


@pytest.mark.parametrize("file", SERVICES, ids=path_of)
def test_a_service_knows_neither_http_nor_sql(file: Path) -> None:
    """So it can be called from a command or a job, and tested with plain objects."""
    roots = {name.partition(".")[0] for name in imports(file)}

    assert roots.isdisjoint({"fastapi", "starlette", "sqlalchemy", "httpx2"})


@pytest.mark.parametrize("file", FOUNDATION, ids=path_of)
def test_the_foundation_knows_no_module(file: Path) -> None:
    above = [name for name in imports(file) if name.startswith(("app.modules", "app.installed"))]

    assert above == []


def test_modules_do_not_need_each_other_in_a_circle() -> None:
    needs = {
        module: {
            name.split(".")[2]
            for file in SOURCES
            if module_of(file) == module and "tests" not in file.parts
            for name in imports(file)
            if name.startswith("app.modules.")
        }
        - {module}
        for module in {module_of(file) for file in SOURCES if file.parent != MODULES} - {""}
    }

    while free := {module for module, needed in needs.items() if not needed & needs.keys()}:
        needs = {module: needed for module, needed in needs.items() if module not in free}

    assert needs == {}, "these modules need each other"
