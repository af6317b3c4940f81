"""Second factors in a browser that keeps its session in cookies: R56, R57, R60."""

import pytest

from app.core.runtime import Runtime
from app.core.testing import change_settings
from app.modules.auth import AuthSettings
from app.modules.two_factor.tests.conftest import Person, on_one_storage

PAGE = {"Origin": "http://localhost:3000"}
VERIFY = "/api/v1/two-factor/totp/verify-login"


@pytest.fixture
def browser(runtime: Runtime, ada: Person) -> Person:
    """Ada's, who sets up her app with a token first."""
    change_settings(runtime, AuthSettings, auth_mode="both")
    return ada


@on_one_storage
async def test_r60_cookies_come_with_the_second_step_alone(browser: Person) -> None:
    await browser.set_up_totp()
    browser.client.headers.update(PAGE)
    browser.tokens = {}

    first = await browser.login()
    assert "__Host-refresh" not in browser.client.cookies
    body = {"twoFactorToken": first["twoFactorToken"], "code": browser.next_code()}
    foreign = await browser.client.post(
        VERIFY, json=body, headers={"Origin": "https://evil.example"}
    )
    done = await browser.client.post(VERIFY, json=body)

    assert (foreign.status_code, foreign.json()["code"]) == (403, "csrf_failed")
    assert done.status_code == 200
    assert set(done.json()) == {"expiresIn", "csrfToken", "user"}
    assert {"__Host-access", "__Host-refresh"} <= set(browser.client.cookies)


@on_one_storage
async def test_r57_changes_want_the_token_of_the_session(browser: Person) -> None:
    browser.client.headers.update(PAGE)
    browser.tokens = {}
    csrf = (await browser.login())["csrfToken"]

    without = await browser.post("totp/initiate")
    browser.client.headers["X-CSRF-Token"] = csrf
    with_token = await browser.post("totp/initiate")

    assert (without.status_code, without.json()["code"]) == (403, "csrf_failed")
    assert with_token.status_code == 200
