from __future__ import annotations

import pytest

from fastapi_registry.engine.errors import RegistryError
from fastapi_registry.engine.manifest import InvalidManifest, Manifest, parse_manifest

LEAST = 'schema = 1\nname = "auth"\nversion = "1.0.0"\ntitle = "Sign-in"\n'


def parsed(text: str) -> Manifest:
    return parse_manifest(text.encode(), "auth/block.toml")


def test_a_manifest_says_what_code_cannot() -> None:
    manifest = parsed(
        LEAST
        + """
        description = "One sentence"
        requires = ["core >=1.0, <2", "logs"]
        python = ["pwdlib[argon2] >= 0.2", "cryptography"]
        rewrite = ["README.md"]
        [[env]]
        name = "AUTH_SECRET_KEY"
        about = "Signs access tokens"
        generate = "token:48"
        """
    )

    assert [str(each) for each in manifest.requires] == ["core >=1.0, <2", "logs"]
    assert [str(each) for each in manifest.python] == ["pwdlib[argon2]>=0.2", "cryptography"]
    assert manifest.env[0].generate == "token:48"
    assert manifest.folder == "modules/auth"


def test_a_settings_class_is_named_after_its_block() -> None:
    assert parsed(LEAST.replace("auth", "two_factor")).settings_class == "TwoFactorSettings"


def test_pins_are_found_by_canonical_name() -> None:
    pins = parsed(LEAST + '[pins]\n"Pwd_Lib[argon2]" = ">=0.3"\n').pins

    assert str(pins["pwd-lib"]) == "Pwd_Lib[argon2]>=0.3"


@pytest.mark.parametrize(
    ("key", "line"),
    [
        ("schema", "schema = 2"),
        ("name", 'name = "Two-Factor"'),
        ("name", 'name = "class"'),
        ("name", 'name = "../x"'),
        ("version", 'version = "1"'),
        ("title", 'title = ""'),
        ("title", "title = 3"),
        ("title", 'title = "a\\nSECRET_KEY=stolen"'),
        ("description", 'description = "a\\u2028b"'),
        ("requires", 'requires = ["core >= x"]'),
        ("requires", 'requires = "core"'),
        ("python", 'python = ["pwdlib @ https://evil.example/x.whl"]'),
        ("python", 'python = ["--index-url https://evil.example"]'),
        ("python", 'python = ["a\\nb"]'),
        ("rewrite", 'rewrite = ["../README.md"]'),
        ("paths", 'paths = ["/etc"]'),
        ("env", 'env = ["A"]'),
        ("name", '[[env]]\nname = "A=1"\nabout = "x"'),
        ("about", '[[env]]\nname = "A"\nabout = "x\\nB=1"'),
        ("example", '[[env]]\nname = "A"\nabout = "x"\nexample = "1\\r2"'),
        ("generate", '[[env]]\nname = "A"\nabout = "x"\ngenerate = "$(rm)"'),
        ("active", '[[env]]\nname = "A"\nabout = "x"\nactive = 1'),
        ("pins", 'pins = "all"'),
        ("author", 'author = "me"'),
    ],
)
def test_what_is_wrong_is_named_with_its_place(key: str, line: str) -> None:
    lines = [each for each in LEAST.splitlines() if each.split(" =")[0] != line.split(" =")[0]]

    with pytest.raises(InvalidManifest) as refusal:
        parsed("\n".join([*lines, line]))

    assert refusal.value.key == key
    assert refusal.value.message.startswith(f"auth/block.toml: `{key}`")


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(RegistryError, match=r"auth/block\.toml is not valid TOML"):
        parsed("name = ")
