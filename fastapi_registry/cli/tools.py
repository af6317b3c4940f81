"""Commands as tools of a coding assistant: what each takes, and the command line of a call.

All of it is read off the commands, so a tool cannot promise what its command does not do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from inspect import cleandoc
from typing import Final, NamedTuple

import click

from fastapi_registry.cli.command import BlocksCommand
from fastapi_registry.engine.errors import UsageError
from fastapi_registry.engine.reference import Folder, parse_reference

_NOT_OFFERED: Final = frozenset(
    {
        "mcp",  # it is what offers the others
        "setup",  # `init` with `all` is the same
        "version",  # the server tells it in its greeting
        "create-dev-user",  # its answer is a password, which would stay in a conversation
        "registry",  # says which server a token of the environment is sent to
    }
)
_LEFT_TO_PEOPLE: Final = frozenset(
    {
        "python",  # would run any program of this machine
        "force",  # overwrites files, which only those who wrote them can want
    }
)
_ONLY_ADD: Final = frozenset({"init", "add", "adopt", "new-block"})
_STAY_HERE: Final = frozenset(
    {"list", "doctor", "check", "remove", "undo", "mv", "adopt", "new-block", "build"}
)
"""The others may fetch from registries or install packages."""
_PROJECT: Final = "project_path"
_HERE: Final = "."


class WrongCall(UsageError):
    """A call that cannot become a command line."""


class Tool(NamedTuple):
    name: str
    command: BlocksCommand
    parameters: Mapping[str, click.Parameter]

    @property
    def about(self) -> str:
        return cleandoc(self.command.help or "").replace("\b\n", "")

    @property
    def writes(self) -> bool:
        return self.command.writes

    @property
    def only_adds(self) -> bool:
        return self.name in _ONLY_ADD

    @property
    def stays_here(self) -> bool:
        return self.name in _STAY_HERE

    @property
    def schema(self) -> dict[str, object]:
        """Of its arguments, see https://json-schema.org."""
        project = {"type": "string", "description": "A project below the folder that is served."}
        described = {name: _described(each) for name, each in self.parameters.items()}
        return {
            "type": "object",
            "properties": {**described, _PROJECT: project},
            "required": [name for name, each in self.parameters.items() if each.required],
            "additionalProperties": False,
        }


class Call(NamedTuple):
    """What to type where. `paths` are those of the words that must not lead elsewhere."""

    project: str
    words: tuple[str, ...]
    paths: tuple[str, ...]


def tools_of(group: click.Group) -> dict[str, Tool]:
    context = click.Context(group)
    named = ((name, group.get_command(context, name)) for name in group.list_commands(context))
    return {
        name: Tool(name, command, _parameters(command))
        for name, command in named
        if isinstance(command, BlocksCommand) and name not in _NOT_OFFERED
    }


def call_of(tool: Tool, given: Mapping[str, object]) -> Call:
    """What an assistant has given, as one would type it. Raises `WrongCall`.

    `null` is the same as nothing. No value can become a flag: the value of an option hangs on
    its name, and names of blocks and files come after the dashes. What is missing, or none of
    the choices, is for the command to say.
    """
    meant = {name: value for name, value in given.items() if value is not None}
    project = _text(_PROJECT, meant.pop(_PROJECT, _HERE))
    for name in meant:
        if name not in tool.parameters:
            takes = ", ".join([*tool.parameters, _PROJECT])
            raise WrongCall(f"`{tool.name}` takes no `{name}`", hint=f"it takes {takes}")
    options: list[str] = []
    for name, parameter in tool.parameters.items():
        if isinstance(parameter, click.Option) and name in meant:
            options += _option_words(name, parameter, meant[name])
    arguments = list(_arguments(tool, meant))
    words = [text for _, text in arguments]
    paths = tuple(text for parameter, text in arguments if _is_path(parameter, text))
    return Call(project, (tool.name, *options, "--", *words), paths)


def _parameters(command: click.Command) -> dict[str, click.Parameter]:
    """Not how it speaks, which its function never sees, and not where, which is one for all."""
    offered = (each for each in command.params if each.expose_value and not _is_hidden(each))
    named = {_called(each): each for each in offered}
    return {
        name: each
        for name, each in named.items()
        if name not in _LEFT_TO_PEOPLE and name != _PROJECT
    }


def _is_hidden(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.hidden


def _called(parameter: click.Parameter) -> str:
    """`--dry-run` is `dry_run`."""
    if isinstance(parameter, click.Option):
        return max(parameter.opts, key=len).lstrip("-").replace("-", "_")
    assert parameter.name is not None, "click names every argument"
    return parameter.name


def _described(parameter: click.Parameter) -> dict[str, object]:
    about = _about(parameter)
    described = {"description": about} if about else {}
    if _is_flag(parameter):
        return {"type": "boolean", **described}
    one: dict[str, object] = {"type": "string"}
    if isinstance(parameter.type, click.Choice):
        one["enum"] = list(parameter.type.choices)
    if _is_list(parameter):
        return {"type": "array", "items": one, **described}
    default = parameter.default
    return {**one, **({"default": default} if isinstance(default, str) else {}), **described}


def _about(parameter: click.Parameter) -> str:
    if isinstance(parameter, click.Option):
        return parameter.help or ""
    return "By default the project." if _is_optional_path(parameter) else ""


def _option_words(name: str, option: click.Option, value: object) -> Iterator[str]:
    flag = max(option.opts, key=len)
    if not _is_flag(option):
        yield from (f"{flag}={text}" for text in _texts(name, option, value))
    elif not isinstance(value, bool):
        raise WrongCall(f"`{name}` is {_shown(value)}", hint="it is true or false")
    elif value:
        yield flag


def _arguments(tool: Tool, meant: Mapping[str, object]) -> Iterator[tuple[click.Parameter, str]]:
    """In their order, in which none may be missing before another: that would take its place."""
    missing = ""
    for name, parameter in tool.parameters.items():
        if isinstance(parameter, click.Option):
            continue
        value = meant.get(name, _HERE if _is_optional_path(parameter) else None)
        if value is None:
            missing = missing or name
        elif missing:
            raise WrongCall(f"`{missing}` is missing", hint=f"`{name}` comes after it")
        else:
            yield from ((parameter, text) for text in _texts(name, parameter, value))


def _texts(name: str, parameter: click.Parameter, value: object) -> Sequence[str]:
    if not _is_list(parameter):
        return [_text(name, value)]
    if not isinstance(value, list):
        raise WrongCall(f"`{name}` is {_shown(value)}", hint="it is a list of texts")
    return [_text(name, each) for each in value]


def _text(name: str, value: object) -> str:
    if not isinstance(value, str):
        raise WrongCall(f"`{name}` is {_shown(value)}", hint="it is a text")
    if "\0" in value:  # where the system would end it
        raise WrongCall(f"`{name}` has a character that ends it", hint="write it without")
    return value


def _shown(value: object) -> str:
    return f"`{value}`" if isinstance(value, str) else f"{value!r}"


def _is_flag(parameter: click.Parameter) -> bool:
    return isinstance(parameter, click.Option) and parameter.is_flag


def _is_list(parameter: click.Parameter) -> bool:
    return parameter.nargs == -1 or parameter.multiple


def _is_optional_path(parameter: click.Parameter) -> bool:
    return isinstance(parameter.type, click.Path) and not parameter.required


def _is_path(parameter: click.Parameter, text: str) -> bool:
    """A path, or a block that is named by the folder it is in."""
    if isinstance(parameter.type, click.Path):
        return True
    with suppress(UsageError):  # what names nothing is for the command to refuse
        return isinstance(parse_reference(text), Folder)
    return False
