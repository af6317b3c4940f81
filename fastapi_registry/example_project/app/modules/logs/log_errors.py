"""`@log_errors`: what goes wrong in a function is logged where it happens."""

import inspect
import logging
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

from app.core.errors import BlockError

P = ParamSpec("P")
R = TypeVar("R")


def log_errors(function: Callable[P, R]) -> Callable[P, R]:
    """Log what `function` raises, with its traceback, and raise it on.

    For plain and for `async` functions. A `BlockError` is an answer to the caller, no mishap.
    The arguments are not logged: they may be secrets.
    """
    # Not structlog's: in an app of somebody else that may print, and never reach a handler.
    log = logging.getLogger(function.__module__)

    def tell(error: Exception) -> None:
        if not isinstance(error, BlockError):
            log.exception("error in %s", function.__qualname__)

    if inspect.iscoroutinefunction(function):

        @wraps(function)
        async def awaited(*args: P.args, **kwargs: P.kwargs) -> Any:
            try:
                return await function(*args, **kwargs)
            except Exception as error:
                tell(error)
                raise

        return awaited  # type: ignore[return-value]

    @wraps(function)
    def called(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return function(*args, **kwargs)
        except Exception as error:
            tell(error)
            raise

    return called
