"""Commands as tools: read off the commands, and typed so that no value becomes a flag."""

from __future__ import annotations

import click
import pytest

from fastapi_registry.cli import tools
from fastapi_registry.cli.main import COMMANDS, program
from fastapi_registry.cli.tools import Tool, WrongCall, call_of, tools_of

TOOLS = tools_of(program)
LEFT_TO_PEOPLE = {"mcp", "setup", "version", "create-dev-user", "registry"}


def test_every_command_is_a_tool_but_what_is_left_to_people() -> None:
    assert set(TOOLS) == set(COMMANDS) - LEFT_TO_PEOPLE


def test_what_is_said_of_commands_names_commands() -> None:
    named = tools._NOT_OFFERED | tools._ONLY_ADD | tools._STAY_HERE

    assert named <= set(COMMANDS)


@pytest.mark.parametrize("tool", TOOLS.values(), ids=lambda tool: tool.name)
def test_a_tool_takes_what_its_command_takes(tool: Tool) -> None:
    context = click.Context(tool.command)
    given = {name: example(parameter) for name, parameter in tool.parameters.items()}

    _, *words = call_of(tool, given).words

    parsed = tool.command.make_context(tool.name, words, parent=context).params
    assert {name: parsed[str(each.name)] for name, each in tool.parameters.items()} == {
        name: parsed_as(tool.parameters[name], value) for name, value in given.items()
    }


def example(parameter: click.Parameter) -> object:
    if isinstance(parameter, click.Option) and parameter.is_flag:
        return True
    one = "-x --json"
    if isinstance(parameter.type, click.Choice):
        one = parameter.type.choices[-1]
    return [one, "--yes"] if parameter.nargs == -1 or parameter.multiple else one


def parsed_as(parameter: click.Parameter, value: object) -> object:
    if isinstance(value, list):
        return tuple(value)
    context = click.Context(click.Command("any"))
    return parameter.type.convert(value, parameter, context)


def test_its_arguments_have_a_schema() -> None:
    schema = TOOLS["init"].schema

    assert schema["additionalProperties"] is False
    assert schema["properties"] == {
        "path": {"type": "string", "description": "By default the project."},
        "name": {"type": "string", "description": "Any name; by default that of the folder."},
        "description": {
            "type": "string",
            "default": "",
            "description": "One sentence for pyproject.toml.",
        },
        "database": {
            "type": "string",
            "enum": ["sqlite", "postgres", "memory"],
            "default": "sqlite",
            "description": "Where the data lives; DATABASE_URL changes it later.",
        },
        "no_install": {"type": "boolean", "description": "Leave the Python packages to you."},
        "requirements": {
            "type": "boolean",
            "description": "Keep dependencies in requirements.txt instead of pyproject.toml.",
        },
        "with": {
            "type": "array",
            "items": {"type": "string"},
            "description": "Such as: auth,users",
        },
        "all": {"type": "boolean", "description": "With all blocks that there are."},
        "dry_run": {"type": "boolean", "description": "Show what would change; write nothing."},
        "diff": {"type": "boolean", "description": "Show the changes line by line."},
        "check": {
            "type": "boolean",
            "description": "Write nothing; exit 4 if there is something to do.",
        },
        "project_path": {
            "type": "string",
            "description": "A project below the folder that is served.",
        },
    }
    assert (schema["required"], TOOLS["add"].schema["required"]) == ([], ["names"])


@pytest.mark.parametrize("flag", ["json", "yes", "quiet", "verbose", "force", "python"])
def test_no_tool_takes(flag: str) -> None:
    assert [name for name, tool in TOOLS.items() if flag in tool.parameters] == []


@pytest.mark.parametrize(
    ("name", "given", "message"),
    [
        ("add", {"names": "auth"}, "`names` is `auth`"),
        ("add", {"names": [7]}, "`names` is 7"),
        ("add", {"names": ["auth"], "dry_run": "yes"}, "`dry_run` is `yes`"),
        ("info", {"name": ["auth"]}, "`name` is ['auth']"),
        ("info", {"name": "auth\0"}, "`name` has a character that ends it"),
        ("info", {"name": "auth", "json": True}, "`info` takes no `json`"),
        ("info", {"name": "auth", "project_path": 1}, "`project_path` is 1"),
        ("doctor", {"python": "/bin/sh"}, "`doctor` takes no `python`"),
    ],
)
def test_a_wrong_argument_is_named(name: str, given: dict[str, object], message: str) -> None:
    with pytest.raises(WrongCall) as refused:
        call_of(TOOLS[name], given)

    assert refused.value.message == message
    assert refused.value.hint


def test_no_argument_takes_the_place_of_another() -> None:
    with pytest.raises(WrongCall, match="`old` is missing"):
        call_of(TOOLS["mv"], {"new": "a.py"})


def test_null_is_nothing() -> None:
    assert call_of(TOOLS["list"], {"search": None}) == call_of(TOOLS["list"], {})


def test_without_a_path_it_is_the_project() -> None:
    assert call_of(TOOLS["build"], {}).words == ("build", "--", ".")


def test_knows_which_words_are_paths() -> None:
    given = {"names": ["auth", "./mine", "/etc", "@acme/billing", "https://a.example/b"]}

    assert call_of(TOOLS["add"], given).paths == ("./mine", "/etc")
    assert call_of(TOOLS["mv"], {"old": "a.py", "new": "../b.py"}).paths == ("a.py", "../b.py")
