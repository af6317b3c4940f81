"""A client that costs next to nothing: it runs on the same cores as the server that it measures.

It sends the same bytes over and over on connections that stay open, and reads of each answer only
how long it is.
"""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import cycle
from urllib.parse import urlsplit

_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class UnexpectedAnswer(RuntimeError):
    """The server did not answer 200: what was measured was something else."""


@dataclass(frozen=True)
class Request:
    url: str
    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: object = None

    @property
    def address(self) -> tuple[str, int]:
        parts = urlsplit(self.url)
        return parts.hostname or "", parts.port or 80

    @property
    def content(self) -> bytes:
        body = b"" if self.body is None else json.dumps(self.body).encode()
        lines = [f"{self.method} {urlsplit(self.url).path} HTTP/1.1", "Host: localhost"]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        if body:
            lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
        return "\r\n".join([*lines, "", ""]).encode() + body


async def answers_per_second(*requests: Request, clients: int, seconds: float) -> float:
    """Each client asks again as soon as it is answered. The requests take turns."""
    ends = time.perf_counter() + seconds
    turns = cycle([each.content for each in requests])
    address = requests[0].address
    counts = await asyncio.gather(*(_ask_until(ends, address, turns) for _ in range(clients)))
    return sum(counts) / seconds


async def _ask_until(ends: float, address: tuple[str, int], turns: Iterator[bytes]) -> int:
    reader, writer = await asyncio.open_connection(*address)
    count = 0
    while time.perf_counter() < ends:
        writer.write(next(turns))
        await _read_answer(reader)
        count += 1
    writer.close()
    await writer.wait_closed()
    return count


async def _read_answer(reader: asyncio.StreamReader) -> None:
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    body = await reader.readexactly(int(length[1])) if length else b""
    if not head.startswith(b"HTTP/1.1 200"):
        raise UnexpectedAnswer((head + body).decode())
