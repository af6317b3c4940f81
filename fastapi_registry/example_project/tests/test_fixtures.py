"""What your own tests can use: begin with a copy of one of these."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from importlib.util import find_spec

import httpx2
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from app.clients.email import Mail
from app.core.ids import uuid7
from app.core.outbox import MailRow
from app.core.testing import Clock, SentMails
from app.core.work import UnitOfWork

has_auth = pytest.mark.skipif(find_spec("app.modules.auth") is None, reason="auth is not installed")


async def test_a_client_asks_the_app(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/health")).json() == {"status": "ok"}


async def test_a_session_sees_and_changes_the_database(session: AsyncSession) -> None:
    now = Clock()()
    session.add(MailRow(id=uuid7(), sealed=b"", due_at=now, created_at=now))
    await session.commit()

    assert await session.scalar(select(func.count()).select_from(MailRow)) == 1


async def test_the_clock_is_in_the_hands_of_the_test(work: UnitOfWork, clock: Clock) -> None:
    before = work.now()

    clock.advance(timedelta(days=1))

    assert work.now() - before == timedelta(days=1)


async def test_the_outbox_has_the_mails_that_were_sent(work: UnitOfWork, outbox: SentMails) -> None:
    await work.send(Mail(to="ada@example.com", subject="Hello", text="How are you?"))
    await work.commit()

    assert [mail.subject for mail in await outbox.to("ada@example.com")] == ["Hello"]


@has_auth
async def test_somebody_is_signed_in(
    login_as: Callable[[str], Awaitable[httpx2.AsyncClient]],
) -> None:
    ada = await login_as("ada@example.com")

    assert (await ada.get("/api/v1/auth/me")).json()["email"] == "ada@example.com"
