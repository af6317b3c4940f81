"""The blocks that come with this tool.

Found by plain paths: `importlib.resources` would cost more than reading them.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Final

from fastapi_registry.adapters.folder import MANIFEST, ProjectFolder, files_at
from fastapi_registry.engine.block import Block
from fastapi_registry.engine.manifest import Manifest, parse_manifest
from fastapi_registry.engine.tree import Tree

LABEL: Final = "bundled"
PACKAGE: Final = Path(__file__).parent.parent
EXAMPLE_PROJECT: Final = PACKAGE / "example_project"
TEMPLATES: Final = PACKAGE / "templates"
INDEX: Final = PACKAGE / "registry.json"


class Bundled:
    """`core` and the modules of the example project, and the pseudo-block `project` around them."""

    def __init__(self) -> None:
        self._blocks = ProjectFolder(EXAMPLE_PROJECT, LABEL)

    def names(self) -> Collection[str]:
        """Those that can be added; `project` is for `init` alone."""
        return self._blocks.names()

    def manifest(self, name: str) -> Manifest:
        """Raises `UnknownBlock`."""
        return self._blocks.manifest(name)

    def load(self, name: str) -> Block:
        """Raises `UnknownBlock`."""
        return self._blocks.load(name)

    def project_manifest(self) -> Manifest:
        """It pins the modern bounds that a new project asks for."""
        return parse_manifest((TEMPLATES / MANIFEST).read_bytes(), str(TEMPLATES / MANIFEST))

    def project(self) -> Block:
        """What `init` puts around the blocks.

        The files of the example project, but for those with variables: they are templates.
        """
        manifest = self.project_manifest()
        files = Tree()
        for path in manifest.paths:
            files = files.merged(dict(files_at(EXAMPLE_PROJECT, path)))
        templates = dict(_templates())
        return Block(manifest, files.merged(templates), LABEL)


def _templates() -> dict[str, bytes]:
    return {
        path.relative_to(TEMPLATES).as_posix(): path.read_bytes()
        for path in sorted(TEMPLATES.rglob("*"))
        if path.is_file() and path.name != MANIFEST
    }
