"""An app with users, and people who manage others over HTTP."""

import importlib.util
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, TypeAlias

import argon2
import httpx2
import pytest
from sqlalchemy import insert

from app import core
from app.core.blocks import Block, Permission, on
from app.core.config import CoreSettings
from app.core.ids import uuid7
from app.core.runtime import Runtime
from app.core.testing import SentMails
from app.core.work import UnitOfWork
from app.modules import auth, users
from app.modules.auth import Auth, AuthSettings, EmailAddress, SecurityEvent, User
from app.modules.users.composition import Users
from app.modules.users.db_models import RolePermissionRow, RoleRow
from app.modules.users.models import ALL_POWERS, Role
from app.modules.users.repositories import RoleRepository

PASSWORD = "a quiet walk along the river"
ANOTHER_PASSWORD = "the heron stands on one leg"
# A real hash takes its time on purpose, and these tests are about something else.
PASSWORD_HASH = argon2.PasswordHasher(memory_cost=8, time_cost=1, parallelism=1).hash(PASSWORD)
QUICK_HASHES = {"password_hash_memory_kib": 8, "password_hash_passes": 1}


class Settings(CoreSettings):
    auth: AuthSettings = AuthSettings()


Heard: TypeAlias = list[SecurityEvent]


_heard: Heard = []


async def _hear(event: SecurityEvent, work: UnitOfWork) -> None:
    _heard.append(event)


# One for all tests, so that they share one app.
_REPORTS = Block(
    name="reports",
    permissions=[Permission("reports:read", "Read all reports")],
    listens=[on(SecurityEvent, _hear)],
)


@pytest.fixture
def heard() -> Heard:
    """The security events, in order."""
    _heard.clear()
    return _heard


@pytest.fixture
def blocks() -> Sequence[Block]:
    return (core.block, auth.block, users.block, _REPORTS)


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.auth = AuthSettings.model_validate(QUICK_HASHES)
    settings.rate_limit.enabled = False
    return settings


async def add_first_roles(work: UnitOfWork) -> None:
    """Those that the migration brings."""
    path = Path(__file__).parents[1] / "migrations/0001_roles.py"
    spec = importlib.util.spec_from_file_location("first_roles", path)
    assert spec is not None
    assert spec.loader is not None
    migration = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(migration)
    session = await work.writing()
    await session.execute(insert(RoleRow), migration.FIRST_ROLES)
    await session.execute(insert(RolePermissionRow), migration.FIRST_PERMISSIONS)


@pytest.fixture
async def runtime(runtime: Runtime) -> Runtime:
    async with runtime.unit_of_work() as work:
        await add_first_roles(work)
    return runtime


@dataclass
class Person:
    """Somebody with a mailbox and a client. What they hold of their session is kept."""

    id: str
    email: str
    client: httpx2.AsyncClient
    outbox: SentMails
    password: str = PASSWORD
    tokens: dict[str, Any] = field(default_factory=dict)

    async def ask(self, method: str, path: str, **body: object) -> httpx2.Response:
        bearer = self.tokens.get("accessToken")
        headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
        url = f"/api/v1/{path}"
        return await self.client.request(method, url, json=body or None, headers=headers)

    async def get(self, path: str) -> httpx2.Response:
        return await self.ask("GET", path)

    async def post(self, path: str, **body: object) -> httpx2.Response:
        return await self.ask("POST", path, **body)

    async def patch(self, path: str, **body: object) -> httpx2.Response:
        return await self.ask("PATCH", path, **body)

    async def delete(self, path: str) -> httpx2.Response:
        return await self.ask("DELETE", path)

    async def login(self) -> int:
        answer = await self.post("auth/login", email=self.email, password=self.password)
        if answer.status_code == 200:
            self.tokens = answer.json()
        return answer.status_code

    async def refresh(self) -> int:
        answer = await self.post("auth/refresh", refreshToken=self.tokens["refreshToken"])
        return answer.status_code

    async def status(self) -> int:
        """Of what everybody who is signed in may ask."""
        return (await self.get("users/me")).status_code

    async def subjects(self) -> list[str]:
        return [mail.subject for mail in await self.outbox.to(self.email)]

    async def mailed_token(self, page: str) -> str:
        """The newest token for a page of the front end."""
        pattern = re.compile(rf"http://localhost:3000/{page}#token=(\S+)")
        mails = await self.outbox.to(self.email)
        return [found[1] for mail in mails if (found := pattern.search(mail.text))][-1]


def a_user(email: str, name: str, now: datetime, *, is_admin: bool = False) -> User:
    """Verified, with `PASSWORD`."""
    address = EmailAddress.parse(email)
    return User(
        id=uuid7(),
        email=address.address,
        email_key=address.key,
        name=name,
        password_hash=PASSWORD_HASH,
        is_admin=is_admin,
        email_verified_at=now,
        created_at=now,
    )


MakePerson: TypeAlias = Callable[..., Awaitable[Person]]


@pytest.fixture
def make(runtime: Runtime, client: httpx2.AsyncClient, outbox: SentMails) -> MakePerson:
    """Makes verified people, signed in unless told otherwise, whose address is their name's."""

    async def make_person(
        name: str, *, admin: bool = False, may: Sequence[str] = (), signed_in: bool = True
    ) -> Person:
        user = a_user(f"{name}@example.com", name.title(), runtime.clock(), is_admin=admin)
        async with runtime.unit_of_work() as work:
            await auth_of(work).users.add(user)
            if may:
                roles = RoleRepository(work)
                await roles.add(Role(f"of-{name}", "", frozenset(may)))
                await roles.give(user.id, {f"of-{name}"})
        person = Person(str(user.id), user.email, client, outbox)
        if signed_in:
            await person.login()
        return person

    return make_person


@pytest.fixture
async def ada(make: MakePerson) -> Person:
    """The only admin."""
    return await make("ada", admin=True)


@pytest.fixture
async def eve(make: MakePerson) -> Person:
    """May nothing but what everybody may."""
    return await make("eve")


def auth_of(work: UnitOfWork) -> Auth:
    return Auth(work)


def users_of(work: UnitOfWork) -> Users:
    return Users(auth_of(work), ALL_POWERS)


async def stored(runtime: Runtime, person: Person) -> User:
    async with runtime.unit_of_work() as work:
        user = await auth_of(work).users.by_email_key(person.email)
    assert user is not None
    return user


def code_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code", "")
