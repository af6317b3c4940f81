"""A block in two versions, and a project that has the first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from textwrap import dedent

from fastapi_registry.engine.block import Block
from fastapi_registry.engine.layout import NEW_PROJECT, Layout
from fastapi_registry.engine.lock import LockedFile, lock_of
from fastapi_registry.engine.manifest import parse_manifest
from fastapi_registry.engine.plan import Plan, applied
from fastapi_registry.engine.tree import Tree
from fastapi_registry.engine.update import Choices, plan_update
from tests.engine.made_up_blocks import CORE, PROJECT, a_new_project, fresh_secret

FOLDER = "modules/mails"
MANIFEST = """
schema = 1
name = "mails"
version = "1.0.0"
title = "Mails"
requires = ["core >=1.0"]
"""
SENDER = b"""\
from app.core.blocks import Block

ATTEMPTS = 3
SUBJECT = "Hello"


def send(to):
    return Block(to, ATTEMPTS)


def greet(name):
    return f"{SUBJECT} {name}"
"""
TEXT = b"Dear {{ name }},\n\nwelcome.\n\nYours\n"
FILES = {"__init__.py": b"", "sender.py": SENDER, "templates/welcome.txt": TEXT}


def mails(
    files: Mapping[str, bytes] = FILES, *, version: str = "1.0.0", more: str = "", head: str = ""
) -> Block:
    """The block `mails`; `more` is added to its manifest, `head` in front of the tables."""
    text = MANIFEST.replace("1.0.0", version) + dedent(head) + dedent(more)
    manifest = {f"{FOLDER}/block.toml": text.encode()}
    placed = {f"{FOLDER}/{name}": content for name, content in files.items()}
    return Block(parse_manifest(text.encode()), Tree(manifest | placed))


def without(name: str, files: Mapping[str, bytes] = FILES) -> dict[str, bytes]:
    return {other: content for other, content in files.items() if other != name}


V1 = mails()
SENDER_PATH = f"app/{FOLDER}/sender.py"
TEXT_PATH = f"app/{FOLDER}/templates/welcome.txt"


def a_project(*blocks: Block) -> Tree:
    return a_new_project(*(blocks or (V1,)))


def update(
    project: Tree,
    *blocks: Block,
    choices: Choices | None = None,
    layout: Layout = NEW_PROJECT,
) -> Plan:
    return plan_update(
        project,
        blocks,
        layout,
        choices=choices or Choices("markers"),
        fresh_secret=fresh_secret,
        pins=PROJECT.manifest.pins,
    )


def updated(project: Tree, *blocks: Block, choices: Choices | None = None) -> Tree:
    return applied(update(project, *blocks, choices=choices), project)


def record(project: Tree, name: str, block: str = "mails") -> LockedFile | None:
    """What the lock says about the file `name` of the block's folder."""
    locked = lock_of(project).get(block)
    assert locked is not None
    return next((f for f in locked.files if f.src == f"modules/{block}/{name}"), None)


def core(version: str) -> Block:
    return replace(CORE, manifest=CORE.manifest._replace(version=version))
