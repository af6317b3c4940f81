"""What can go wrong, in the words that the user will read.

RegistryError ............ exit 1: failed, the project is as it was
├── UnsafePath             a path that would lead out of the project
├── UsageError ........... exit 2: the command was wrong
└── DecisionNeeded ....... exit 3: left to the user, nothing was written
"""

from __future__ import annotations

from typing import ClassVar


class RegistryError(Exception):
    """What happened and where; `hint` says what to do about it."""

    exit_code: ClassVar[int] = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(RegistryError):
    exit_code = 2


class DecisionNeeded(RegistryError):
    exit_code = 3


class UnsafePath(RegistryError):
    def __init__(self, path: str) -> None:
        super().__init__(
            f"`{path}` is not a path inside the project",
            hint="this block must not be installed; report it to whoever publishes it",
        )
