"""Triples of texts as a merge meets them: one base, and two people who edited it."""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json.decoder
import re
import string
import textwrap
from types import ModuleType
from typing import NamedTuple

from hypothesis import strategies as st

MODULES: tuple[ModuleType, ...] = (argparse, dataclasses, json.decoder, string, textwrap)
SOURCES = tuple(
    inspect.getsource(module).encode().splitlines(keepends=True)[:600] for module in MODULES
)
DEFINITION = re.compile(rb"(?: {4})?(?:async def |def |class |@)")


class Triple(NamedTuple):
    base: bytes
    yours: bytes
    theirs: bytes


@st.composite
def small_triples(draw: st.DrawFn) -> Triple:
    """Few different lines, so that every edit could be read in several ways."""
    letters = "abcdefghij"[: draw(st.integers(2, 10))]
    line = st.sampled_from([f"{letter}\n".encode() for letter in letters])
    base = draw(st.lists(line, max_size=draw(st.sampled_from([4, 8, 20, 40]))))
    few_lines = st.lists(line, max_size=3)

    def edited() -> bytes:
        lines = list(base)
        for _ in range(draw(st.integers(1, 4))):
            place = draw(st.integers(0, len(lines)))
            lines[place : place + draw(st.integers(0, 3))] = draw(few_lines)
        return b"".join(lines)

    return Triple(b"".join(base), edited(), edited())


@st.composite
def python_triples(draw: st.DrawFn) -> Triple:
    """Python modules in which functions are moved, added, dropped, edited and reformatted."""
    source = draw(st.sampled_from(SOURCES))

    def edited() -> bytes:
        lines = list(source)
        for edit in draw(st.lists(st.sampled_from(EDITS), min_size=1, max_size=6)):
            lines = edit(draw, lines) if lines else lines
        return b"".join(lines)

    return Triple(b"".join(source), edited(), edited())


def _function(draw: st.DrawFn, lines: list[bytes]) -> slice:
    """The lines of one of the functions, with the blank lines that follow it."""
    starts = [place for place, line in enumerate(lines) if DEFINITION.match(line)]
    starts = [0, *starts, len(lines)]
    chosen = draw(st.integers(0, len(starts) - 2))
    return slice(starts[chosen], starts[chosen + 1])


def _a_line_edited(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    place = draw(st.integers(0, len(lines) - 1))
    edited = lines[place].replace(b"self", b"this").replace(b"return", b"yield")
    return [*lines[:place], edited, *lines[place + 1 :]]


def _a_line_dropped(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    place = draw(st.integers(0, len(lines) - 1))
    return [*lines[:place], *lines[place + 1 :]]


def _some_lines_repeated(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    start = draw(st.integers(0, len(lines) - 1))
    stop = min(len(lines), start + draw(st.integers(1, 6)))
    return [*lines[:stop], *lines[start:stop], *lines[stop:]]


def _some_lines_indented(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    start = draw(st.integers(0, len(lines) - 1))
    stop = min(len(lines), start + draw(st.integers(1, 6)))
    indented = [b"    " + line if line.strip() else line for line in lines[start:stop]]
    return [*lines[:start], *indented, *lines[stop:]]


def _a_function_moved(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    span = _function(draw, lines)
    rest = [*lines[: span.start], *lines[span.stop :]]
    place = _function(draw, rest).start
    return [*rest[:place], *lines[span], *rest[place:]]


def _a_function_added(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    other = draw(st.sampled_from(SOURCES))
    place = _function(draw, lines).start
    return [*lines[:place], *other[_function(draw, other)], *lines[place:]]


def _a_function_dropped(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    span = _function(draw, lines)
    return [*lines[: span.start], *lines[span.stop :]]


def _other_quotes(draw: st.DrawFn, lines: list[bytes]) -> list[bytes]:
    return [line.replace(b"'", b'"') for line in lines]


EDITS = (
    _a_line_edited,
    _a_line_dropped,
    _some_lines_repeated,
    _some_lines_indented,
    _a_function_moved,
    _a_function_added,
    _a_function_dropped,
    _other_quotes,
)
