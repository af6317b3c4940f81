"""What somebody outside of the app sees of it, made from the environment alone."""

import asyncio
import contextlib
import json
import os
import secrets
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import httpx2
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from sqlalchemy import event, text

from app.clients.database import Database
from app.clients.email import Mail, MailNotSent
from app.clients.email.choose import mailer_of
from app.core.app_factory import create_app
from app.core.blocks import Block
from app.core.config import CoreSettings, InvalidSettings
from app.core.database_schema import SchemaNotUpgraded
from app.core.runtime import build_runtime
from app.core.tables import Base
from app.core.tests.conftest import router
from app.core.tests.effects import Observer

NOTES: Final = (Block(name="notes", router=router),)
FRONT_END: Final = "https://shop.example"
EARLIER_SECRET: Final = secrets.token_urlsafe(48)
HELLO: Final = Mail(to="ada@example.com", subject="Hello", text="Hello")
NOBODY: Final = "127.0.0.1:1"
"""Where no server listens."""


@asynccontextmanager
async def app_from_environment() -> AsyncIterator[httpx2.AsyncClient]:
    app = create_app(CoreSettings(), NOTES)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://test") as client:
        yield client
    await app.state.blocks.close()


@asynccontextmanager
async def database_from_environment() -> AsyncIterator[Database]:
    database = Database(CoreSettings().database)
    yield database
    await database.close()


def answer(
    pick: Callable[[httpx2.Response], object],
    path: str,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
) -> Observer:
    async def ask() -> object:
        async with app_from_environment() as client:
            return pick(await client.request(method, path, headers=headers))

    return ask


def status(response: httpx2.Response) -> int:
    return response.status_code


def header(name: str) -> Callable[[httpx2.Response], object]:
    return lambda response: response.headers.get(name)


def documented(name: str) -> Observer:
    return answer(lambda response: response.json()["info"].get(name), "/openapi.json")


def preflight(**asked: str) -> Observer:
    wanted = {"Origin": FRONT_END, "Access-Control-Request-Method": "GET"}
    wanted |= {f"Access-Control-Request-{name}": value for name, value in asked.items()}
    return answer(status, "/health", "OPTIONS", wanted)


async def two_clients_of_one_proxy() -> list[int]:
    async with app_from_environment() as client:
        return [
            (await client.get("/api/v1/notes", headers={"X-Forwarded-For": address})).status_code
            for address in ("203.0.113.1", "203.0.113.2")
        ]


async def start() -> str:
    try:
        async with app_from_environment() as client:
            await client.get("/health")
    except InvalidSettings as refused:
        return refused.problems[0].partition(":")[0]
    return "started"


async def start_with_a_dead_database() -> str:
    app = create_app(CoreSettings(), NOTES)
    try:
        async with app.router.lifespan_context(app):
            return "started"
    except SchemaNotUpgraded:
        return "could not be upgraded"


async def databases() -> list[str]:
    await answer(status, "/health/ready")()
    return sorted(name for name in os.listdir() if name.endswith(".db"))


async def new_connections_of_a_second_rush() -> int:
    async with database_from_environment() as database:
        opened: list[object] = []
        event.listen(database.engine.sync_engine, "connect", lambda *each: opened.append(each))
        await _rush(database)
        before = len(opened)
        await _rush(database)
        return len(opened) - before


async def _rush(database: Database) -> None:
    async with contextlib.AsyncExitStack() as stack:
        for _ in range(3):
            await stack.enter_async_context(database.reads.connect())


async def a_second_reader() -> str:
    async with database_from_environment() as database, database.reads.connect():
        try:
            async with asyncio.timeout(1), database.reads.connect():
                return "reads"
        except TimeoutError:
            return "waits"


async def connection_of_a_second_read() -> str:
    async with database_from_environment() as database:
        opened: list[object] = []
        event.listen(database.engine.sync_engine, "connect", lambda *each: opened.append(each))
        await database.answers()
        before = len(opened)
        await database.answers()
        return "the same" if len(opened) == before else "another"


async def prepared_statements() -> bool:
    """Whether the server keeps any for us."""
    async with database_from_environment() as database, database.reads.connect() as connection:
        kept = text("SELECT count(*) FROM pg_prepared_statements")
        await connection.execute(kept)
        return bool((await connection.execute(kept)).scalar_one())


def logged(pick: Callable[[str], object], path: str = "/health") -> Observer:
    async def look() -> object:
        before = len(_log())
        await answer(status, path)()
        return pick(_log()[before:])

    return look


def _log() -> str:
    file = Path("app.log")
    return file.read_text() if file.exists() else ""


def contains(words: str) -> Callable[[str], bool]:
    return lambda log: words in log


def is_json(log: str) -> bool:
    try:
        return isinstance(json.loads(log.splitlines()[0]), dict)
    except json.JSONDecodeError:
        return False


async def log_files() -> list[str]:
    await answer(status, "/health")()
    return [name for name in os.listdir() if name.endswith(".log")]


async def where_mail_goes() -> list[str]:
    await send()
    return folders_with_mails()


def folders_with_mails() -> list[str]:
    return sorted({path.parent.name for path in Path().rglob("*.eml")})


async def send() -> str:
    try:
        await mailer_of(CoreSettings().email).deliver(HELLO)
    except MailNotSent:
        return "not sent"
    return "sent"


async def mail_that_an_earlier_app_left() -> list[str]:
    earlier = build_runtime(CoreSettings(security={"secret_key": EARLIER_SECRET}), ())
    async with earlier.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with earlier.unit_of_work() as work:
        await earlier.outbox.post(HELLO, work)
    await earlier.close()
    runtime = build_runtime(CoreSettings(), ())
    await runtime.outbox.deliver_due()
    await runtime.close()
    return folders_with_mails()


async def metrics() -> int:
    if find_spec("prometheus_client") is None:
        pytest.skip("prometheus-client is not installed")
    return int(str(await answer(status, "/metrics")()))


# --- a mail server that wants a password


class Post(Sink):
    def __init__(self) -> None:
        self.seen: list[str] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.seen.append(f"from {envelope.mail_from}")
        return "250 taken"

    def log_in(self, *arguments: object) -> AuthResult:
        login = arguments[-1]
        assert isinstance(login, LoginPassword)
        self.seen.append(f"{login.login.decode()} logs in")
        right = login.password == b"right"
        return AuthResult(success=right, handled=right)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


SMTP_PORT: Final = free_port()
MAIL_SERVER: Final = {
    "EMAIL_ADAPTER": "smtp",
    "SMTP_HOST": "127.0.0.1",
    "SMTP_PORT": str(SMTP_PORT),
    "SMTP_USE_TLS": "false",
}


async def at_the_post() -> list[str]:
    post = Post()
    controller = Controller(
        post,
        hostname="127.0.0.1",
        port=SMTP_PORT,
        authenticator=post.log_in,
        auth_require_tls=False,
    )
    controller.start()
    try:
        await send()
    finally:
        controller.stop()
    return list(dict.fromkeys(post.seen))
