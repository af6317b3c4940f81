"""What the generated documentation can only know once the blocks have their place in an app."""

from typing import Any, Final

from fastapi import FastAPI

API_PREFIX: Final = "{api_prefix}"
"""In the URL of a security scheme: a block does not know under which prefix it will be served."""


def name_the_prefix(app: FastAPI, prefix: str) -> None:
    """Fill in `API_PREFIX` where a block wrote it. Other schemes stay as they are."""
    describe = app.openapi

    def described() -> dict[str, Any]:
        description = describe()
        schemes = description.get("components", {}).get("securitySchemes", {})
        for scheme in schemes.values():
            for flow in scheme.get("flows", {}).values():
                for member in ("tokenUrl", "refreshUrl"):
                    if member in flow:
                        flow[member] = flow[member].replace(API_PREFIX, prefix)
        return description

    app.openapi = described  # type: ignore[method-assign]
