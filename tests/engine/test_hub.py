from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.edits.fact import CannotEdit
from fastapi_registry.engine.edits.hub import HubEntry
from fastapi_registry.engine.edits.new_hub import new_hub
from fastapi_registry.engine.layout import NEW_PROJECT, Layout

AUTH = HubEntry("auth", "app", "AuthSettings")
LOGS = HubEntry("logs", "app")
USERS = HubEntry("users", "app", "UsersSettings")

WITH_AUTH_AND_LOGS = b'''\
"""What this app is made of. `fastapi-blocks` edits BLOCKS and Settings."""

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.modules.auth import AuthSettings
from app.modules.auth import block as auth
from app.modules.logs import block as logs

BLOCKS: tuple[Block, ...] = (
    core.block,  # what all others stand on
    auth,
    logs,
)


class Settings(CoreSettings):
    """One section for each block that has settings."""

    auth: AuthSettings = AuthSettings()
'''

REFORMATTED = b"""\
from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings, DatabaseSettings as Db
from app.modules.auth import AuthSettings, block as auth
from shop.config import settings

BLOCKS: tuple[Block, ...] = (core.block, auth)


class Settings(CoreSettings):
    auth: AuthSettings = AuthSettings(open=False)

    def describe(self) -> str:
        return 'mine'
"""

HUBS = {
    "new": new_hub(NEW_PROJECT),
    "joining": new_hub(Layout(joins=True, database_url="c.url", database_import="import c")),
    "with auth and logs": WITH_AUTH_AND_LOGS,
    "reformatted": REFORMATTED,
    "one line": b"from app import core\nBLOCKS = (core.block,)\nclass Settings(C):\n    pass\n",
    "empty": b"BLOCKS = ()\n\n\nclass Settings(C):\n    x: int = 1\n    # mine\n    z: int = 1",
    "a list": b"from app import core\nBLOCKS = [\n  core.block,  # first\n  other\n]\n"
    b"class Settings(C):\n\t'''Mine.'''\n\tdef f(self): ...\n",
    "newer Python": WITH_AUTH_AND_LOGS + b"\ntype Pair[T = int] = tuple[T, T]\n"
    b"try: ...\nexcept A, B: ...\n",
}


def test_every_order_of_adding_leads_to_the_same_hub() -> None:
    results = set()

    for order in permutations([AUTH, LOGS, USERS]):
        hub = new_hub(NEW_PROJECT)
        for entry in order:
            hub = entry.ensure(hub)
        results.add(hub)

    assert len(results) == 1


def test_the_result_is_what_the_design_shows() -> None:
    assert AUTH.ensure(LOGS.ensure(new_hub(NEW_PROJECT))) == WITH_AUTH_AND_LOGS


@pytest.mark.parametrize("entry", [AUTH, LOGS, USERS], ids=lambda entry: entry.name)
@pytest.mark.parametrize("name", HUBS)
@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"], ids=["", "BOM"])
def test_adding_is_idempotent_and_has_an_inverse(
    entry: HubEntry, name: str, ending: bytes, mark: bytes
) -> None:
    hub = mark + HUBS[name].replace(b"\n", ending)

    once = entry.ensure(hub)

    assert entry.ensure(once) == once
    if once != hub:
        assert entry.remove(once) == hub


@given(st.permutations([AUTH, LOGS, USERS]), st.permutations([AUTH, LOGS, USERS]))
def test_blocks_can_leave_in_any_order(coming: list[HubEntry], going: list[HubEntry]) -> None:
    hub = new_hub(NEW_PROJECT)
    for entry in coming:
        hub = entry.ensure(hub)

    for entry in going:
        hub = entry.remove(hub)

    assert hub == new_hub(NEW_PROJECT)


def test_only_lines_are_added() -> None:
    lines = WITH_AUTH_AND_LOGS.splitlines()

    edited = USERS.ensure(WITH_AUTH_AND_LOGS).splitlines()

    assert [line for line in edited if line in lines] == lines
    assert len(edited) == len(lines) + 4


def test_what_is_there_in_another_form_is_not_added_again() -> None:
    assert AUTH.ensure(REFORMATTED) == REFORMATTED


def test_a_combined_import_loses_only_what_goes() -> None:
    without = AUTH.remove(REFORMATTED)

    assert b"modules.auth" not in without
    assert b"BLOCKS: tuple[Block, ...] = (core.block,)" in without
    assert b"def describe" in without


@pytest.mark.parametrize(
    "hub",
    [
        b"",
        b"BLOCKS = core_blocks()\n",
        b"BLOCKS = (core.block,)\nclass Settings(C): pass\n",
        b"BLOCKS = (core.block,)\nSettings = make()\n",
    ],
)
def test_where_it_is_not_sure_it_says_what_to_write(hub: bytes) -> None:
    with pytest.raises(CannotEdit) as refusal:
        AUTH.ensure(hub)

    todo = refusal.value.todo
    assert todo.path == "app/installed.py"
    assert "from app.modules.auth import block as auth" in todo.snippet
    assert "auth: AuthSettings = AuthSettings()" in todo.snippet


names = st.sampled_from(["core.block", "billing", "zebra", "other.block"])
fields = st.sampled_from(["name: str = 'x'", "billing: B = B()", "zebra: Z = Z()  # mine"])
heads = st.sampled_from(["", '"""Mine."""\n', "# Mine\n\n", "from __future__ import x\n"])
imports = st.sampled_from(
    ["import os\n", "from app import core\n", "from app.x import (\n  y,\n)\n"]
)
docstrings = st.sampled_from(["", '    """Mine."""\n\n', '    """Mine."""\n', "    # why\n"])
last_members = st.sampled_from(["    def mine(self): ...\n", "    pass\n"])
ends = st.sampled_from(["", "\nx = BLOCKS", "\nif x:\n    from app.modules.auth import z\n"])


@st.composite
def hubs(draw: st.DrawFn) -> bytes:
    """Hubs as people leave them: reordered, reformatted, with code of their own."""
    entries = draw(st.lists(names, min_size=1, max_size=4, unique=True))
    comma = "," if len(entries) == 1 else draw(st.sampled_from(["", ","]))
    one_line = f"({', '.join(entries)}{comma})"
    lines = "(\n    " + ",\n    ".join(entries) + f"{comma}\n)"
    blocks = draw(st.sampled_from([one_line, lines]))
    body = "".join(f"    {each}\n" for each in draw(st.lists(fields, max_size=3, unique=True)))
    settings = f"class Settings(C):\n{draw(docstrings)}{body}{draw(last_members)}"
    source = f"{draw(heads)}{draw(imports)}\nBLOCKS = {blocks}\n\n{settings}{draw(ends)}"
    return source.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()


@given(hubs(), st.permutations([AUTH, LOGS, USERS]))
def test_whatever_people_make_of_a_hub_blocks_come_and_go_without_a_trace(
    hub: bytes, order: list[HubEntry]
) -> None:
    for entry in order:
        once = entry.ensure(hub)

        assert entry.ensure(once) == once
        assert entry.remove(once) == hub
        hub = once
