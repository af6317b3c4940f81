"""How a block looks in a list."""

from __future__ import annotations

from fastapi_registry.engine.manifest import Manifest


def speaks_of(manifest: Manifest, word: str) -> bool:
    said = f"{manifest.name} {manifest.title} {manifest.description}".casefold()
    return word.casefold() in said


def block_line(manifest: Manifest, installed: str | None, registry: str = "") -> str:
    """`registry` is `@acme/`, or "" for the blocks that come with this tool."""
    mark = "✓" if installed else " "
    return f"{mark} {registry + manifest.name:<16} {manifest.version:<8} {manifest.title}"


def block_entry(manifest: Manifest, installed: str | None) -> dict[str, object]:
    return {
        "name": manifest.name,
        "version": manifest.version,
        "title": manifest.title,
        "description": manifest.description,
        "requires": [str(requirement) for requirement in manifest.requires],
        "installed": installed,
    }
