"""Structured logs: readable lines in development, JSON where machines read them."""

import logging
import logging.config
import sys
from collections.abc import MutableMapping
from typing import Any, Final

import structlog
from structlog.typing import Processor

from app.core.config import CoreSettings
from app.core.redaction import without_secrets

# They tell of every step, and HTTP clients of whole addresses with what is in the query.
_TALKATIVE: Final = ("alembic", "httpx", "httpx2")


def redact(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Hide secrets, in the last moment before a line is written."""
    return without_secrets(event)


def configure_logging(settings: CoreSettings) -> None:
    """One way for all lines: ours, and those of libraries that use `logging`."""
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,  # first: a line that nobody reads costs nothing more
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = _handler(settings.logging.file)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_rendering(settings),
            ],
        )
    )
    root = logging.getLogger()
    for old in root.handlers[:]:
        if getattr(old, "of_blocks", False):
            root.removeHandler(old)
            old.close()
    handler.of_blocks = True  # type: ignore[attr-defined]
    root.addHandler(handler)
    root.setLevel(settings.logging.level)
    # Our own line says more, and costs less.
    logging.getLogger("uvicorn.access").disabled = True
    for talkative in _TALKATIVE:
        logging.getLogger(talkative).setLevel(logging.WARNING)


def _handler(file: str) -> logging.Handler:
    if file:
        return logging.FileHandler(file, encoding="utf-8", delay=True)
    return logging.StreamHandler(sys.stderr)


def _rendering(settings: CoreSettings) -> list[Processor]:
    """Redaction comes after the traceback became text, so that it sees that too."""
    wants_json = settings.logging.format == "json" or (
        settings.logging.format == "auto" and settings.app.environment in ("staging", "production")
    )
    if wants_json:
        return [
            structlog.processors.format_exc_info,
            redact,
            structlog.processors.JSONRenderer(),
        ]
    colors = not settings.logging.file and sys.stderr.isatty()
    return [
        structlog.processors.format_exc_info,
        redact,
        structlog.dev.ConsoleRenderer(colors=colors),
    ]
