from __future__ import annotations

import pytest

from fastapi_registry.engine.reference import (
    Folder,
    GitHub,
    Named,
    NotAReference,
    Reference,
    Url,
    parse_reference,
)


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("auth", Named("auth")),
        ("two-factor", Named("two_factor")),
        ("Two_Factor", Named("two_factor")),
        ("log-management", Named("logs")),
        ("auth@1.2.0", Named("auth", version="1.2.0")),
        ("@acme/billing", Named("billing", "acme")),
        ("@acme/billing@1.2", Named("billing", "acme", "1.2")),
        ("./blocks/auth", Folder("./blocks/auth")),
        ("../auth", Folder("../auth")),
        (".", Folder(".")),
        ("/srv/auth", Folder("/srv/auth")),
        (".\\auth", Folder(".\\auth")),
        ("https://acme.example/registry.json", Url("https://acme.example/registry.json")),
        ("github:acme/blocks", GitHub("acme", "blocks")),
        ("github:acme/blocks#v1/billing", GitHub("acme", "blocks", "v1", "billing")),
    ],
)
def test_each_kind_of_name_is_understood(text: str, reference: Reference) -> None:
    assert parse_reference(text) == reference


@pytest.mark.parametrize(
    "text", ["", "a b", "@acme", "auth@", "http://acme.example", "https://", "--all", "auth/users"]
)
def test_anything_else_is_refused(text: str) -> None:
    with pytest.raises(NotAReference):
        parse_reference(text)
