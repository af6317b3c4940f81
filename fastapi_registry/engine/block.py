"""A block as the engine sees it: what it says about itself, and its files."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import PROJECT, Manifest
from fastapi_registry.engine.tree import Tree, digest


class StrayFile(RegistryError):
    """A block has a file where only another block, or the user, may have one."""

    def __init__(self, block: str, src: str) -> None:
        super().__init__(
            f"`{block}` has a file outside its own folder: `{src}`",
            hint="name it under `paths` in its block.toml, or move it into the block's folder",
        )


@dataclass(frozen=True)
class Block:
    """Files are keyed by `src`: the path relative to the root package's folder
    (`modules/auth/router.py`), or for the pseudo-block `project` to the project's.
    """

    manifest: Manifest
    files: Tree = field(default_factory=Tree)
    source: str = "bundled"
    """Where it came from, as the lock will say."""

    def __post_init__(self) -> None:
        owned = (self.manifest.folder, *self.manifest.paths)
        for src in self.files:
            if self.name != PROJECT and not any(_is_within(src, path) for path in owned):
                raise StrayFile(self.name, src)

    @property
    def name(self) -> str:
        return self.manifest.name

    @property
    def version(self) -> str:
        return self.manifest.version

    @cached_property
    def digest(self) -> str:
        """One SHA-256 over the names and contents of all files."""
        lines = (f"{digest(self.files.read(src))}  {src}\n" for src in self.files)
        return sha256("".join(lines).encode()).hexdigest()

    @property
    def revisions(self) -> tuple[str, ...]:
        """The block's migrations, in their order."""
        folder = f"{self.manifest.folder}/migrations/"
        inside = (src for src in self.files if src.startswith(folder) and src.endswith(".py"))
        return tuple(src for src in inside if not src.endswith("/__init__.py"))

    @property
    def settings_class(self) -> str | None:
        """The class that its `settings.py` defines, if it has settings."""
        has_settings = f"{self.manifest.folder}/settings.py" in self.files
        return self.manifest.settings_class if has_settings else None

    def is_rewritten(self, src: str) -> bool:
        """Whether `src`, no Python source, names the root package and says so."""
        rewrite = self.manifest.rewrite
        return src in rewrite or src.removeprefix(f"{self.manifest.folder}/") in rewrite


def _is_within(src: str, path: str) -> bool:
    return src == path or src.startswith(f"{path}/")
