"""`shell`: Python with the app at hand, in which `await` works at the prompt."""

import ast
import asyncio
import sys
from code import InteractiveConsole
from collections.abc import Iterator
from contextlib import AsyncExitStack, contextmanager
from importlib import import_module
from importlib.util import find_spec
from inspect import iscoroutine
from types import CodeType, FunctionType
from typing import Final, TypeAlias

import click

from app.core.commands.project import Project
from app.core.unit_of_work import UnitOfWork

Names: TypeAlias = dict[str, object]

_BANNER: Final = (
    "At hand: runtime, settings, work. `await` works; `await work.commit()` keeps what was written."
)


@click.command()
@click.option("--command", "-c", "source", metavar="CODE", help="Run CODE instead, and end.")
@click.pass_obj
def shell(project: Project, source: str | None) -> None:
    """Open Python with the app at hand. It has `runtime`, `settings` and `work`; `await` works."""
    with asyncio.Runner() as runner, _at_hand(project, runner) as names:
        if source is not None:
            flags = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
            _run(compile(source, "<command>", "exec", flags=flags), names, runner)
        elif sys.stdin.isatty() and find_spec("IPython"):
            _talk_in_ipython(names, runner)
        else:
            AsyncConsole(names, runner).interact(_BANNER, exitmsg="")


@contextmanager
def _at_hand(project: Project, runner: asyncio.Runner) -> Iterator[Names]:
    stack = AsyncExitStack()
    runtime = runner.run(stack.enter_async_context(project.runtime()))
    work = UnitOfWork(runtime)
    stack.push_async_callback(work.rollback)
    try:
        yield {"runtime": runtime, "settings": project.settings, "work": work}
    finally:
        runner.run(stack.aclose())


class AsyncConsole(InteractiveConsole):
    """Python's own, whose lines may await."""

    def __init__(self, names: Names, runner: asyncio.Runner) -> None:
        super().__init__(names)
        self.compile.compiler.flags |= ast.PyCF_ALLOW_TOP_LEVEL_AWAIT
        self._names = names
        self._runner = runner

    def runcode(self, code: CodeType) -> None:
        try:
            _run(code, self._names, self._runner)
        except (Exception, KeyboardInterrupt):
            self.showtraceback()


def _run(code: CodeType, names: Names, runner: asyncio.Runner) -> None:
    """All lines share one event loop: connections and tasks live as long as the shell."""
    outcome = FunctionType(code, names)()
    if iscoroutine(outcome):
        runner.run(outcome)


def _talk_in_ipython(names: Names, runner: asyncio.Runner) -> None:
    interactive = import_module("IPython.terminal.interactiveshell").TerminalInteractiveShell
    terminal = interactive.instance(user_ns=names, banner1=f"{_BANNER}\n")
    terminal.loop_runner = runner.run
    terminal.mainloop()
