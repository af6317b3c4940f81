"""What a command that writes leaves behind, so that it can be taken back."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from typing import Final, NamedTuple

from fastapi_registry.engine.base import FOLDER as TOOL_FOLDER
from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.lock import LOCK_PATH
from fastapi_registry.engine.plan import Change, Plan, applied, difference
from fastapi_registry.engine.tree import Tree

RECORD: Final = f"{TOOL_FOLDER}/undo/last.json"
SCHEMA: Final = 1


class DamagedRecord(RegistryError):
    def __init__(self) -> None:
        super().__init__(
            f"`{RECORD}` cannot be read, so the last command cannot be taken back",
            hint=f"delete `{TOOL_FOLDER}/undo`; version control still knows what was there",
        )


class Step(NamedTuple):
    """One file: its content before the command, and the SHA-256 of it after; `None` is no file."""

    path: str
    before: bytes | None
    after: str | None


class Record(NamedTuple):
    command: str
    steps: tuple[Step, ...]

    def to_bytes(self) -> bytes:
        steps = [[path, _as_text(before), after] for path, before, after in self.steps]
        return json.dumps({"schema": SCHEMA, "command": self.command, "steps": steps}).encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Record:
        """Raises `DamagedRecord`."""
        try:
            table = json.loads(content)
            steps = (Step(path, _as_bytes(text), after) for path, text, after in table["steps"])
            return cls(str(table["command"]), tuple(steps))
        except (ValueError, KeyError, TypeError) as error:
            raise DamagedRecord from error


def with_record(plan: Plan, project: Tree, command: str) -> Plan:
    """`plan`, which also writes down how it is taken back."""
    if plan.is_empty or any(change.path == RECORD for change in plan.changes):
        return plan
    after = applied(plan, project)
    if LOCK_PATH in after:
        record = Record(command, tuple(map(_step, plan.changes)))
        after = after.write(RECORD, record.to_bytes())
    else:
        after = after.without(RECORD)
    return plan._replace(changes=difference(project, after))


def _step(change: Change) -> Step:
    return Step(change.path, change.before, change.after_sha256)


def _as_text(content: bytes | None) -> str | None:
    return None if content is None else b64encode(content).decode("ascii")


def _as_bytes(text: str | None) -> bytes | None:
    return None if text is None else b64decode(text, validate=True)
