"""How bodies look outside: camelCase, and lists as pages."""

from collections.abc import Sequence
from typing import Generic, TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

T = TypeVar("T")


class ApiModel(BaseModel):
    """Answers in camelCase; bodies are accepted in both spellings.

    To answer in snake_case instead, take `alias_generator` away: one switch for all.
    """

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, from_attributes=True)


class Message(ApiModel):
    message: str


class Page(ApiModel, Generic[T]):
    """`limit` items after the first `skip`, of `total`."""

    items: Sequence[T]
    total: int
    skip: int
    limit: int
