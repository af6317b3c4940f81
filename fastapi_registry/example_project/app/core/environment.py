"""From flat environment variables to nested settings.

A field says which variables it is read from: `Annotated[str, Flat("DATABASE_URL")]`.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource


@dataclass(frozen=True)
class Flat:
    """The variables a field is read from; the first that is set wins."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)


@dataclass(frozen=True)
class Variable:
    """One field that the environment can set."""

    section: str
    field: str
    names: tuple[str, ...]
    info: FieldInfo


def variables(settings: type[BaseSettings]) -> Iterator[Variable]:
    """All variables that `settings` reads, section by section."""
    left_out: frozenset[str] = getattr(settings, "left_out", frozenset())
    for section, holder in settings.model_fields.items():
        kind = holder.annotation
        if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
            continue
        for field, info in kind.model_fields.items():
            for flat in info.metadata:
                if isinstance(flat, Flat) and f"{section}.{field}" not in left_out:
                    yield Variable(section, field, flat.names, info)


class FlatSource(PydanticBaseSettingsSource):
    """Settings from mappings of variables, such as a `.env` file and `os.environ`.

    A later mapping overrides an earlier one name by name, before a field chooses among its
    names: a `SECRET_KEY` outside says nothing about the `AUTH_SECRET_KEY` of the file.
    An empty variable counts as not set: `docker compose` passes `X=` for what is missing.
    """

    def __init__(
        self, settings: type[BaseSettings], *environments: Mapping[str, str | None]
    ) -> None:
        super().__init__(settings)
        self._environment = {
            name.upper(): value
            for environment in environments
            for name, value in environment.items()
            if value
        }

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Unused: the base class wants it, but whole sections are read at once."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        found: dict[str, dict[str, str]] = {}
        for variable in variables(self.settings_cls):
            for name in variable.names:
                if (value := self._environment.get(name)) is not None:
                    found.setdefault(variable.section, {})[variable.field] = value
                    break
        return found


class GivenByCode(PydanticBaseSettingsSource):
    """What the program itself passes wins, field by field: the rest still comes from outside."""

    def __init__(self, settings: type[BaseSettings], given: Mapping[str, Any]) -> None:
        super().__init__(settings)
        self._given = given

    def get_field_value(self, field: FieldInfo, field_name: str) -> tuple[Any, str, bool]:
        """Unused, as in `FlatSource`."""
        return None, field_name, False

    def __call__(self) -> dict[str, Any]:
        return {
            name: value.model_dump(exclude_unset=True) if isinstance(value, BaseModel) else value
            for name, value in self._given.items()
        }


def _split(value: object) -> object:
    if not isinstance(value, str):
        return value
    listed = value.strip().removeprefix("[").removesuffix("]")
    return tuple(part for item in listed.split(",") if (part := item.strip().strip("\"'")))


CommaList = Annotated[tuple[str, ...], BeforeValidator(_split)]
"""`a, b` or `["a", "b"]`."""
