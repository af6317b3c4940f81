"""A fixture for tests of an app with auth: clients that are signed in.

The project's `conftest.py` finds it; elsewhere import `login_as` into a `conftest.py`.
"""

import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Protocol

import httpx2
import pytest
from fastapi import FastAPI

from app.core.runtime import Runtime
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.seeding import add_user

__all__ = ["LoginAs", "login_as"]


class LoginAs(Protocol):
    async def __call__(self, email: str, *, is_admin: bool = False) -> httpx2.AsyncClient:
        """A client of its own for a new user, who is verified and signed in."""
        ...


@pytest.fixture
async def login_as(runtime: Runtime, app: FastAPI) -> AsyncIterator[LoginAs]:
    """`ada = await login_as("ada@example.com")`, then `await ada.get("/api/v1/auth/me")`."""
    async with AsyncExitStack() as clients:

        async def login(email: str, *, is_admin: bool = False) -> httpx2.AsyncClient:
            password = secrets.token_urlsafe(18)
            async with runtime.unit_of_work() as work:
                await add_user(
                    work, EmailAddress.parse(email), password, "A user", is_admin=is_admin
                )
            transport = httpx2.ASGITransport(app)
            made = httpx2.AsyncClient(transport=transport, base_url="https://test")
            client = await clients.enter_async_context(made)
            await _sign_in(client, runtime, email, password)
            return client

        yield login


async def _sign_in(client: httpx2.AsyncClient, runtime: Runtime, email: str, password: str) -> None:
    """By token, or as a browser of the front end does where `AUTH_MODE` wants cookies."""
    auth = f"{runtime.settings.server.api_prefix}/auth"
    client.headers["Origin"] = runtime.settings.app.frontend_url
    answer = await client.post(f"{auth}/login", json={"email": email, "password": password})
    answer.raise_for_status()
    if (token := answer.json().get("accessToken")) is not None:
        del client.headers["Origin"]
        client.headers["Authorization"] = f"Bearer {token}"
    else:
        csrf = await client.get(f"{auth}/csrf")
        client.headers["X-CSRF-Token"] = csrf.json()["csrfToken"]
