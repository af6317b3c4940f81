"""What a text is made of: lines, and three things that belong to the whole of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

BYTE_ORDER_MARK = b"\xef\xbb\xbf"

LF = b"\n"
CRLF = b"\r\n"


@dataclass(frozen=True)
class Text:
    """Lines that all end in a line end, so that the last one equals itself once another follows.

    Bytes, not characters: a merge needs no encoding, and must survive a wrong one.
    """

    lines: tuple[bytes, ...]
    has_mark: bool
    is_complete: bool

    @classmethod
    def of(cls, content: bytes, line_end: bytes) -> Text:
        body = content.removeprefix(BYTE_ORDER_MARK)
        is_complete = not body or body.endswith(LF)
        whole = body if is_complete else body + line_end
        return cls(split(whole), content.startswith(BYTE_ORDER_MARK), is_complete)


def split(content: bytes) -> tuple[bytes, ...]:
    """The lines with their ends. Unlike `splitlines`, a lone carriage return ends none."""
    return tuple(line + LF for line in content.removesuffix(LF).split(LF)) if content else ()


def joined(lines: Sequence[bytes], *, has_mark: bool, is_complete: bool) -> bytes:
    body = b"".join(lines)
    if not is_complete:
        body = body.removesuffix(CRLF) if body.endswith(CRLF) else body.removesuffix(LF)
    return BYTE_ORDER_MARK + body if has_mark else body


def line_ends(content: bytes) -> frozenset[bytes]:
    """The kinds of line end that occur: none, one or both."""
    windows = content.count(CRLF)
    unix = content.count(LF) - windows
    return frozenset(end for end, count in ((CRLF, windows), (LF, unix)) if count)


def with_line_end(content: bytes, line_end: bytes) -> bytes:
    return content.replace(CRLF, LF).replace(LF, line_end)


def is_binary(content: bytes) -> bool:
    """By the rule that git and diff use: a NUL byte near the start."""
    return b"\0" in content[:8000]
