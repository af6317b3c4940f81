"""A real Chromium for the tests that need a page: found on the machine, driven by Playwright.

It is looked for in this order: the program that `CHROMIUM` names, then Chromium or Chrome on PATH.
Playwright's own download is never used.

    python tests/browser.py          installs Debian's Chromium where there is none and we are root
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
INSTALL = (
    ("apt-get", "update", "-qq"),
    ("apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"),
)
QUIETLY = {"DEBIAN_FRONTEND": "noninteractive"}

# A fresh browser that talks to nobody but the page under test. As root it has no sandbox.
SWITCHES = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
)


class BrowserMissing(RuntimeError):
    """There is no Chromium on this machine. Says what to do."""


def program() -> str:
    """Raises `BrowserMissing`."""
    for name in (os.environ.get("CHROMIUM", ""), *PROGRAMS):
        if found := shutil.which(name):
            return found
    raise BrowserMissing(
        "no Chromium: install one (Debian: apt-get install chromium) or name it in CHROMIUM"
    )


@contextmanager
def chromium() -> Iterator[Browser]:
    """A headless Chromium, for tests that are plain functions: its pages wait by themselves.

    A context of it has its own cookies, its pages are tabs that share them, and
    `context.new_cdp_session(page)` speaks its DevTools protocol.
    Raises `BrowserMissing`.
    """
    from playwright.sync_api import sync_playwright

    path = program()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=SWITCHES)
        try:
            yield browser
        finally:
            browser.close()


def install() -> None:
    """Does nothing where there is one. Raises `BrowserMissing` where we may not install one."""
    try:
        program()
    except BrowserMissing:
        if os.geteuid() != 0 or not shutil.which("apt-get"):
            raise
        for command in INSTALL:
            subprocess.run(command, check=True, env={**os.environ, **QUIETLY})


if __name__ == "__main__":
    try:
        install()
    except (BrowserMissing, subprocess.CalledProcessError) as error:
        sys.exit(f"error: {error}")
