"""What the disk can refuse, in the words that the user will read.

RegistryError
├── ProjectChanged ... a file is no longer as it was when the plan was made
├── NotOurs .......... a link, a case twin, a folder where a file should be
├── CannotWrite ...... a full disk, a read-only file or folder
└── NotRestored ...... the way back is barred as well; the next command tries again
"""

from __future__ import annotations

import errno

from fastapi_registry.engine.errors import RegistryError

_HINTS = {
    errno.ENOSPC: "free some space on that disk, then run the command again",
    errno.EDQUOT: "your quota on that disk is used up: free some space, then run it again",
    errno.EFBIG: "it would be larger than a file may be here: `ulimit -f` tells the limit",
    errno.EROFS: "that disk is mounted read-only",
}


class ProjectChanged(RegistryError):
    def __init__(self, path: str) -> None:
        super().__init__(
            f"`{path}` was changed by something else in the meantime; nothing was written",
            hint="run the command again: it starts from what is there now",
        )


class NotOurs(RegistryError):
    """Writing there could change something that is not the project's, or not what was meant."""


class CannotWrite(RegistryError):
    def __init__(self, path: str, why: str, hint: str) -> None:
        super().__init__(f"cannot write `{path}`: {why}; the project is as it was", hint=hint)

    @classmethod
    def because(cls, error: OSError, path: str) -> CannotWrite:
        why = (error.strerror or str(error)).lower()
        hint = _HINTS.get(error.errno or 0, "check who owns it and whether it may be written to")
        return cls(path, why, hint)


class NotRestored(RegistryError):
    def __init__(self, error: OSError) -> None:
        super().__init__(
            f"the project could not be put back as it was: {error}",
            hint="remove the cause, then run any command: it puts the rest back first",
        )
