"""`@human_check("contact")`: a route of yours that programs must not use."""

from collections.abc import Awaitable, Callable
from functools import wraps
from inspect import Parameter, Signature, iscoroutinefunction, signature
from typing import Final, ParamSpec, TypeVar

from app.core.human_checks import HumanRequest, visitor
from app.core.work import UnitOfWork, Work

P = ParamSpec("P")
R = TypeVar("R")

_WORK: Final = "work_of_human_check"


def human_check(action: str) -> Callable[[Callable[P, Awaitable[R]]], Callable[P, Awaitable[R]]]:
    """Let a human do `action`. It stands between the route and the function:

        class ContactRequest(HumanRequest):
            text: str

        @router.post("/contact")
        @human_check("contact")
        async def contact(body: ContactRequest) -> Message: ...

    The check comes after the validation, so that a mistake in the body costs no captcha.
    Raises `TypeError` where the function is not `async`, or has no `HumanRequest`.
    """

    def guard(function: Callable[P, Awaitable[R]]) -> Callable[P, Awaitable[R]]:
        if not iscoroutinefunction(function):
            raise TypeError(f"{function.__name__}: a route with a human check is `async def`")
        # Annotations may be strings: they are read where the function was written.
        written = signature(function, eval_str=True)
        body = _name_of_body(function.__name__, written)

        @wraps(function)
        async def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            work, request = kwargs.pop(_WORK), kwargs[body]
            assert isinstance(work, UnitOfWork)
            assert isinstance(request, HumanRequest)
            await visitor(work, request.captcha_token).must_be_human(action)
            return await function(*args, **kwargs)

        # FastAPI reads it to know what to pass.
        checked.__signature__ = _with_work(written)  # type: ignore[attr-defined]
        return checked

    return guard


def _name_of_body(function: str, written: Signature) -> str:
    for parameter in written.parameters.values():
        kind = parameter.annotation
        if isinstance(kind, type) and issubclass(kind, HumanRequest):
            return parameter.name
    raise TypeError(f"{function}: its body carries no captcha; derive it from `HumanRequest`")


def _with_work(written: Signature) -> Signature:
    work = Parameter(_WORK, Parameter.KEYWORD_ONLY, annotation=Work)
    return written.replace(parameters=[*written.parameters.values(), work])
