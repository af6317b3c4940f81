"""An app with captcha and a made-up block, whose routes are for people."""

from __future__ import annotations  # as many projects write their routes: annotations are text

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Annotated
from uuid import uuid4

import httpx2
import pytest
from fastapi import Query
from pydantic import SecretStr

from app import core
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.human_checks import HumanRequest, public_human_checks, visitor
from app.core.routing import BlockRouter
from app.core.schemas import Message
from app.core.testing import Clock
from app.core.work import Work
from app.modules import captcha
from app.modules.captcha import CaptchaSettings, human_check
from app.modules.captcha.tests.siteverify import HOST, FakeSiteVerify, serving

SECRET = "Sentinel-of-the-secret-key"
SITE_KEY = "the-site-key"
USUAL: dict[str, dict[str, object]] = {
    "recaptcha_v2": {"provider": "recaptcha", "version": "v2"},
    "recaptcha_v3": {"provider": "recaptcha", "version": "v3"},
    "turnstile": {"provider": "turnstile"},
    "hcaptcha": {"provider": "hcaptcha"},
}
"""Settings that choose a provider, by the name that a front end is told."""
TELLS: dict[str, dict[str, object]] = {
    "recaptcha_v3": {"action": "contact", "score": 0.9},
    "turnstile": {"action": "contact"},
}
"""What only some providers say."""

router = BlockRouter(prefix="/desk", tags=["desk"])


class Letter(HumanRequest):
    text: str


@router.post("/contact")
@human_check("contact")
async def contact(body: Letter, to: Annotated[str, Query()] = "us") -> Message:
    return Message(message=f"{body.text} to {to}")


@router.post("/bell")
async def bell(body: HumanRequest, work: Work, failures: int = 0) -> Message:
    """Asks at the seam itself, and knows how often it was rung in vain."""
    await visitor(work, body.captcha_token).must_be_human("login", failures=failures)
    return Message(message="Coming!")


@router.get("/sign")
async def sign(work: Work) -> list[dict[str, object]]:
    return [each.model_dump() for each in public_human_checks(work, ["contact", "login", "idle"])]


desk = Block(name="desk", router=router)


class Settings(CoreSettings):
    captcha: CaptchaSettings = CaptchaSettings()


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, captcha.block, desk)


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@pytest.fixture
def database_url() -> str:
    """Captcha has no tables, so one database is as good as another."""
    return "memory://"


@pytest.fixture
def provider() -> str:
    return "recaptcha_v3"


@pytest.fixture
def options() -> dict[str, object]:
    """Settings of captcha that differ from the usual ones."""
    return {}


@pytest.fixture
def redis_url() -> str:
    return ""


@pytest.fixture
def settings(
    settings: Settings,
    siteverify: FakeSiteVerify,
    provider: str,
    options: dict[str, object],
    redis_url: str,
) -> Settings:
    settings.redis.url = SecretStr(redis_url)
    chosen = USUAL[provider] | {
        "enabled": True,
        "secret_key": SECRET,
        "site_key": SITE_KEY,
        "verify_url": siteverify.url,
        "hostnames": (HOST,),
        "never_for": ("idle",),
    }
    settings.captcha = CaptchaSettings.model_validate(chosen | options)
    return settings


@pytest.fixture(scope="session")
def server() -> Iterator[FakeSiteVerify]:
    with serving() as fake:
        yield fake


@pytest.fixture
def siteverify(server: FakeSiteVerify, clock: Clock, provider: str) -> FakeSiteVerify:
    server.begin(clock, TELLS.get(provider, {}))
    return server


@dataclass
class Person:
    client: httpx2.AsyncClient

    async def write(self, token: str | None = None, **body: object) -> httpx2.Response:
        """With a new token, unless another is named; with none if it is empty."""
        shown = f"token-{uuid4()}" if token is None else token
        proof = {"captchaToken": shown} if shown else {}
        return await self.client.post("/api/v1/desk/contact", json={"text": "Hi"} | proof | body)

    async def ring(self, failures: int, **body: object) -> httpx2.Response:
        return await self.client.post(f"/api/v1/desk/bell?failures={failures}", json=body)


@pytest.fixture
def ada(client: httpx2.AsyncClient) -> Person:
    return Person(client)


def outcome(response: httpx2.Response) -> int | tuple[int, str]:
    """The status, with the code of what went wrong."""
    if response.status_code == 200:
        return 200
    return response.status_code, response.json()["code"]
