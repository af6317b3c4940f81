"""The documentation as a site: built strictly, and read in a browser that has no network."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.blocks.test_documents import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Route

pytestmark = pytest.mark.slow

SITE = ROOT / "build" / "site"
TEXTS_THAT_TOUCH = """
    Array.from(document.querySelectorAll(".sequence svg")).flatMap(picture => {
        const texts = Array.from(picture.querySelectorAll("text"), text => [text, text.getBBox()])
        const touch = ([one, a], [other, b]) => one !== other
            && a.x < b.x + b.width && b.x < a.x + a.width
            && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height
        return texts.filter(one => texts.some(other => touch(one, other)))
            .map(([text]) => text.textContent)
    })
"""
"""In the diagrams, as this browser's fonts have them. Lines may share 3 pixels: no letter does."""


@pytest.fixture(scope="module")
def built() -> Path:
    """`make docs`, which ends at a link that leads nowhere."""
    for command in (["reference.site"], ["zensical", "build", "--strict", "-f", "mkdocs.yml"]):
        done = subprocess.run(
            [sys.executable, "-m", *command], cwd=ROOT, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return SITE


def test_every_page_is_shown_without_an_error_and_without_the_network(
    built: Path, browser: Browser
) -> None:
    complaints: list[str] = []
    with served(built) as url:
        page = browser.new_page()
        page.on("console", lambda said: complaints.extend(errors_in(said)))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.route(lambda asked: not asked.startswith(url), partial(refuse, complaints))
        for file in sorted(built.rglob("*.html")):
            page.goto(f"{url}/{file.relative_to(built).as_posix()}")
            assert page.locator("h1").count() > 0, file
            assert page.evaluate(TEXTS_THAT_TOUCH) == [], file

    assert complaints == []


def errors_in(said: ConsoleMessage) -> list[str]:
    return [said.text] if said.type == "error" else []


def refuse(complaints: list[str], route: Route) -> None:
    complaints.append(f"asks for {route.request.url}")
    route.abort()


@contextmanager
def served(folder: Path) -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,)).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        """A page has many parts, and nobody reads about each."""
