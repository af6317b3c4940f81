"""What `python manage.py` says of its commands: those of core, and those that the blocks bring."""

from __future__ import annotations

from reference.example import ask

INTRODUCTION = """\
# Commands of a project

What `python manage.py --help` and `python manage.py COMMAND --help` say in a project with all
blocks. `python -m app` is the same; in a project of your own layout it is `python -m` and the
package that the blocks are in. `db`, `settings`, `routes`, `shell`, `serve` and `check` come with
core, the others with the block that they are about.

Exit codes: **0** done · **1** failed, with a sentence that says why · **2** wrong usage. What
deletes asks first; where nobody can be asked it wants `--yes`.
"""
IMPORTS = """\
from app.core.commands import program
from app.core.root import ROOT
from app.installed import BLOCKS
from reference.help import sections
"""


def page() -> str:
    told = ask(IMPORTS, "[*sections(program(BLOCKS), f'python -m {ROOT}')]")
    return "\n".join([INTRODUCTION, *told])
