"""Asking a provider about a token: reCAPTCHA's protocol `siteverify`, which all of them speak.

https://developers.google.com/recaptcha/docs/verify
"""

import asyncio
from asyncio import AbstractEventLoop
from collections.abc import Mapping
from typing import Final
from weakref import WeakKeyDictionary

import httpx2
from pydantic import AwareDatetime, BaseModel, Field, StrictBool, ValidationError

_LARGEST_ANSWER: Final = 64 * 1024  # bytes; real ones have some hundred
_OVERLOADED: Final = (408, 429)


class ProviderDown(Exception):
    """It does not answer, not in time, or not as the protocol has it."""


class Answer(BaseModel):
    """What a provider says about a token."""

    success: StrictBool
    hostname: str | None = None
    """Of the page on which it was solved."""
    action: str | None = None
    score: float | None = None
    solved_at: AwareDatetime | None = Field(None, validation_alias="challenge_ts")
    error_codes: list[str] = Field([], validation_alias="error-codes")


class SiteVerify:
    """Connections to a provider: a pool for each event loop, opened on first use."""

    def __init__(self, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._clients: WeakKeyDictionary[AbstractEventLoop, httpx2.AsyncClient] = (
            WeakKeyDictionary()
        )

    async def ask(self, url: str, form: Mapping[str, str]) -> Answer:
        """Raises `ProviderDown`."""
        try:
            # Over all: what the client calls a time-out is the wait for each single packet.
            async with asyncio.timeout(self._timeout_seconds):
                status, body = await self._post(url, form)
        except (httpx2.HTTPError, TimeoutError) as error:
            raise ProviderDown(type(error).__name__) from error
        answer = _read(body)
        if 400 <= status < 500 and status not in _OVERLOADED:
            # Never "down": a token that upsets the provider must not let anybody in.
            codes = answer.error_codes if answer else [f"status-{status}"]
            return Answer.model_validate({"success": False, "error-codes": codes})
        if status != 200 or answer is None:
            raise ProviderDown(f"status {status}, {'an answer' if answer else 'no answer'}")
        return answer

    async def close(self) -> None:
        if (client := self._clients.pop(asyncio.get_running_loop(), None)) is not None:
            await client.aclose()

    async def _post(self, url: str, form: Mapping[str, str]) -> tuple[int, bytes]:
        async with self._client.stream("POST", url, data=form) as response:
            body = b""
            async for part in response.aiter_raw():
                body += part
                if len(body) > _LARGEST_ANSWER:
                    raise ProviderDown("an answer without end")
            return response.status_code, body

    @property
    def _client(self) -> httpx2.AsyncClient:
        loop = asyncio.get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = httpx2.AsyncClient(
                timeout=self._timeout_seconds,
                # Whoever answers a redirect is not the provider, and would be sent our secret.
                follow_redirects=False,
                # A small answer that unpacks to a large one would pass the limit of its size.
                headers={"Accept": "application/json", "Accept-Encoding": "identity"},
            )
        return self._clients[loop]


def _read(body: bytes) -> Answer | None:
    try:
        return Answer.model_validate_json(body)
    except ValidationError:
        return None
