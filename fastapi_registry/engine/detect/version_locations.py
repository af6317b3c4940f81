"""The folders of a project's revisions, where it has more or others than `versions`.

https://alembic.sqlalchemy.org/en/latest/branches.html#setting-up-multiple-version-directories
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from posixpath import dirname, join, normpath

from fastapi_registry.engine.detect.sources import Sources

RECURSIVE = "recursive_version_locations"
_VARIABLE = re.compile(r"%\((?!here\))(\w+)\)s")
_SPACES_AND_COMMAS = re.compile(r"[,\s]+")
_SEPARATORS = {
    "newline": re.compile("\n"),
    "os": re.compile("[:;]"),
    ":": re.compile(":"),
    ";": re.compile(";"),
}


def version_locations(
    sources: Sources, here: str, options: Mapping[str, str]
) -> dict[str, str | None]:
    """The folder of each location, `None` where the project does not tell it.

    `here` is what relative ones start from.
    """
    usual = options.get("version_path_separator", "space")
    separator = _SEPARATORS.get(options.get("path_separator", usual), _SPACES_AND_COMMAS)
    listed = _filled_in(options.get("version_locations", ""), options)
    locations = filter(None, map(str.strip, separator.split(listed)))
    return {each: _folder(sources, here, each) for each in locations}


def _filled_in(text: str, options: Mapping[str, str]) -> str:
    """With `%(script_location)s` and the like; `%(here)s` stays."""
    return _VARIABLE.sub(lambda found: options.get(found[1].lower(), found[0]), text)


def _folder(sources: Sources, here: str, location: str) -> str | None:
    package, colon, inside = location.partition(":")
    if colon:
        found = [path for path in sources.find(package) if path.endswith("/__init__.py")]
        return normpath(join(dirname(found[0]), inside)) if found else None
    below = normpath(join(here, location.replace("%(here)s", ".").replace("{here}", ".")))
    return None if below.startswith(("/", "..")) or "%" in below else below
