"""`diagnose`: what is missing in a tree, and the lines that bring it back."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from fastapi_registry.engine.doctor.diagnosis import diagnose
from fastapi_registry.engine.doctor.finding import Finding, Paste, Shell
from fastapi_registry.engine.lock import LOCK_PATH
from fastapi_registry.engine.tree import Tree
from tests.engine.made_up_blocks import AUTH, LOGS, a_new_project
from tests.layouts.corpus import SERVED, Layout, joined

HUB = "app/installed.py"
SETTINGS = "app/modules/auth/settings.py"


@pytest.fixture(scope="module")
def project() -> Tree:
    return a_new_project(AUTH, LOGS)


def kinds(found: Iterable[Finding]) -> list[str]:
    return [finding.kind for finding in found]


def mended(project: Tree, found: Iterable[Finding]) -> Tree:
    """After every paste, word for word."""
    for finding in found:
        for remedy in finding.remedies:
            assert isinstance(remedy, Paste)
            lines = project.text(remedy.path).splitlines()
            lines[remedy.line - 1 : remedy.line - 1 + remedy.replaced] = remedy.lines
            project = project.write(remedy.path, ("\n".join(lines) + "\n").encode())
    return project


def without(project: Tree, path: str, *words: str) -> Tree:
    lines = project.text(path).splitlines(keepends=True)
    kept = [line for line in lines if not any(word in line for word in words)]
    assert kept != lines
    return project.write(path, "".join(kept).encode())


def test_a_healthy_project_has_nothing(project: Tree) -> None:
    assert diagnose(project) == ()


@pytest.mark.parametrize(
    ("path", "words", "kind"),
    [
        (HUB, ["import block as auth"], "hub"),
        (HUB, ["AuthSettings"], "hub"),
        (HUB, ["    auth,"], "hub"),
        (HUB, ["auth", "logs"], "hub"),
        ("pyproject.toml", ["pwdlib"], "dependency"),
        ("pyproject.toml", ["pwdlib", "sqlalchemy"], "dependency"),
    ],
)
def test_the_lines_to_paste_mend_it(project: Tree, path: str, words: list[str], kind: str) -> None:
    broken = without(project, path, *words)

    found = diagnose(broken)

    assert set(kinds(found)) == {kind}
    assert diagnose(mended(broken, found)) == ()


@pytest.mark.parametrize("layout", SERVED[:6], ids=str)
def test_a_removed_call_is_found_where_it_was(layout: Layout) -> None:
    whole = joined(layout)
    if not layout.finished:
        pytest.skip("the user was asked to call it")
    path = layout.finished.split()[0]
    before = [finding for finding in diagnose(whole) if finding.kind == "seam"]

    broken = without(whole, path, "install_blocks(")
    found = [finding for finding in diagnose(broken) if finding.kind == "seam"]

    assert before == []
    assert kinds(found) == ["seam"]
    assert diagnose(mended(broken, found)) == diagnose(whole)


@pytest.mark.parametrize(
    ("path", "kind", "command"),
    [
        (SETTINGS, "files", "fastapi-blocks update auth --restore"),
        (
            "migrations/versions/auth_0002_sessions.py",
            "migration",
            "git checkout -- migrations/versions/auth_0002_sessions.py",
        ),
    ],
)
def test_what_is_gone_is_brought_back_by_a_command(
    project: Tree, path: str, kind: str, command: str
) -> None:
    found = {finding.kind: finding for finding in diagnose(project.without(path))}

    assert found[kind].remedies == (Shell(command),)


def test_a_hub_that_is_gone_is_told_once(project: Tree) -> None:
    (finding,) = diagnose(project.without(HUB))

    assert finding.remedies == (Shell(f"git checkout -- {HUB}"),)


def test_a_damaged_lock_is_all_that_can_be_said(project: Tree) -> None:
    (finding,) = diagnose(project.write(LOCK_PATH, b"schema ="))

    assert finding.kind == "lock"
    assert finding.remedies == (Shell("git checkout -- blocks.lock"),)


def test_damaged_bases_are_counted(project: Tree) -> None:
    bases = [path for path in project if path.startswith(".blocks/base/")]

    (finding,) = diagnose(project.without(bases[0]).write(bases[1], b"?"))

    assert finding.what.startswith("2 texts in `.blocks/base`")


def test_a_missing_secret_is_made_by_a_command_that_never_shows_it(project: Tree) -> None:
    (finding,) = diagnose(without(project, ".env", "AUTH_PEPPER"))

    (remedy,) = finding.remedies
    assert isinstance(remedy, Shell)
    assert "print('AUTH_PEPPER=' + secrets.token_urlsafe(48))\" >> .env" in remedy.command


def test_a_secret_from_outside_is_there(project: Tree) -> None:
    assert diagnose(without(project, ".env", "AUTH_PEPPER"), {"AUTH_PEPPER"}) == ()


def test_several_heads_are_named(project: Tree) -> None:
    mine = b'revision = "mine"\ndown_revision = "auth_0001"\n'

    (finding,) = diagnose(project.write("migrations/versions/mine.py", mine))

    assert finding.what.endswith("have several heads: logs_0001, mine")
    assert finding.remedies == (Shell('alembic merge heads -m "join the heads"'),)


def test_an_edit_is_no_fault(project: Tree) -> None:
    assert diagnose(project.write(SETTINGS, b"class AuthSettings: mine = 1\n")) == ()
