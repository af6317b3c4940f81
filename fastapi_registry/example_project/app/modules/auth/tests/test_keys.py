"""Keys that others can check with, and how keys are changed: R54, R55. Over HTTP."""

import secrets
from collections.abc import Callable
from typing import TypeAlias

import jwt
import pytest
from pydantic import SecretStr

from app.core.config import SecuritySettings
from app.core.runtime import Runtime
from app.core.testing import change_settings
from app.modules.auth.tests.conftest import ONE_STORAGE, Person, Settings

ASYMMETRIC = pytest.mark.parametrize(
    "auth_options", [{"jwt_algorithm": "ES256"}, {"jwt_algorithm": "EdDSA"}]
)
EVERY_KIND = pytest.mark.parametrize(
    "auth_options", [{"jwt_algorithm": name} for name in ("HS256", "ES256", "EdDSA")]
)
Secrets: TypeAlias = Callable[[str, str, str], None]


@pytest.fixture
def secrets_are(runtime: Runtime) -> Secrets:
    """Sets the secret, the next one and the previous ones, as a restart with others would."""

    def set_secrets(current: str, following: str = "", previous: str = "") -> None:
        change_settings(
            runtime,
            SecuritySettings,
            secret_key=SecretStr(current),
            next_secret_key=SecretStr(following),
            previous_secret_keys=SecretStr(previous),
        )

    return set_secrets


async def published(person: Person) -> list[dict[str, str]]:
    keys: list[dict[str, str]] = (await person.client.get("/.well-known/jwks.json")).json()["keys"]
    return keys


@ONE_STORAGE
@ASYMMETRIC
async def test_r54_others_can_check_a_token_with_what_is_published(ada: Person) -> None:
    token = ada.tokens["accessToken"]
    header = jwt.get_unverified_header(token)

    [key] = [key for key in await published(ada) if key["kid"] == header["kid"]]

    claims = jwt.decode(token, jwt.PyJWK(key), algorithms=[key["alg"]], audience="api")
    assert claims["sub"] == (await ada.get("me")).json()["id"]


@ONE_STORAGE
@ASYMMETRIC
async def test_r54_nothing_private_is_published_and_caches_may_keep_it(ada: Person) -> None:
    response = await ada.client.get("/.well-known/jwks.json")

    [key] = response.json()["keys"]
    assert set(key) <= {"kty", "crv", "x", "y", "use", "alg", "kid"}
    assert response.headers["Cache-Control"] == "public, max-age=300"


@ONE_STORAGE
async def test_r54_with_a_shared_secret_nothing_is_published(ada: Person) -> None:
    assert await published(ada) == []


@ONE_STORAGE
@ASYMMETRIC
async def test_r54_the_next_key_is_published_before_it_signs(
    ada: Person, secrets_are: Secrets, settings: Settings
) -> None:
    current = settings.security.secret_key.get_secret_value()
    coming = secrets.token_urlsafe(48)

    secrets_are(current, coming, "")
    before = [key["kid"] for key in await published(ada)]
    await ada.login()
    assert jwt.get_unverified_header(ada.tokens["accessToken"])["kid"] == before[0]

    secrets_are(coming, "", current)
    await ada.login()
    assert jwt.get_unverified_header(ada.tokens["accessToken"])["kid"] == before[1]


@EVERY_KIND
async def test_r55_what_an_old_secret_made_is_good_until_it_is_removed(
    ada: Person, secrets_are: Secrets, settings: Settings
) -> None:
    old = settings.security.secret_key.get_secret_value()
    new = secrets.token_urlsafe(48)
    before = dict(ada.tokens)

    secrets_are(new, "", old)
    assert (await ada.get("me")).status_code == 200
    refreshed = await ada.refresh()
    assert refreshed.status_code == 200

    secrets_are(new, "", "")
    assert (await ada.get("me")).status_code == 200
    assert (await ada.refresh()).status_code == 200
    ada.tokens = before
    assert (await ada.get("me")).status_code == 401
    assert (await ada.refresh()).status_code == 401


@ONE_STORAGE
@EVERY_KIND
async def test_r55_an_unknown_key_id_is_refused(ada: Person) -> None:
    header, claims, seal = ada.tokens["accessToken"].split(".")
    unknown = header.replace(header[12:20], "AAAAAAAA")

    ada.tokens = {"accessToken": f"{unknown}.{claims}.{seal}"}

    assert (await ada.get("me")).status_code == 401
