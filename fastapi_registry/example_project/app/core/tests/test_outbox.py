"""Mails: sent if and only if what they tell has happened, and never in anybody's way."""

import asyncio
import time
from datetime import timedelta

import pytest
from sqlalchemy import event, select, update

from app.clients.email import Mail, MailNotSent
from app.core.config import SecuritySettings
from app.core.errors import Conflict
from app.core.outbox import MailRow, Outbox
from app.core.runtime import Runtime, build_runtime
from app.core.testing import Clock, SentMails

HELLO = Mail(to="ada@example.com", subject="Hello", text="https://app.example/reset?token=hush")


class DownAtFirst(SentMails):
    """A mail server that refuses a number of times."""

    def __init__(self, refusals: int) -> None:
        super().__init__()
        self.refusals = refusals
        self.attempts = 0

    async def deliver(self, mail: Mail) -> None:
        self.attempts += 1
        if self.attempts <= self.refusals:
            raise MailNotSent("down")
        await super().deliver(mail)


@pytest.fixture
def refusals() -> int:
    return 0


@pytest.fixture
def outbox(refusals: int) -> DownAtFirst:
    return DownAtFirst(refusals)


async def post(runtime: Runtime, mail: Mail = HELLO) -> None:
    async with runtime.unit_of_work() as work:
        await work.send(mail)


async def waiting(runtime: Runtime) -> list[tuple[bytes, int]]:
    async with runtime.unit_of_work() as work:
        rows = await work.fetch(select(MailRow.sealed, MailRow.attempts))
    return [(row.sealed, row.attempts) for row in rows]


async def test_a_mail_goes_out_after_the_commit(runtime: Runtime, outbox: SentMails) -> None:
    async with runtime.unit_of_work() as work:
        await work.send(HELLO)
        assert await outbox.all() == []

    assert await outbox.to("ada@example.com") == [HELLO]
    assert await waiting(runtime) == []


async def test_a_roll_back_takes_the_mail_with_it(runtime: Runtime, outbox: SentMails) -> None:
    with pytest.raises(Conflict):
        async with runtime.unit_of_work() as work:
            await work.send(HELLO)
            raise Conflict

    assert await outbox.all() == []
    assert await waiting(runtime) == []


async def test_what_goes_to_nobody_is_written_like_a_mail_and_leaves_nothing(
    runtime: Runtime, outbox: SentMails
) -> None:
    written: list[str] = []

    def note(_: object, __: object, statement: str, *others: object) -> None:
        written.append(statement.split()[0])

    event.listen(runtime.database.engine.sync_engine, "before_cursor_execute", note)
    async with runtime.unit_of_work() as work:
        await work.send_to_nobody()

    assert written == ["INSERT", "DELETE"]
    assert await outbox.all() == []
    assert await waiting(runtime) == []


@pytest.mark.parametrize("refusals", [2])
async def test_a_refused_mail_is_tried_again_later(
    runtime: Runtime, outbox: DownAtFirst, clock: Clock
) -> None:
    await post(runtime)

    assert await outbox.all() == []
    assert await runtime.outbox.deliver_due() == 0  # not at once

    clock.advance(timedelta(minutes=1))
    await runtime.outbox.deliver_due()
    clock.advance(timedelta(minutes=5))
    await runtime.outbox.deliver_due()

    assert outbox.attempts == 3
    assert await outbox.all() == [HELLO]


@pytest.mark.parametrize("refusals", [1000])
async def test_a_mail_that_nobody_takes_is_given_up_and_deleted(
    runtime: Runtime, clock: Clock
) -> None:
    await post(runtime)
    await runtime.outbox.drain()

    for _ in range(10):
        clock.advance(timedelta(days=1))
        await runtime.outbox.deliver_due()

    assert await waiting(runtime) == []


async def test_r48_what_waits_in_the_database_cannot_be_read(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)

    await post(runtime)

    [(sealed, _)] = await waiting(runtime)
    assert b"hush" not in sealed
    assert b"ada@" not in sealed


async def test_a_changed_mail_is_not_sent(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)
    await post(runtime)
    async with runtime.unit_of_work() as work:
        [(sealed, _)] = await waiting(runtime)
        changed = sealed[:-1] + bytes([sealed[-1] ^ 1])
        await (await work.writing()).execute(update(MailRow).values(sealed=changed))

    await runtime.outbox.deliver_due()

    assert await outbox.all() == []


async def test_two_workers_send_a_mail_once(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)
    for _ in range(10):
        await post(runtime)

    await asyncio.gather(*(runtime.outbox.deliver_due() for _ in range(5)))

    assert len(await outbox.all()) == 10


async def test_r31_a_silent_mail_server_holds_nothing_up(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def says_nothing(mail: Mail) -> None:
        await asyncio.sleep(60)

    monkeypatch.setattr(outbox, "deliver", says_nothing)
    started = time.perf_counter()

    await post(runtime)
    await post(runtime)

    assert time.perf_counter() - started < 2
    await runtime.outbox.close()
    assert len(await waiting(runtime)) == 2


async def test_waiting_for_a_delivery_that_has_just_ended_lets_the_loop_go_on(
    runtime: Runtime,
) -> None:
    others = asyncio.all_tasks()
    runtime.outbox.kick()
    [delivery] = asyncio.all_tasks() - others
    delivery.cancel()

    # Asks in the same turn of the loop, after the delivery ended and before that is noted.
    await asyncio.create_task(runtime.outbox.drain())

    assert delivery.cancelled()


async def test_a_mail_that_breaks_the_mailer_holds_up_no_other(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver = outbox.deliver

    async def breaks_once(mail: Mail) -> None:
        monkeypatch.setattr(outbox, "deliver", deliver)
        raise RuntimeError("a bug of a library")

    monkeypatch.setattr(outbox, "deliver", breaks_once)

    await post(runtime)
    await outbox.all()
    await post(runtime)

    assert await outbox.all() == [HELLO]


async def test_a_slow_mail_is_not_overtaken_by_the_next(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    deliver, newer = outbox.deliver, Mail(to="ada@example.com", subject="Hello again", text="")

    async def slow_at_first(mail: Mail) -> None:
        await asyncio.sleep(0.1 if mail == HELLO else 0)
        await deliver(mail)

    monkeypatch.setattr(outbox, "deliver", slow_at_first)

    await post(runtime, HELLO)
    await asyncio.sleep(0.05)
    await post(runtime, newer)

    assert await outbox.all() == [HELLO, newer]


async def test_the_lifespan_sends_what_a_crash_left_behind(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)
    await post(runtime)

    async with runtime.outbox.sweeping():
        for _ in range(100):
            await asyncio.sleep(0.01)
            if await outbox.all():
                break

    assert await outbox.all() == [HELLO]


@pytest.mark.parametrize("field", ["to", "subject"])
def test_r99_a_header_is_one_line(field: str) -> None:
    fields = {"to": "ada@example.com", "subject": "Hello", "text": ""}

    with pytest.raises(ValueError, match="one line"):
        Mail(**{**fields, field: "x\r\nBcc: everybody@example.com"})


def restarted(runtime: Runtime, outbox: SentMails, *, previous: str) -> Outbox:
    """The outbox after a restart with another secret."""
    security = SecuritySettings.model_validate(
        {"secret_key": "z8" * 20, "previous_secret_keys": previous}
    )
    settings = runtime.settings.model_copy(update={"security": security})
    other = build_runtime(settings, (), clock=runtime.clock, mailer=outbox).outbox
    other._database = runtime.database
    return other


async def test_r55_a_waiting_mail_outlives_the_secret_that_sealed_it(
    runtime: Runtime, outbox: SentMails, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)
    await post(runtime)
    secret = runtime.settings.security.secret_key.get_secret_value()

    await restarted(runtime, outbox, previous=secret).deliver_due()

    assert await outbox.all() == [HELLO]


async def test_another_secret_opens_nothing_and_leaves_it_to_who_knows(
    runtime: Runtime, outbox: SentMails, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runtime.outbox, "kick", lambda: None)
    await post(runtime)

    await restarted(runtime, outbox, previous="").deliver_due()
    assert await outbox.all() == []
    clock.advance(timedelta(minutes=1))
    await runtime.outbox.deliver_due()

    assert await outbox.all() == [HELLO]
