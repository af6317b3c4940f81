"""Where git merges without a conflict, we give the same text or ask; never another text.

git is the oracle here and nowhere else: no result of the tool depends on it.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from fastapi_registry.engine.merge import merge
from tests.engine.edited_texts import Triple, python_triples, small_triples

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is the oracle")

with_git = settings(
    max_examples=300,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def merged_by_git(triple: Triple, folder: Path) -> bytes | None:
    """git's own three-way merge; `None` where it leaves a conflict."""
    for name, content in triple._asdict().items():
        (folder / name).write_bytes(content)
    result = subprocess.run(
        ["git", "merge-file", "-p", "yours", "base", "theirs"],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    return result.stdout if result.returncode == 0 else None


def check(triple: Triple, folder: Path) -> None:
    ours = merge(*triple)
    theirs = merged_by_git(triple, folder)

    if ours.is_clean and theirs is not None:
        assert ours.text == theirs


@with_git
@given(triple=small_triples())
def test_edits_that_could_be_read_in_several_ways(triple: Triple, tmp_path: Path) -> None:
    check(triple, tmp_path)


@with_git
@given(triple=python_triples())
def test_edits_of_python_modules(triple: Triple, tmp_path: Path) -> None:
    check(triple, tmp_path)


@pytest.mark.parametrize(
    ("base", "yours", "theirs"),
    [
        pytest.param("aa", "baaaaba", "abaaa", id="everything repeats"),
        pytest.param("aacabcc", "aacabbccac", "ababcac", id="a line given twice"),
        pytest.param("baaaba", "bababa", "bbaaaababa", id="a drop that slides"),
        pytest.param("bba", "babbaaa", "bbaaa", id="the same addition at the end"),
        pytest.param("bcbaabb", "cacaaaaccbb", "bcbacccab", id="nothing in its place"),
    ],
)
def test_readings_on_which_other_algorithms_differ(
    base: str, yours: str, theirs: str, tmp_path: Path
) -> None:
    triple = Triple(*("\n".join(side).encode() + b"\n" for side in (base, yours, theirs)))

    assert merge(*triple).text == merged_by_git(triple, tmp_path)
