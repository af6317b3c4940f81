"""What the app offers, by its own description: each operation, and a request that fits it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

Schema: TypeAlias = Mapping[str, Any]
SMUGGLED = ("id", "user_id", "userId")


@dataclass(frozen=True)
class Slot:
    """Where a request can say whose, or which one."""

    where: Literal["path", "query", "body"]
    name: str


@dataclass(frozen=True, eq=False)
class Operation:
    method: str
    path: str
    is_closed: bool
    """Whether it wants to know who asks."""
    is_form: bool
    query: Mapping[str, object]
    body: Mapping[str, object] | None
    slots: tuple[Slot, ...]

    @property
    def label(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_about_one(self) -> bool:
        """Whether its path names something."""
        return "{" in self.path

    def request(self, value: str, slot: Slot | None = None) -> dict[str, Any]:
        """About `value`, which is named in the slot, and in the path if that names anything."""
        query, body = dict(self.query), dict(self.body or {})
        if slot is not None and slot.where != "path":
            (query if slot.where == "query" else body)[slot.name] = value
        return self._sent(value, query, body)

    def request_with_smuggled(self, value: str) -> dict[str, Any]:
        """With `value` where nobody asked for it."""
        smuggled = dict.fromkeys(SMUGGLED, value)
        return self._sent(value, {**self.query, **smuggled}, {**(self.body or {}), **smuggled})

    def _sent(
        self, value: str, query: Mapping[str, object], body: Mapping[str, object]
    ) -> dict[str, Any]:
        return {
            "method": self.method,
            "url": re.sub(r"\{\w+\}", value, self.path),
            "params": query,
            "data" if self.is_form else "json": body if self.body is not None else None,
        }


@dataclass(frozen=True)
class Description:
    openapi: Mapping[str, Any]

    @property
    def operations(self) -> Sequence[Operation]:
        return [
            self._operation(method, path, described)
            for path, methods in self.openapi["paths"].items()
            for method, described in methods.items()
        ]

    def _operation(self, method: str, path: str, described: Mapping[str, Any]) -> Operation:
        content = described.get("requestBody", {}).get("content", {})
        [(media_type, body)] = content.items() if content else [("", {})]
        fields = self._resolved(body.get("schema", {})).get("properties", {})
        parameters = described.get("parameters", ())
        return Operation(
            method=method.upper(),
            path=path,
            is_closed="security" in described,
            is_form="form" in media_type,
            query={
                each["name"]: self._sample(each["schema"])
                for each in parameters
                if each["in"] == "query" and each.get("required")
            },
            body={name: self._sample(each) for name, each in fields.items()} if content else None,
            slots=(*self._slots_of(parameters), *self._slots_of_body(fields)),
        )

    def _slots_of(self, parameters: Sequence[Mapping[str, Any]]) -> Iterator[Slot]:
        for each in parameters:
            schema = self._resolved(each["schema"])
            is_free_text = schema.get("type") == "string" and "enum" not in schema
            if is_free_text and schema.get("format") != "date-time":
                yield Slot(each["in"], each["name"])

    def _slots_of_body(self, fields: Mapping[str, Schema]) -> Iterator[Slot]:
        for name, schema in fields.items():
            names_something = re.search(r"(^id|I[dD]|_id|email|Email|username)$", name)
            if names_something or self._resolved(schema).get("format") in ("uuid", "email"):
                yield Slot("body", name)

    def _resolved(self, schema: Schema) -> Schema:
        if "$ref" in schema:
            name = schema["$ref"].rpartition("/")[2]
            return self._resolved(self.openapi["components"]["schemas"][name])
        choices = [self._resolved(each) for each in schema.get("anyOf", ())]
        return next((each for each in choices if each.get("type") != "null"), schema)

    def _sample(self, schema: Schema) -> object:
        """A value that fits, and that stands for nobody."""
        schema = self._resolved(schema)
        match schema:
            case {"enum": [first, *_]}:
                return first
            case {"format": "email"}:
                return "nobody@example.com"
            case {"type": "string"}:
                return "a-sample"
            case {"type": "integer"}:
                return schema.get("minimum", 0)
            case {"type": "boolean"}:
                return False
            case {"type": "array"}:
                return []
        return {}
