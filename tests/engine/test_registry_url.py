from __future__ import annotations

import pytest

from fastapi_registry.engine.registry_url import NotARegistry, is_loopback, registry_url


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("https://blocks.example.com", "https://blocks.example.com"),
        ("HTTPS://Blocks.Example.com/Acme/", "https://blocks.example.com/Acme"),
        ("https://example.com:8443/a/registry.json", "https://example.com:8443/a"),
        ("https://cdn.example.com/gh/acme/blocks@v1", "https://cdn.example.com/gh/acme/blocks@v1"),
        ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ("http://localhost/blocks", "http://localhost/blocks"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_an_address_has_one_spelling(text: str, url: str) -> None:
    assert registry_url(text) == url
    assert registry_url(url) == url


@pytest.mark.parametrize(
    "text",
    [
        "",
        "blocks.example.com",
        "ftp://example.com",
        "https://",
        "http://blocks.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost@example.com",
        "https://ada:s3cret@example.com",
        "https://example.com/?token=s3cret",
        "https://example.com/#s3cret",
        "https://example.com/a\nHost: other",
        "https://example.com/a b",
    ],
)
def test_anything_else_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(NotARegistry) as caught:
        registry_url(text)

    assert "s3cret" not in f"{caught.value.message}{caught.value.hint}"


def test_only_this_machine_is_loopback() -> None:
    assert is_loopback("http://localhost:8000/a")
    assert not is_loopback("https://localhost.example.com")
