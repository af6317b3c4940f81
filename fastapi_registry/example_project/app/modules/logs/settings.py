"""What logs can be told. Each name is an environment variable; README.md explains them."""

from datetime import timedelta
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field

from app.core.environment import Flat
from app.modules.logs.models import Level


class LogsSettings(BaseModel):
    level: Annotated[
        Level, BeforeValidator(lambda value: str(value).upper()), Flat("LOGS_LEVEL")
    ] = "INFO"
    """Records below it are not stored. `LOG_LEVEL`, if it is higher, stops them before."""

    queue_size: Annotated[int, Field(ge=1, le=1_000_000), Flat("LOGS_QUEUE_SIZE")] = 10_000
    """Records that may wait to be written. More are dropped, and counted."""

    retention_days: Annotated[int, Field(ge=0, le=36_500), Flat("LOGS_RETENTION_DAYS")] = 30
    """What is older goes by itself. 0 keeps everything."""

    @property
    def retention(self) -> timedelta | None:
        return timedelta(days=self.retention_days) if self.retention_days else None
