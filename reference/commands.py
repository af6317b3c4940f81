"""What `fastapi-blocks` says of its commands when it is asked for help."""

from __future__ import annotations

from fastapi_registry.cli.main import PROGRAM, program
from reference.help import sections

INTRODUCTION = """\
# Commands

What `fastapi-blocks --help` and `fastapi-blocks COMMAND --help` say. `fastapi-registry` is the same
program. What the blocks bring is run within a project:
[commands of a project](manage.md).

Exit codes: **0** done, or nothing to do · **1** failed, the project is as it was · **2** wrong
usage · **3** a decision is left to you · **4** `--check` found something to do · **130**
interrupted, the project is as it was. With `--json`, one JSON document goes to standard output,
also for errors; what is said beside it goes to standard error.
"""


def page() -> str:
    return "\n".join([INTRODUCTION, *sections(program, PROGRAM)])
