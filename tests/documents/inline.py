"""Commands in running text: too short to be run on their own, and easily out of date."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

import click

from fastapi_registry.cli.main import PROGRAM, program
from tests.documents.pages import ROOT, Page

INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
OURS = (f"{PROGRAM} ", "make ", "python manage.py ", "python -m app ")
OF_A_PROJECT = re.compile(r"^## ([^\n]+)\n\n```text\n(.+?)^```", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"(?<![\w-])--?[a-z][\w-]*")
TARGETS = re.compile(r"^([a-z]+):", re.MULTILINE)


def commands(page: Page) -> Iterator[list[str]]:
    """The words of each inline code that begins with a program of ours, or `make`."""
    for code in INLINE.findall(page.text):
        if code.startswith(OURS):
            yield shlex.split(code.replace("…", ""), comments=True)


def mistake_in(words: list[str]) -> str:
    """What nobody could type; "" if all is well."""
    name, *arguments = (word for word in words if "=" not in word)
    if name == "make":
        targets = TARGETS.findall((ROOT / "Makefile").read_text())
        return "" if {*arguments} <= {*targets} else "no such target"
    if name == "python":
        return _mistake_in_a_project(arguments[2 if arguments[0] == "-m" else 1 :])
    return _mistake_of_ours(program, arguments)


def _mistake_in_a_project(arguments: list[str]) -> str:
    """By the page that is written from the code of a project: its `app` is not ours to import."""
    page = (ROOT / "docs" / "reference" / "manage.md").read_text("utf-8")
    said = dict(OF_A_PROJECT.findall(page))
    group = arguments[0] in said and "COMMAND [ARGS]" in said[arguments[0]]
    called = " ".join(arguments[: 2 if group else 1])
    if called not in said:
        return "no such command"
    wrong = {word for word in arguments if OPTION.match(word)} - set(OPTION.findall(said[called]))
    return f"no such option: {', '.join(sorted(wrong))}" if wrong else ""


def _mistake_of_ours(command: click.Command, arguments: list[str]) -> str:
    if isinstance(command, click.Group) and arguments and not arguments[0].startswith("-"):
        inner = command.get_command(click.Context(command), arguments[0])
        return _mistake_of_ours(inner, arguments[1:]) if inner else "no such command"
    known = {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    wrong = {word for word in arguments if word.startswith("-")} - known - {"--help"}
    return f"no such option: {', '.join(sorted(wrong))}" if wrong else ""
