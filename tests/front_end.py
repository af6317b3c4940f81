"""A front end on a port of its own: one page, whatever the path, as those that do the routing."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class FrontEnd(SimpleHTTPRequestHandler):
    def __init__(self, *arguments: Any, page: str, **options: Any) -> None:
        self._page = page
        super().__init__(*arguments, **options)

    def send_head(self) -> Any:
        self.path = f"/{self._page}"
        return super().send_head()

    def log_message(self, format: str, *args: Any) -> None:
        """Silent."""


@contextmanager
def front_end(page: Path) -> Iterator[int]:
    """The port on which it is served."""
    handler = partial(FrontEnd, directory=str(page.parent), page=page.name)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
