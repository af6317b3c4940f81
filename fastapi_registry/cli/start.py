"""Where a process starts."""

from __future__ import annotations

import sys
from typing import NoReturn

from fastapi_registry.version import VERSION


def main() -> NoReturn:
    if sys.argv[1:] == ["--version"]:  # what scripts and prompts ask is told before all imports
        print(f"fastapi-blocks {VERSION}")
        sys.exit(0)
    from fastapi_registry.cli.main import run_program

    sys.exit(run_program(sys.argv[1:]))
