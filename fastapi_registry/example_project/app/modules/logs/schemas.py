"""What goes in and out over HTTP."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final
from uuid import UUID

from pydantic import AfterValidator, Field, JsonValue

from app.core.schemas import ApiModel, JsonObject
from app.modules.logs.models import MOST_OF_A_MESSAGE, MOST_OF_A_NAME, Level

_MOST_OF_A_CONTEXT: Final = 8_000


def _small(context: dict[str, JsonValue]) -> dict[str, JsonValue]:
    if len(json.dumps(context)) > _MOST_OF_A_CONTEXT:
        raise ValueError(f"This is more than {_MOST_OF_A_CONTEXT} characters of JSON.")
    return context


class NewLogEntry(ApiModel):
    level: Level
    message: str = Field(min_length=1, max_length=MOST_OF_A_MESSAGE)
    module: str = Field("client", pattern=r"^[\w.-]+$", max_length=MOST_OF_A_NAME)
    context: Annotated[JsonObject, AfterValidator(_small)] = Field(default_factory=dict)


class LogEntryResponse(ApiModel):
    id: UUID
    at: datetime
    level: Level
    module: str
    message: str
    exception: str | None
    request_id: str
    user_id: UUID | None
    context: Mapping[str, JsonValue]


class CleanupResponse(ApiModel):
    deleted: int
