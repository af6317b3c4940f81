"""The environment variables of the bundled blocks, as their manifests and their code know them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from fastapi_registry.adapters.bundled import Bundled
from fastapi_registry.engine.manifest import Manifest
from reference.example import defaults

INTRODUCTION = """\
# Settings

Every environment variable that the bundled blocks read. A new project finds them in its
`.env.example`, each with the same words; `python manage.py settings` prints the values in force
in yours, and where each comes from.

What a program passes to `Settings(…)` wins over the environment, the environment over `.env`, and
`.env` over the default. An empty variable counts as not set. Each is tested by what it changes,
seen from outside.

Where no default stands, nothing is set, unless the sentence says what holds then.
"""


def page() -> str:
    source = Bundled()
    manifests = [source.load(name).manifest for name in sorted(source.names(), key=core_first)]
    known = defaults()
    sections = (section(manifest, known) for manifest in filter(has_settings, manifests))
    return "\n".join([INTRODUCTION, *sections])


def core_first(name: str) -> tuple[bool, str]:
    return name != "core", name


def has_settings(manifest: Manifest) -> bool:
    return bool(manifest.env)


def section(manifest: Manifest, known: Mapping[str, str | None]) -> str:
    return "\n".join([f"## {manifest.title}", "", *table(manifest, known), ""])


def table(manifest: Manifest, known: Mapping[str, str | None]) -> Iterator[str]:
    yield "| variable | | default | for example |"
    yield "|---|---|---|---|"
    for variable in manifest.env:
        default = known[variable.name]
        example = variable.example if variable.example != default else ""
        begins_with = "made when the block is added" if variable.generate else code(default)
        about = cell(variable.about)
        yield f"| `{variable.name}` | {about} | {begins_with} | {code(example)} |"


def code(value: str | None) -> str:
    return f"`{cell(value)}`" if value else ""


def cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
