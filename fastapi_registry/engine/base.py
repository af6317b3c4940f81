"""`.blocks/base/`: the text of each file as it was installed.

An update is a three-way merge, and this is its third way: after `pip install -U` the old
version is nowhere else. Compressed, since hooks of the project would lint plain text there
and "fix" it; named by content, so that equal texts are kept once and damage shows.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Final

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.tree import Tree, digest

FOLDER: Final = ".blocks"

_GZIP = 31  # zlib's name for its gzip container; its header then carries no time of making
_HOUSEKEEPING: Final = {
    f"{FOLDER}/.gitattributes": b"base/*.gz binary linguist-generated\n",
    f"{FOLDER}/.gitignore": b"# Only what an update needs is committed.\n"
    b"/*\n!/.gitattributes\n!/.gitignore\n!/base/\n!/base/*.gz\n",
}
_FORMER: Final = {  # let in the folder, and not what is in it where the project ignores `*.gz`
    f"{FOLDER}/.gitignore": b"# Only what an update needs is committed.\n"
    b"/*\n!/.gitattributes\n!/.gitignore\n!/base/\n",
}


class DamagedBase(RegistryError):
    def __init__(self, sha256: str) -> None:
        super().__init__(
            f"`{base_path(sha256)}` is missing or damaged",
            hint=f"restore it from version control: `git checkout -- {FOLDER}`",
        )


def base_path(sha256: str) -> str:
    return f"{FOLDER}/base/{sha256}.gz"


def with_base(project: Tree, contents: Iterable[bytes]) -> Tree:
    """`project` that also remembers `contents`. What it remembers already is not written again."""
    by_path = {base_path(digest(content)): content for content in contents}
    new = {path: _packed(by_path[path]) for path in by_path if path not in project}
    housekeeping = {
        path: _HOUSEKEEPING[path]
        for path in _HOUSEKEEPING
        if path not in project or project.get(path) == _FORMER.get(path)
    }
    return project.merged({**housekeeping, **new})


def without_base(project: Tree, digests: Iterable[str] | None = None) -> Tree:
    """`project` that forgets `digests`; without them everything, and that it ever remembered."""
    if digests is not None:
        return project.without(*map(base_path, digests))
    ours = [
        path
        for path in _HOUSEKEEPING
        if project.get(path) in (_HOUSEKEEPING[path], _FORMER.get(path))
    ]
    return project.without(*ours, *project.below(f"{FOLDER}/base"))


def base_of(project: Tree, sha256: str) -> bytes:
    """The remembered content. Raises `DamagedBase` rather than merge against a guess."""
    packed = project.get(base_path(sha256))
    if packed is None:
        raise DamagedBase(sha256)
    try:
        content = zlib.decompress(packed, _GZIP)
    except zlib.error as error:
        raise DamagedBase(sha256) from error
    if digest(content) != sha256:
        raise DamagedBase(sha256)
    return content


def _packed(content: bytes) -> bytes:
    packer = zlib.compressobj(wbits=_GZIP)
    return packer.compress(content) + packer.flush()
