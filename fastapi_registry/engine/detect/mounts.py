"""Applications inside of applications: `app.mount("/v1", api)`, where `api` is a `FastAPI()` too.

Starlette hands a request that begins with the path of a mount to what is mounted there, which
knows nothing of the state, the handlers and the middleware of the app around it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from fastapi_registry.engine.detect import syntax
from fastapi_registry.engine.detect.application import Application, application_of
from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.sources import Sources, is_decoy
from fastapi_registry.engine.detect.syntax import text


@dataclass(frozen=True)
class Mount:
    """`inner` answers for every path below `path`, `None` where that is computed."""

    path: str | None
    inner: Application
    outer: Application | None
    """`None` where it cannot be told which app it is: a helper is given it."""
    evidence: Evidence


def mounts(sources: Sources) -> tuple[Mount, ...]:
    """Each `FastAPI()` of the project that some code of it mounts."""
    return tuple(
        found
        for module in sources.mentioning(b".mount(")
        if not is_decoy(module.path)
        for found in _mounts_in(sources, module.path)
    )


def inside(known: Collection[Mount], app: Application) -> tuple[Mount, ...]:
    """Those that `app` mounts; where a helper mounts something, it may be on `app`."""
    return tuple(
        each
        for each in known
        if each.inner.place != app.place and (each.outer is None or each.outer.place == app.place)
    )


def _mounts_in(sources: Sources, path: str) -> Iterator[Mount]:
    module = sources.module(path)
    for call in module.calls():
        callee, mounted = call.child_by_field_name("function"), syntax.argument(call, 1, "app")
        if callee is None or mounted is None or not text(callee).endswith(".mount"):
            continue
        function = module.name_of(syntax.enclosing_function(call))
        inner = application_of(sources, module, function, mounted)
        if inner is not None:
            where = syntax.string_value(syntax.argument(call, 0, "path"))
            outer = application_of(sources, module, function, callee.named_children[0])
            evidence = Evidence(path, syntax.line(call), f"mounts `{text(mounted)}`")
            yield Mount(where, inner, outer, evidence)
