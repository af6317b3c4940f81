"""A Python distribution that is needed: `pwdlib[argon2]>=0.2`.

Read by hand, since importing `packaging` costs more than a whole installation:
it is asked only when two bounds on one distribution must be compared.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from fastapi_registry.engine.errors import RegistryError

_NAME = r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?"
_BOUND = r"(?:===|[<>]=?|[!=~]=)\s*[A-Za-z0-9.*+!_-]+"
_DEPENDENCY = re.compile(
    rf"""
    \s* (?P<name>{_NAME})
    \s* (?: \[ (?P<extras>[^\]\n]*) \] )?
    \s* \(? (?P<bounds> (?: {_BOUND} \s*,?\s* )* ) \)?
    \s* (?: ; (?P<marker>[^\n]*) )?
    """,
    re.VERBOSE,
)
_LEADING_NAME = re.compile(rf"\s*(?P<name>{_NAME})\s*(?:\[(?P<extras>[^\]\n]*)\])?")


class InvalidDependency(RegistryError):
    def __init__(self, text: str) -> None:
        super().__init__(f'`{text}`, which is not like "pwdlib[argon2] >=0.2"')


class Dependency(NamedTuple):
    """`bounds` without spaces, `extras` sorted: one spelling for what means the same."""

    name: str
    extras: tuple[str, ...] = ()
    bounds: str = ""
    marker: str = ""

    @classmethod
    def parse(cls, text: str) -> Dependency:
        """Raises `InvalidDependency` also for a direct reference (`name @ https://…`).

        A block must not choose where a package comes from.
        """
        match = _DEPENDENCY.fullmatch(text)
        if match is None:
            raise InvalidDependency(text)
        extras, marker = _sorted_extras(match["extras"]), match["marker"] or ""
        return cls(match["name"], extras, _tight(match["bounds"]), marker.strip())

    @property
    def canonical(self) -> str:
        return canonical(self.name)

    def with_extras(self, extras: tuple[str, ...]) -> Dependency:
        return self._replace(extras=tuple(sorted({*self.extras, *extras})))

    def __str__(self) -> str:
        extras = f"[{','.join(self.extras)}]" if self.extras else ""
        marker = f"; {self.marker}" if self.marker else ""
        return f"{self.name}{extras}{self.bounds}{marker}"


class Mention(NamedTuple):
    """What a line of the user's says about a distribution, however it goes on."""

    canonical: str
    extras: tuple[str, ...]
    bounds: str
    name_end: int
    """Where the name is over in the text: there missing extras can be written."""
    extras_end: int


def mention(text: str) -> Mention | None:
    """The distribution that `text` asks for; bounds are "" where it is a URL, or where a
    marker says that they do not hold everywhere.
    """
    leading = _LEADING_NAME.match(text)
    if leading is None:
        return None
    whole = _DEPENDENCY.match(text)
    holds_everywhere = whole is not None and whole["marker"] is None
    bounds = _tight(whole["bounds"]) if whole and holds_everywhere else ""
    return Mention(
        canonical(leading["name"]),
        _sorted_extras(leading["extras"]),
        bounds,
        leading.end("name"),
        leading.end(),
    )


def canonical_of(text: str) -> str:
    leading = _LEADING_NAME.match(text)
    return canonical(leading["name"]) if leading else ""


def canonical(name: str) -> str:
    """The one spelling of a distribution's name (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def exclude_each_other(one: str, other: str) -> bool:
    """Whether no version can satisfy both bounds: `<2` and `>=2.7`.

    Bounds change their mind only at the versions that they name: so it is enough to
    ask about those, and about what comes right after each.
    """
    from packaging.specifiers import InvalidSpecifier, SpecifierSet

    if not one or not other:
        return False
    try:
        both = SpecifierSet(f"{one},{other}", prereleases=True)
    except InvalidSpecifier:
        return False
    return not any(both.contains(version) for version in _telling_versions(f"{one},{other}"))


def _telling_versions(bounds: str) -> list[str]:
    named = re.findall(r"\d+(?:\.\d+)*(?:(?:a|b|rc)\d+)?", bounds)
    just_above = [f"{version}.0.0.0.1" for version in named if version.replace(".", "").isdigit()]
    return ["0", *named, *just_above, "99999"]


def _tight(bounds: str) -> str:
    return re.sub(r"\s+", "", bounds).rstrip(",")


def _sorted_extras(text: str | None) -> tuple[str, ...]:
    return tuple(sorted({extra.strip() for extra in (text or "").split(",") if extra.strip()}))
