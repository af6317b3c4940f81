"""Where a process starts."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import Final, NoReturn

from fastapi_registry.version import NAME_AND_VERSION

_STDOUT: Final = 1  # not `sys.stdout`, which would try again at the end what it could not write


def main() -> NoReturn:
    if sys.argv[1:] == ["--version"]:  # what scripts and prompts ask is told before all imports
        with suppress(OSError):  # nobody takes it: the program finds that too, and says so
            os.write(_STDOUT, f"{NAME_AND_VERSION}\n".encode())
            sys.exit(0)
    from fastapi_registry.cli.main import run_program

    sys.exit(run_program(sys.argv[1:]))
