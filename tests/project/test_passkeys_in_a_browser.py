"""R77. Passkeys in a real Chromium, whose authenticator is its DevTools' virtual one.

The project is generated and served as its owner would; the page is a front end on another port.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.front_end import front_end
from tests.project.generated import Project, new_project
from tests.project.journey import FIRST_PASSWORD, Visitor, visitor_of, with_mail_files

if TYPE_CHECKING:
    from playwright.sync_api import Browser, CDPSession, Page

pytestmark = pytest.mark.slow

PAGE = Path(__file__).with_name("passkeys.html")


@pytest.fixture
def origin() -> Iterator[str]:
    with front_end(PAGE) as port:
        yield f"http://localhost:{port}"


@pytest.fixture
def shop(tmp_path: Path, origin: str) -> Project:
    project = new_project(tmp_path / "shop", "--with", "auth,two_factor")
    return with_mail_files(project).with_variables(
        AUTH_COOKIE_SECURE="false",  # over plain http browsers drop cookies that want TLS
        CORS_CREDENTIALS="true",
        CORS_ORIGINS=origin,
        FRONTEND_URL=origin,
    )


@pytest.fixture
def api(shop: Project) -> Iterator[str]:
    """Its address as the page knows it, with a user: `localhost` is one site, whatever the port."""
    with shop.served() as server:
        with visitor_of(shop, server) as visitor:
            register(visitor)
        yield server.api.replace("127.0.0.1", "localhost")


def register(visitor: Visitor) -> None:
    visitor.register()
    visitor.verify_email()


@pytest.fixture
def page(browser: Browser, origin: str, api: str) -> Page:
    made = browser.new_page()
    made.goto(f"{origin}/?api={api}")
    return made


@pytest.fixture
def devices(page: Page) -> CDPSession:
    """The DevTools of the page: they have an authenticator that verifies its user by itself."""
    tools = page.context.new_cdp_session(page)
    tools.send("WebAuthn.enable")
    return tools


def an_authenticator(devices: CDPSession) -> str:
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    made = devices.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    return str(made["authenticatorId"])


def verify_users(devices: CDPSession, authenticator: str, succeeds: bool) -> None:
    """Whether it recognises the finger that is laid on it."""
    wanted = {"authenticatorId": authenticator, "isUserVerified": succeeds}
    devices.send("WebAuthn.setUserVerified", wanted)


def call(page: Page, script: str, argument: object = None) -> tuple[int, dict[str, Any]]:
    answered = page.evaluate(script, argument)
    return answered["status"], answered["answer"]


def login(page: Page) -> tuple[int, dict[str, Any]]:
    body = {"email": "ada@example.com", "password": FIRST_PASSWORD}
    return call(page, "body => ask('POST', 'auth/login', body)", body)


def me(page: Page) -> str:
    return str(call(page, "() => ask('GET', 'auth/me')")[1].get("email"))


def test_r77_a_passkey_is_set_up_signs_in_is_a_second_factor_proves_again_and_goes(
    page: Page, devices: CDPSession
) -> None:
    authenticator = an_authenticator(devices)
    assert login(page)[0] == 200

    status, new = call(page, "() => setUpPasskey('This laptop')")
    assert (status, new["passkey"]["name"]) == (200, "This laptop")
    assert len(new["backupCodes"]) == 10
    kept = devices.send("WebAuthn.getCredentials", {"authenticatorId": authenticator})
    [credential] = kept["credentials"]
    assert (credential["rpId"], credential["isResidentCredential"]) == ("localhost", True)

    page.evaluate("signOut()")
    assert me(page) == "None"
    verify_users(devices, authenticator, False)
    refused = page.evaluate("signInWithPasskey({}).catch(error => error.name)")
    assert refused == "NotAllowedError", "alone it is worth two factors, or nothing (R72)"
    verify_users(devices, authenticator, True)
    assert call(page, "() => signInWithPasskey({})")[0] == 200
    assert me(page) == "ada@example.com"
    again = page.evaluate("setUpPasskey('Twice').catch(error => error.name)")
    assert again == "InvalidStateError", "the browser was told that it is set up already"

    page.evaluate("signOut()")
    first = login(page)[1]
    assert (first["requiresTwoFactor"], first["preferredMethod"]) == (True, "webauthn")
    second = {"twoFactorToken": first["twoFactorToken"], "trustDevice": True}
    assert call(page, "step => signInWithPasskey(step)", second)[0] == 200
    assert me(page) == "ada@example.com"

    page.evaluate("signOut()")
    assert "accessToken" in login(page)[1], "this browser is trusted now"
    delete = "id => ask('DELETE', `two-factor/webauthn/passkeys/${id}`)"
    status, refused = call(page, delete, new["passkey"]["id"])
    assert (status, refused["code"]) == (401, "reauthentication_required")
    assert call(page, "() => stepUp()")[0] == 200
    assert call(page, delete, new["passkey"]["id"])[0] == 204

    page.evaluate("signOut()")
    status, gone = call(page, "() => signInWithPasskey({})")
    assert (status, gone["code"]) == (401, "invalid_credentials")
    assert "accessToken" in login(page)[1]
