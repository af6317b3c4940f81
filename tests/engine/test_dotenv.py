from __future__ import annotations

from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fastapi_registry.engine.edits.dotenv import (
    EnvSection,
    EnvValue,
    keys,
    set_value,
    shown_keys,
)
from fastapi_registry.engine.manifest import EnvVar

CORE = EnvSection("core", "Ground", (EnvVar("DATABASE_URL", "Where data lives", "sqlite://"),))
AUTH = EnvSection("auth", "Sign-in", (EnvVar("TTL", "Minutes", "15", active=True),))
LOGS = EnvSection("logs", "Logs", (EnvVar("LOG_DAYS", "Kept for", "3"), EnvVar("LOG_X", "x")))

files = st.lists(
    st.sampled_from(["A=1", "# note", "", "export B='x y'", 'C="two\nlines"', "  D = 4 # four"]),
    max_size=5,
).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n"]).flatmap(
        lambda ending: st.sampled_from(
            [ending.join(lines).encode(), (ending.join(lines) + ending).encode()]
        )
    )
)


@pytest.mark.parametrize(
    "line",
    [
        "KEY=value",
        "export KEY=value",
        "  KEY = 'quoted'",
        '\ufeffKEY="x"',
        "key=lower",
        "KEY",
        "KEY=",
        "'KEY'=1",
        "A=1\r\nKEY=2\r\n",
        "# note\n\tKEY: 3=4\nKEY=5",
    ],
)
def test_a_key_that_exists_in_any_spelling_is_not_set_again(line: str) -> None:
    source = line.encode()

    assert EnvValue("KEY", "mine").ensure(source) == source


@pytest.mark.parametrize("line", ["# KEY=1", "KEYS=1", "A='\nKEY=1\n'", "A=KEY"])
def test_what_only_looks_like_the_key_does_not_count(line: str) -> None:
    assert "KEY" not in keys(line.encode())


@given(files)
def test_a_value_goes_in_and_out_without_a_trace(source: bytes) -> None:
    fact = EnvValue("SECRET_KEY", "abc")

    once = fact.ensure(source)

    assert "SECRET_KEY" in keys(once)
    assert fact.ensure(once) == once
    assert fact.remove(once) == source


@given(files, st.permutations([CORE, AUTH, LOGS]))
def test_a_section_goes_in_and_out_without_a_trace(source: bytes, order: list[EnvSection]) -> None:
    for fact in order:
        once = fact.ensure(source)

        assert fact.ensure(once) == once
        assert fact.remove(once) == source
        source = once


@given(files)
def test_the_order_of_adding_does_not_show(source: bytes) -> None:
    results = set()

    for order in permutations([CORE, AUTH, LOGS]):
        edited = source
        for fact in order:
            edited = fact.ensure(edited)
        results.add(edited)

    assert len(results) == 1


def test_a_section_explains_and_shows_each_variable() -> None:
    assert AUTH.ensure(CORE.ensure(b"# Copy me\n")) == (
        b"# Copy me\n\n# --- core: Ground ---\n# Where data lives\n# DATABASE_URL=sqlite://\n"
        b"\n# --- auth: Sign-in ---\n# Minutes\nTTL=15\n"
    )


def test_lines_that_somebody_made_his_own_stay() -> None:
    ours = LOGS.ensure(b"")
    theirs = ours.replace(b"# Kept for\n# LOG_DAYS=3\n", b"# By our contract\nLOG_DAYS=90\n")

    assert theirs != ours
    assert LOGS.remove(theirs) == b"# --- logs: Logs ---\n# By our contract\nLOG_DAYS=90\n"
    assert LOGS.keys(LOGS.remove(theirs)) == {"LOG_DAYS"}


def test_lines_are_renewed_unless_somebody_made_them_his_own() -> None:
    days, other = LOGS.variables
    later = LOGS._replace(variables=(days._replace(about="Days", example="7"), other))
    theirs = LOGS.ensure(b"A=1\r\n")

    assert later.renew(theirs, LOGS) == later.ensure(b"A=1\r\n")
    theirs = theirs.replace(b"LOG_DAYS=3", b"LOG_DAYS=90")
    assert b"# Days\r\n# LOG_DAYS=90\r\n" in later.renew(theirs, LOGS)


def test_what_an_example_shows_already_is_not_shown_again() -> None:
    source = b"# LOG_DAYS=7\nLOG_X=1\n"

    assert shown_keys(source) == {"LOG_DAYS", "LOG_X"}
    assert LOGS.ensure(source) == source


def test_a_shown_value_can_be_set() -> None:
    assert set_value(b"# A=1\r\nB=2\r\n", "A", "x") == b"A=x\r\nB=2\r\n"
    assert set_value(b"A=1\nB=2", "B", "x") == b"A=1\nB=x"
    assert set_value(b"A=1\n", "B", "x") == b"A=1\nB=x\n"
