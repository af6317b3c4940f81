from __future__ import annotations

import pytest

from fastapi_registry.engine.errors import UsageError
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
        ("https://acme.example/billing", Url("https://acme.example", "billing")),
        (
            "https://acme.example/b/two-factor@1.2",
            Url("https://acme.example/b", "two_factor", "1.2"),
        ),
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


@pytest.mark.parametrize(
    "text", ["https://ada:s3cret@acme.example/billing", "https://acme.example/b?token=s3cret"]
)
def test_a_secret_in_an_address_is_not_repeated(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_reference(text)

    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"
