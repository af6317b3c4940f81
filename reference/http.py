"""The operations of the blocks, from the OpenAPI description of the example project."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reference.example import ask

Json = Mapping[str, Any]

INTRODUCTION = """\
# HTTP

Every operation of the bundled blocks. Your own app shows the same at `/docs`, with forms to try it,
and serves the description at `/openapi.json`.

Bodies are JSON in camelCase, query parameters snake_case; `POST /auth/token` alone speaks the form
of RFC 6749. Errors are `application/problem+json` (RFC 9457) with a stable `code`. Lists are
`{items, total, skip, limit}`. Times are RFC 3339 in UTC.

🔒 stands where a caller must be known.
"""
NOTHING = {"type": "null"}


def page() -> str:
    described = ask("from app.main import app", "app.openapi()")
    return "\n".join([INTRODUCTION, *sections(described)])


def sections(described: Json) -> Iterator[str]:
    schemas = described["components"]["schemas"]
    operations = [
        (path, method, operation)
        for path, methods in described["paths"].items()
        for method, operation in methods.items()
    ]
    for tag in sorted({operation["tags"][0] for _, _, operation in operations}):
        yield f"## {tag}\n"
        for path, method, operation in operations:
            if operation["tags"][0] == tag:
                yield from lines(path, method, operation, schemas)
    yield from shapes(schemas)


def lines(path: str, method: str, operation: Json, schemas: Json) -> Iterator[str]:
    yield f"### {method.upper()} {path}{' 🔒' if operation.get('security') else ''}\n"
    if said := operation.get("description"):
        yield f"{said.strip()}\n"
    if parameters := operation.get("parameters"):
        listed = (f"`{each['name']}` ({each['in']}: {kind(each['schema'])})" for each in parameters)
        yield f"Parameters: {', '.join(listed)}.\n"
    if body := operation.get("requestBody"):
        yield f"Body: {' or '.join(bodies(body['content'], schemas))}\n"
    yield f"Answers: {' · '.join(answers(operation['responses']))}\n"


def bodies(content: Json, schemas: Json) -> Iterator[str]:
    for media_type, described in content.items():
        form = "" if media_type == "application/json" else f" as `{media_type}`"
        yield f"{fields(described.get('schema', {}), schemas)}{form}"


def fields(schema: Json, schemas: Json) -> str:
    """The members of an object; those in brackets may be left out."""
    named = schemas.get(name_of(schema), schema)
    required = named.get("required", ())
    members = (
        f"`{name}`" if name in required else f"[`{name}`]" for name in named.get("properties", ())
    )
    return ", ".join(members) or kind(schema)


def answers(responses: Json) -> Iterator[str]:
    """But for problems, which look alike everywhere."""
    for status, answer in responses.items():
        shapes = [
            kind(described.get("schema", {})) or f"`{media_type}`"
            for media_type, described in answer.get("content", {}).items()
        ]
        if "Problem" not in shapes:
            yield f"**{status}** {' or '.join(shapes)}".rstrip()


def shapes(schemas: Json) -> Iterator[str]:
    yield "## Shapes\n"
    yield "What may be left out of a body stands in brackets.\n"
    for name, schema in sorted(schemas.items()):
        if schema.get("properties"):
            yield f"- **{readable(name)}**: {fields(schema, schemas)}"


def kind(schema: Json) -> str:
    """A short name for the shape of a value."""
    if "$ref" in schema:
        return readable(name_of(schema))
    if choices := schema.get("anyOf"):
        return " or ".join(
            dict.fromkeys(kind(each) for each in choices if each != {"type": "null"})
        )
    if "enum" in schema:
        return " \\| ".join(str(each) for each in schema["enum"])
    if schema.get("type") == "array":
        return f"list of {kind(schema.get('items', {}))}"
    return str(schema.get("format") or schema.get("type", ""))


def name_of(schema: Json) -> str:
    return str(schema.get("$ref", "")).rpartition("/")[2]


def readable(name: str) -> str:
    """`Page_UserResponse_` is how Pydantic spells `Page[UserResponse]`."""
    outer, _, inner = name.rstrip("_").partition("_")
    return f"{outer} of {inner}" if inner else outer
