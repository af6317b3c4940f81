"""What an edit of a user's file is: a fact that can be made true, and unmade.

An edit that is not sure of its place changes nothing and says what to do by hand.
"""

from __future__ import annotations

from typing import Protocol

from fastapi_registry.engine.plan import Todo


class CannotEdit(Exception):
    """The file is not as expected. `todo` has the lines to paste, and where."""

    def __init__(self, todo: Todo) -> None:
        super().__init__(todo.why)
        self.todo = todo


class Fact(Protocol):
    """Something that a file says, by syntax and not by text.

    `ensure` twice is `ensure` once, and `remove` after an `ensure` that changed
    something gives back the very bytes. Both raise `CannotEdit`.
    """

    def ensure(self, source: bytes) -> bytes: ...

    def remove(self, source: bytes) -> bytes: ...
