"""A page in a real Chromium, with its session in cookies: R49, R56, R57.

The page is served from another port than the API, as a front end of its own is: `page.html`.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.front_end import front_end
from tests.project.generated import Project
from tests.project.journey import ADA, FIRST_PASSWORD, Mailbox
from tests.security.shop import whole_shop

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = pytest.mark.slow

PAGE = Path(__file__).with_name("page.html")


@pytest.fixture
def port() -> Iterator[int]:
    with front_end(PAGE) as port:
        yield port


@pytest.fixture
def shop(tmp_path: Path, port: int) -> Project:
    page = f"http://localhost:{port}"
    return whole_shop(tmp_path / "shop").with_variables(
        AUTH_MODE="cookie",
        AUTH_COOKIE_SECURE="false",  # over plain http browsers drop cookies that want TLS
        FRONTEND_URL=page,
        CORS_ORIGINS=page,
        CORS_CREDENTIALS="true",
    )


@pytest.fixture
def api(shop: Project) -> Iterator[str]:
    """Its address as the page knows it: `localhost` is one site, whatever the port."""
    with shop.served() as server:
        yield server.api.replace("127.0.0.1", "localhost")


def opened(context: BrowserContext, origin: str, api: str, path: str = "/") -> Page:
    """A tab with the page, which has already asked for the token of its session."""
    address, _, fragment = path.partition("#")
    tab = context.new_page()
    tab.goto(f"{origin}{address}?api={api}#{fragment}")
    tab.wait_for_selector("body[data-ready]")
    return tab


def press(tab: Page, form: str, **fields: str) -> None:
    for name, value in fields.items():
        tab.fill(f"#{form} [name={name}]", value)
    tab.click(f"#{form} button")


def said(tab: Page) -> dict[str, Any]:
    """What the API answered last."""
    tab.wait_for_selector("output:not(:empty)")
    found: dict[str, Any] = json.loads(tab.inner_text("output"))
    return found


def submit(tab: Page, form: str, **fields: str) -> dict[str, Any]:
    press(tab, form, **fields)
    return said(tab)


def refresh_in_both(first: Page, second: Page) -> list[dict[str, Any]]:
    """Neither waits for the answer of the other."""
    press(first, "refresh")
    press(second, "refresh")
    return [said(first), said(second)]


def foreign_page_tries_to_sign_out(context: BrowserContext, port: int, api: str) -> None:
    """By a request that browsers send without asking first, from another site than `localhost`."""
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{port}/")
    page.evaluate(
        """api => fetch(`${api}/auth/logout`,
                        {method: "POST", mode: "no-cors", credentials: "include"})""",
        api,
    )


def test_r57_a_page_registers_verifies_signs_in_refreshes_in_two_tabs_and_signs_out(
    browser: Browser, shop: Project, api: str, port: int
) -> None:
    ours = f"http://localhost:{port}"
    mailbox = Mailbox(ADA, Path(shop.variables["EMAIL_FILE_PATH"]))
    context = browser.new_context()
    tab = opened(context, ours, api)

    registered = submit(tab, "register", email=ADA, password=FIRST_PASSWORD, name="Ada")
    assert registered["status"] == 202
    link = opened(context, ours, api, f"/verify-email#token={mailbox.next_token()}")
    assert submit(link, "verify-email") == {"status": 200, "answer": {"verified": True}}

    signed_in = submit(tab, "login", email=ADA, password=FIRST_PASSWORD)
    assert signed_in["status"] == 200
    assert "accessToken" not in signed_in["answer"]
    assert submit(tab, "me")["answer"]["email"] == ADA

    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert {"access", "refresh"} <= set(cookies)
    assert all(cookie["httpOnly"] for cookie in cookies.values())
    assert tab.evaluate("document.cookie") == ""

    other_tab = opened(context, ours, api)
    before = cookies["refresh"]["value"]
    answers = refresh_in_both(tab, other_tab)
    assert [answer["status"] for answer in answers] == [200, 200]
    assert before not in {cookie["value"] for cookie in context.cookies()}
    for each in (tab, other_tab):
        assert submit(each, "me")["answer"]["email"] == ADA
        assert submit(each, "rename", name="Countess")["answer"]["name"] == "Countess"

    foreign_page_tries_to_sign_out(context, port, api)
    assert submit(tab, "me")["status"] == 200

    assert submit(tab, "logout")["status"] == 204
    assert {"access", "refresh"}.isdisjoint(cookie["name"] for cookie in context.cookies())
    for each in (tab, other_tab):
        assert submit(each, "me")["status"] == 401
        assert submit(each, "refresh")["status"] == 401
