"""How bodies look outside: camelCase, and lists as pages."""

from collections.abc import Sequence
from typing import Annotated, Generic, TypeAlias, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class ApiModel(BaseModel):
    """Answers in camelCase; bodies are accepted in both spellings.

    To answer in snake_case instead, take `alias_generator` away: one switch for all.
    """

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        from_attributes=True,
        # JSON can carry halves of characters, which neither UTF-8 nor a database can. Where a
        # length is asked for, even this one, pydantic refuses them.
        str_min_length=0,
    )


def encode_all(value: object) -> None:
    """Every string in a value of JSON, in UTF-8. Raises `UnicodeEncodeError`."""
    waiting = [value]  # not by recursion: whoever sends it chooses how deep it is
    while waiting:
        match waiting.pop():
            case str(text):
                text.encode()
            case list(items):
                waiting.extend(items)
            case dict(members):
                waiting.extend([*members, *members.values()])


def _only_text(value: object) -> object:
    try:
        encode_all(value)
    except UnicodeEncodeError as error:
        raise ValueError("This is not text.") from error
    return value


JsonObject: TypeAlias = Annotated[dict[str, JsonValue], BeforeValidator(_only_text)]
"""Anything that JSON can say, in a field of an `ApiModel`."""


class Message(ApiModel):
    message: str


class Page(ApiModel, Generic[T]):
    """`limit` items after the first `skip`, of `total`."""

    items: Sequence[T]
    total: int
    skip: int
    limit: int
