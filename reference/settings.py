"""The environment variables of the bundled blocks, as their manifests and their code know them."""

from __future__ import annotations

from collections.abc import Iterator

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.engine.manifest import EnvVar, Manifest

INTRODUCTION = """\
# Settings

Every environment variable that the bundled blocks read. A new project finds them in its
`.env.example`, each with the same words; `python manage.py settings` prints what rules in yours,
and where each value comes from.

What a program passes to `Settings(…)` wins over the environment, the environment over `.env`, and
`.env` over the default. An empty variable counts as not set. Each is tested by what it changes,
seen from outside.
"""


def page() -> str:
    source = Bundled()
    manifests = [source.load(name).manifest for name in sorted(source.names(), key=core_first)]
    return "\n".join([INTRODUCTION, *map(section, filter(has_settings, manifests))])


def core_first(name: str) -> tuple[bool, str]:
    return name != "core", name


def has_settings(manifest: Manifest) -> bool:
    return bool(manifest.env)


def section(manifest: Manifest) -> str:
    return "\n".join([f"## {manifest.title}", "", *table(manifest), ""])


def table(manifest: Manifest) -> Iterator[str]:
    yield "| variable | | for example |"
    yield "|---|---|---|"
    for variable in manifest.env:
        yield f"| `{variable.name}` | {cell(variable.about)} | {example(variable)} |"


def example(variable: EnvVar) -> str:
    if variable.generate:
        return "made when the block is added"
    return f"`{cell(variable.example)}`" if variable.example else ""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
