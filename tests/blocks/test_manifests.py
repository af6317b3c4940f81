"""Invariants 7 and 8: blocks keep their distance, and a manifest agrees with the code."""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions, requires

import pytest

from fastapi_registry.engine.dependency import canonical
from fastapi_registry.engine.manifest import CORE
from tests.blocks.bundled import (
    NAMES,
    block,
    imports,
    is_test,
    parsed,
    project_around_them,
)

NEEDED_WITHOUT_AN_IMPORT = {
    "aiosqlite": "the driver in `sqlite+aiosqlite://`",
    "asyncpg": "the driver in `postgresql+asyncpg://`",
    "bcrypt": "pwdlib's extra, whose bound a project with an older pin would only meet at install",
    "email-validator": "pydantic's `EmailStr`",
    "greenlet": "SQLAlchemy's asyncio, where its extra does not bring it",
    "python-multipart": "FastAPI's `Form`",
    "uvicorn": "what the application is started with",
}
BROUGHT_BY = {
    "anyio": "fastapi",
    "argon2-cffi": "pwdlib",
    "pydantic-core": "pydantic",
    "python-dotenv": "pydantic-settings",
    "starlette": "fastapi",
}
"""What another distribution promises to bring, so that naming both would only add a bound."""
ROOT_PACKAGE = re.compile(r"app[./](clients|core|installed|main|modules)\b")
TOOLS_OF_THE_TESTS = {"pytest", "httpx2", "anyio", "time-machine", "aiosmtpd", "asyncpg"}


@cache
def distributions() -> dict[str, set[str]]:
    """By the module that they bring. All installed files are looked through: not at collection."""
    found = packages_distributions()
    return {module: {canonical(name) for name in names} for module, names in found.items()}


each_block = pytest.mark.parametrize("name", NAMES)


@each_block
def test_stands_in_the_folder_of_its_name(name: str) -> None:
    assert f"{block(name).manifest.folder}/block.toml" in block(name).files


@each_block
def test_has_what_every_block_has(name: str) -> None:
    folder = block(name).manifest.folder
    files = list(block(name).files)

    assert {f"{folder}/README.md", f"{folder}/__init__.py"} <= set(files)
    assert any(src.startswith(f"{folder}/tests/test_") for src in files), "no tests travel with it"


@each_block
def test_every_file_and_path_that_is_named_exists(name: str) -> None:
    manifest, files = block(name).manifest, list(block(name).files)

    for path in manifest.paths:
        assert any(src == path or src.startswith(f"{path}/") for src in files), path
    for path in manifest.rewrite:
        assert {path, f"{manifest.folder}/{path}"} & set(files), path


@each_block
def test_requires_the_blocks_that_it_imports(name: str) -> None:
    imported = {each.block for each in imports(name) if each.block} - {name}

    assert imported <= {requirement.name for requirement in block(name).manifest.requires}


@each_block
def test_requires_no_block_without_a_reason(name: str) -> None:
    """A requirement that no import proves would force a block on people who do not want it."""
    imported = {each.block for each in imports(name)}

    assert {requirement.name for requirement in block(name).manifest.requires} <= imported


@each_block
def test_requires_versions_that_are_there(name: str) -> None:
    from packaging.specifiers import SpecifierSet

    for requirement in block(name).manifest.requires:
        assert block(requirement.name).version in SpecifierSet(requirement.bounds)


@each_block
def test_imports_other_blocks_only_through_their_public_face(name: str) -> None:
    private = [
        f"{each.src}: {each.module}"
        for each in imports(name)
        if each.block not in (None, CORE, name) and not each.is_of_public_face
    ]

    assert private == []


@each_block
def test_never_imports_what_puts_the_app_together(name: str) -> None:
    """`installed.py` imports the blocks; a block that imports it back ends in a circle."""
    hub = {"app.installed", "app.main"}
    circles = [
        each.src
        for each in imports(name)
        if not is_test(each.src)
        and not each.src.endswith("__main__.py")
        and ({each.module} | {f"{each.module}.{taken}" for taken in each.names}) & hub
    ]

    assert circles == []


@each_block
def test_names_every_distribution_that_it_imports(name: str) -> None:
    """Its own, or one that a block which it requires has named."""
    missing = {
        module
        for module, distributions in foreign_imports(name, tests=False)
        if not distributions & named_distributions(name)
    }

    assert missing == set()


@each_block
def test_its_tests_import_only_what_a_project_has_for_tests(name: str) -> None:
    allowed = named_distributions(name) | TOOLS_OF_THE_TESTS
    missing = {
        module
        for module, distributions in foreign_imports(name, tests=True)
        if not distributions & allowed
    }

    assert missing == set()


@each_block
def test_names_no_distribution_that_it_does_not_use(name: str) -> None:
    imported = {
        distribution
        for _, distributions in foreign_imports(name, tests=False)
        for distribution in distributions
    }
    own = {dependency.canonical for dependency in block(name).manifest.python}

    assert own <= imported | set(NEEDED_WITHOUT_AN_IMPORT)


@each_block
def test_every_distribution_has_a_lowest_version(name: str) -> None:
    assert [d.name for d in block(name).manifest.python if ">=" not in d.bounds] == []


def test_the_bound_of_an_extra_is_named_where_projects_pin_it() -> None:
    """Many pin `bcrypt==4.0.1`: such a pin is refused before a write, not found by pip after it."""
    ours = {dependency.name: dependency.bounds for dependency in block("auth").manifest.python}

    (theirs,) = (each for each in requires("pwdlib") or () if each.startswith("bcrypt"))

    assert theirs.partition(";")[0] == f"bcrypt{ours['bcrypt']}"


@each_block
def test_lists_exactly_the_variables_that_its_settings_read(name: str) -> None:
    manifest = block(name).manifest
    listed = {variable.name for variable in manifest.env}
    listed |= {variable.instead for variable in manifest.env if variable.instead}

    assert listed == set(variables_read(name))


@pytest.mark.parametrize("name", [name for name in NAMES if block(name).settings_class])
def test_its_settings_have_the_name_that_the_hub_imports(name: str) -> None:
    settings = parsed(name)[f"{block(name).manifest.folder}/settings.py"]

    classes = {node.name for node in settings.body if isinstance(node, ast.ClassDef)}

    assert block(name).settings_class in classes


@each_block
def test_names_the_root_package_in_imports_alone(name: str) -> None:
    """A string that says `app.` would be wrong below another root package."""
    strings = [f"{src}:{node.lineno}" for src, node in root_package_in_strings(name)]

    assert strings == []


def test_the_project_itself_pins_what_the_blocks_name() -> None:
    """A new project asks for modern versions; a pin that no block knows is a leftover."""
    named = {d.canonical for name in NAMES for d in block(name).manifest.python}

    assert set(project_around_them().manifest.pins) <= named


def foreign_imports(name: str, *, tests: bool) -> Iterator[tuple[str, set[str]]]:
    """Imported modules of other people, with the distributions that may bring them."""
    for each in imports(name):
        top = each.module.partition(".")[0]
        if is_test(each.src) == tests and top not in {"app", *sys.stdlib_module_names}:
            yield top, distributions().get(top, {canonical(top)})


def named_distributions(name: str) -> set[str]:
    manifest = block(name).manifest
    own = {dependency.canonical for dependency in manifest.python}
    named = own.union(*(named_distributions(r.name) for r in manifest.requires))
    return named | {brought for brought, by in BROUGHT_BY.items() if by in named}


def variables_read(name: str) -> Iterator[str]:
    """Every argument of a `Flat("NAME")` outside of the tests."""
    for src, tree in parsed(name).items():
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and not is_test(src) and is_flat(node.func):
                yield from (str(a.value) for a in node.args if isinstance(a, ast.Constant))


def is_flat(function: ast.expr) -> bool:
    return isinstance(function, ast.Name) and function.id == "Flat"


def root_package_in_strings(name: str) -> Iterator[tuple[str, ast.Constant]]:
    for src, tree in parsed(name).items():
        texts = (node for node in ast.walk(tree) if isinstance(node, ast.Constant))
        docstrings = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for text in texts:
            is_ours = isinstance(text.value, str) and ROOT_PACKAGE.match(text.value)
            if is_ours and id(text) not in docstrings:
                yield src, text
