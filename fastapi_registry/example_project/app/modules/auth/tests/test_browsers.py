"""Sessions in cookies, and what foreign pages cannot do with them: R38, R49, R56, R57, R58."""

from collections.abc import Mapping
from datetime import timedelta
from http.cookies import Morsel, SimpleCookie

import httpx2
import pytest

from app.core.runtime import Runtime
from app.core.testing import Clock, change_settings
from app.modules.auth.settings import AuthSettings
from app.modules.auth.tests.conftest import ONE_STORAGE, PASSWORD, Person

FRONT_END = "http://localhost:3000"
COOKIES_ONLY = {"auth_mode": "cookie"}
BOTH = {"auth_mode": "both"}
FROM_ELSEWHERE: list[dict[str, str]] = [
    {},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://localhost:3000.evil.example"},
    {"Origin": "http://LOCALHOST:3000"},
    {"Origin": ""},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://test", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://["},
    {"Origin": "http://[::1", "Sec-Fetch-Site": "same-origin"},
    {"Origin": "https://a]b", "Sec-Fetch-Site": "same-origin"},
]


@pytest.fixture
def auth_options() -> dict[str, object]:
    return dict(COOKIES_ONLY)


@pytest.fixture
def client(client: httpx2.AsyncClient) -> httpx2.AsyncClient:
    """A browser that shows a page of the front end."""
    client.headers["Origin"] = FRONT_END
    return client


@pytest.fixture
async def browser(ada: Person) -> Person:
    """Ada's: its page knows the token that writes need."""
    response = await ada.get("csrf")
    ada.client.headers["X-CSRF-Token"] = response.json()["csrfToken"]
    return ada


def cookies_of(response: httpx2.Response) -> dict[str, Morsel[str]]:
    jar: SimpleCookie = SimpleCookie()
    for header in response.headers.get_list("set-cookie"):
        jar.load(header)
    return dict(jar)


async def write(person: Person, headers: Mapping[str, str]) -> httpx2.Response:
    """Change the name, with these headers and no others beside the cookies."""
    person.client.headers = httpx2.Headers(headers)
    return await person.client.patch("/api/v1/auth/me", json={"name": "Countess"})


async def test_r56_a_session_is_kept_in_cookies_that_no_script_reads(ada: Person) -> None:
    cookies = cookies_of(await ada.login())

    assert set(cookies) == {"__Host-access", "__Host-refresh"}
    for cookie in cookies.values():
        assert cookie["secure"]
        assert cookie["httponly"]
        assert cookie["path"] == "/"
        assert cookie["domain"] == ""
        assert cookie["samesite"].lower() in {"lax", "strict"}
        assert len(cookie.OutputString()) <= 4096


async def test_r56_no_token_stands_in_the_body(browser: Person) -> None:
    change = {"currentPassword": PASSWORD, "newPassword": "the heron stands on one leg"}
    answers = [
        await browser.post("reauthenticate", password=PASSWORD),
        await browser.post("change-password", **change),
        await browser.client.post("/api/v1/auth/refresh"),
        await browser.named(browser.email).post(
            "login", email=browser.email, password=change["newPassword"]
        ),
    ]

    for answer in answers:
        values = [cookie.value for cookie in cookies_of(answer).values()]
        assert len(values) == 2
        assert "accessToken" not in answer.json()
        assert not any(value in answer.text for value in values)


@ONE_STORAGE
@pytest.mark.parametrize("auth_options", [BOTH])
@pytest.mark.parametrize("header", ["x", "", "Bearer", "bearer ", "Basic eA==", "Bearer x"])
async def test_r56_no_other_header_gets_a_page_the_tokens_of_its_cookies(
    browser: Person, header: str
) -> None:
    browser.client.headers["Authorization"] = header

    answer = await browser.post("reauthenticate", password=PASSWORD)

    assert answer.status_code in {200, 401}
    assert "accessToken" not in answer.json()


@pytest.mark.parametrize("auth_options", [BOTH])
async def test_a_browser_may_announce_another_kind_of_credentials(browser: Person) -> None:
    browser.client.headers["Authorization"] = "Basic eA=="

    answer = await browser.post("reauthenticate", password=PASSWORD)

    assert "csrfToken" in answer.json()


@pytest.mark.parametrize("auth_options", [COOKIES_ONLY | {"cookie_secure": False}])
async def test_r56_without_tls_the_names_have_no_prefix(ada: Person) -> None:
    cookies = cookies_of(await ada.login())

    assert set(cookies) == {"access", "refresh"}
    assert not any(cookie["secure"] for cookie in cookies.values())


async def test_cookies_sign_in_and_are_refreshed(browser: Person) -> None:
    before = dict(browser.client.cookies)
    assert (await browser.get("me")).json()["email"] == browser.email

    refreshed = await browser.client.post("/api/v1/auth/refresh")

    assert refreshed.status_code == 200
    assert browser.client.cookies["__Host-refresh"] != before["__Host-refresh"]
    assert (await browser.get("me")).status_code == 200


async def test_r38_a_login_carries_no_earlier_session_on(browser: Person) -> None:
    before = browser.client.cookies["__Host-refresh"].split(".")[1]

    await browser.login()

    assert browser.client.cookies["__Host-refresh"].split(".")[1] != before


async def test_r49_a_logout_clears_what_the_browser_holds(browser: Person) -> None:
    held = dict(browser.client.cookies)

    response = await browser.client.post("/api/v1/auth/logout")

    assert response.status_code == 204
    assert response.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert "__Host-access" not in browser.client.cookies
    assert "__Host-refresh" not in browser.client.cookies
    for name, value in held.items():
        browser.client.cookies.set(name, value)
    assert (await browser.get("me")).status_code == 401


async def test_r49_logging_out_again_is_no_error(browser: Person) -> None:
    await browser.client.post("/api/v1/auth/logout")

    assert (await browser.client.post("/api/v1/auth/logout")).status_code == 204


@ONE_STORAGE
@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
async def test_r57_other_sites_cannot_write(browser: Person, headers: dict[str, str]) -> None:
    token = browser.client.headers["X-CSRF-Token"]

    response = await write(browser, {"X-CSRF-Token": token} | headers)

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


@ONE_STORAGE
@pytest.mark.parametrize("headers", FROM_ELSEWHERE, ids=str)
@pytest.mark.parametrize("path", ["login", "refresh", "logout", "magic-link/verify"])
async def test_r57_other_sites_sign_nobody_in_or_out(
    browser: Person, path: str, headers: dict[str, str]
) -> None:
    token = browser.client.headers["X-CSRF-Token"]
    browser.client.headers = httpx2.Headers({"X-CSRF-Token": token} | headers)

    response = await browser.post(path, email=browser.email, password=PASSWORD, token="x")

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")
    assert cookies_of(response) == {}


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": FRONT_END},
        {"Sec-Fetch-Site": "same-origin"},
        {"Origin": "https://test", "Sec-Fetch-Site": "same-origin"},
        {"Origin": FRONT_END, "Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_r57_our_own_pages_can_write(browser: Person, headers: dict[str, str]) -> None:
    token = browser.client.headers["X-CSRF-Token"]

    assert (await write(browser, {"X-CSRF-Token": token} | headers)).status_code == 200


@pytest.mark.parametrize("token", [None, "", "v1.", "nonsense"])
async def test_r57_a_write_needs_the_token_of_its_session(
    browser: Person, token: str | None
) -> None:
    shown = {} if token is None else {"X-CSRF-Token": token}

    response = await write(browser, {"Origin": FRONT_END} | shown)

    assert (response.status_code, response.json()["code"]) == (403, "csrf_failed")


async def test_r57_the_token_of_another_session_does_not_fit(browser: Person) -> None:
    token = browser.client.headers["X-CSRF-Token"]
    await browser.login()

    response = await write(browser, {"Origin": FRONT_END, "X-CSRF-Token": token})

    assert response.json()["code"] == "csrf_failed"


@pytest.mark.parametrize("path", ["refresh", "logout"])
async def test_r57_refresh_and_logout_need_the_token_too(browser: Person, path: str) -> None:
    del browser.client.headers["X-CSRF-Token"]

    assert (await browser.client.post(f"/api/v1/auth/{path}")).status_code == 403


async def test_r57_an_expired_cookie_is_checked_all_the_same(browser: Person, clock: Clock) -> None:
    clock.advance(timedelta(minutes=16))

    assert (await write(browser, {"Origin": "https://evil.example"})).status_code == 403
    assert (await write(browser, {"Origin": FRONT_END})).status_code == 403


async def test_reading_needs_no_token(browser: Person) -> None:
    browser.client.headers = httpx2.Headers()

    assert (await browser.get("me")).status_code == 200


async def test_nobody_has_no_csrf_token(stranger: Person) -> None:
    response = await stranger.get("csrf")

    assert response.json() == {"csrfToken": None}
    assert response.headers["Cache-Control"] == "no-store"


async def test_a_token_in_a_header_is_not_looked_at(browser: Person) -> None:
    token = browser.client.cookies["__Host-access"]
    browser.client.cookies.clear()

    response = await browser.client.get(
        "/api/v1/auth/me", headers={"Authorization": f"Bearer {token}"}
    )

    assert response.json()["code"] == "not_authenticated"


async def test_no_tokens_are_handed_out_by_form(ada: Person) -> None:
    form = {"grant_type": "password", "username": ada.email, "password": PASSWORD}

    response = await ada.client.post("/api/v1/auth/token", data=form)

    assert response.json()["error"] == "unsupported_grant_type"


@pytest.mark.parametrize("auth_options", [BOTH])
async def test_with_both_a_program_gets_tokens_and_needs_nothing_else(ada: Person) -> None:
    ada.client.headers = httpx2.Headers()
    ada.client.cookies.clear()

    response = await ada.login()

    assert {"accessToken", "refreshToken"} <= set(response.json())
    assert set(cookies_of(response)) <= {"__Host-device"}
    assert (await ada.patch("me", name="Countess")).status_code == 200
    assert (await ada.refresh()).status_code == 200


@pytest.mark.parametrize("auth_options", [BOTH])
async def test_with_both_a_browser_gets_cookies_and_is_checked(browser: Person) -> None:
    assert "accessToken" not in (await browser.login()).json()

    response = await write(browser, {"Origin": "https://evil.example"})

    assert response.json()["code"] == "csrf_failed"


@pytest.mark.parametrize("auth_options", [BOTH])
async def test_r57_cookies_without_an_origin_are_no_program(browser: Person) -> None:
    assert (await write(browser, {})).json()["code"] == "csrf_failed"


@pytest.mark.parametrize("auth_options", [{}])
async def test_with_bearer_no_cookie_opens_anything(ada: Person) -> None:
    for name, token in (("access", "accessToken"), ("refresh", "refreshToken")):
        ada.client.cookies.set(f"__Host-{name}", ada.tokens[token])
    ada.tokens = {}

    assert (await ada.get("me")).json()["code"] == "not_authenticated"
    assert (await ada.get("csrf")).json() == {"csrfToken": None}


@pytest.mark.parametrize("mode", ["bearer", "cookie", "both"])
@pytest.mark.parametrize("auth_options", [{}])
async def test_a_front_end_learns_the_mode(ada: Person, runtime: Runtime, mode: str) -> None:
    change_settings(runtime, AuthSettings, auth_mode=mode)

    assert (await ada.get("config")).json()["authMode"] == mode
