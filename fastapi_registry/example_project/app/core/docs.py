"""What the generated documentation does not know by itself: how errors look, and the prefix."""

from typing import Any, Final

from fastapi import FastAPI

from app.core.schemas import ApiModel

API_PREFIX: Final = "{api_prefix}"
"""In the URL of a security scheme: a block does not know under which prefix it will be served."""


class Problem(ApiModel):
    """How every error is told (RFC 9457)."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    """Stable, for programs: `invalid_credentials`."""
    request_id: str
    errors: list[dict[str, str]] | None = None
    """What is wrong with the input: pointer, code and message. Never the input itself."""


_PROBLEM: Final = {
    "description": "A problem",
    "content": {
        "application/problem+json": {"schema": {"$ref": f"#/components/schemas/{Problem.__name__}"}}
    },
}
PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {"4XX": _PROBLEM, "503": _PROBLEM}
"""What every route of a block may answer. It takes the place of FastAPI's own 422, which looks
otherwise."""


def complete_the_docs(app: FastAPI, prefix: str) -> None:
    """Say how a problem looks, and fill in `API_PREFIX` where a block wrote it.

    What is there beside stays as it is.
    """
    describe = app.openapi

    def described() -> dict[str, Any]:
        description = describe()
        components = description.setdefault("components", {})
        components.setdefault("schemas", {}).setdefault(
            Problem.__name__, Problem.model_json_schema(mode="serialization")
        )
        for scheme in components.get("securitySchemes", {}).values():
            for flow in scheme.get("flows", {}).values():
                for member in ("tokenUrl", "refreshUrl"):
                    if member in flow:
                        flow[member] = flow[member].replace(API_PREFIX, prefix)
        return description

    app.openapi = described  # type: ignore[method-assign]
