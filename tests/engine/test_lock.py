from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.lock import (
    DamagedLock,
    Dep,
    EnvKey,
    Lock,
    LockedBlock,
    LockedFile,
    Migration,
    Seam,
    read,
    write,
)

AUTH = LockedBlock(
    name="auth",
    version="1.0.0",
    source="bundled",
    digest="d1",
    direct=True,
    requires=("core",),
    params={"package": "app", "table_prefix": ""},
    files=(
        LockedFile("modules/auth/a.py", "app/modules/auth/a.py", "s1", "1.0.0"),
        LockedFile("modules/auth/b.py", "app/modules/auth/b.py", "s2", "1.0.0", "deleted"),
    ),
    seams=(Seam("hub", "app/installed.py", "auth", "user"),),
    deps=(Dep("pyproject.toml", "", "pwdlib>=0.2", "pwdlib>=0.2"),),
    env=(EnvKey(".env", "AUTH_SECRET_KEY"), EnvKey(".env.example", "TTL", added=False)),
    migrations=(Migration("migrations/versions/auth_0001.py", "auth_0001"),),
)
CORE = LockedBlock("core", "1.2.0", "bundled", "d0")


def test_what_was_written_can_be_read() -> None:
    lock = Lock((AUTH, CORE))

    assert read(write(lock)) == lock


def test_the_order_of_facts_does_not_show() -> None:
    assert write(Lock((CORE, AUTH))) == write(Lock((AUTH, CORE)))


def test_the_schema_is_the_one_of_the_design() -> None:
    block = tomllib.loads(write(Lock((AUTH,))).decode())["block"][0]

    assert list(block) == [
        *("name", "version", "source", "digest", "direct", "requires", "params"),
        *("file", "seam", "dep", "env", "migration"),
    ]
    assert list(block["file"][0]) == ["src", "path", "base", "base_version", "state", "mode"]
    assert list(block["seam"][0]) == ["kind", "path", "fact", "created_by"]
    assert list(block["dep"][0]) == ["file", "group", "req", "added"]
    assert list(block["env"][0]) == ["file", "key", "added"]
    assert list(block["migration"][0]) == ["path", "revision", "down"]


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(text: str) -> None:
    lock = Lock((LockedBlock("x", "1.0.0", text, "d", params={"name": text}),))

    assert read(write(lock)) == lock


def test_a_block_takes_the_place_of_the_one_of_its_name() -> None:
    newer = LockedBlock("core", "2.0.0", "bundled", "d2")

    assert Lock((AUTH, CORE)).with_block(newer).versions == {"auth": "1.0.0", "core": "2.0.0"}
    assert Lock((AUTH, CORE)).without("core") == Lock((AUTH,))


@pytest.mark.parametrize(
    "content",
    [
        b"\xff",
        b"schema = ",
        b"schema = 2\n",
        b"schema = 1\nblock = 3\n",
        b"schema = 1\n[[block]]\nname = 'x'\n",
        write(Lock((AUTH,))).replace(b'"app/modules/auth/a.py"', b'"../../etc/passwd"'),
        write(Lock((AUTH,))).replace(b'"tracked"', b'"lost"'),
        write(Lock((AUTH,))).replace(b'path = "app/installed.py"', b"path = 3"),
    ],
)
def test_a_damaged_lock_is_refused_with_the_way_out(content: bytes) -> None:
    with pytest.raises(DamagedLock) as refusal:
        read(content)

    assert "git checkout" in refusal.value.hint


@pytest.mark.parametrize(
    "lock",
    [
        Lock((AUTH, CORE._replace(files=AUTH.files))),
        Lock((AUTH, AUTH)),
        Lock((CORE._replace(version="banana"),)),
    ],
)
def test_what_a_hand_or_a_bad_merge_left_is_damage(lock: Lock) -> None:
    with pytest.raises(DamagedLock):
        read(write(lock))
