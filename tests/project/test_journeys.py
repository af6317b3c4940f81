"""`init`, `add auth`, the documented start command, and the whole story over HTTP."""

from __future__ import annotations

import asyncio
import shutil
import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.blocks.bundled import EXAMPLE
from tests.project.databases import postgres_database
from tests.project.generated import Project, Server, new_project
from tests.project.journey import (
    ADA,
    FIRST_PASSWORD,
    SECOND_PASSWORD,
    answered,
    visitor_of,
    whole_journey,
    with_mail_files,
)

pytestmark = pytest.mark.slow

GRACE = "grace@example.com"
STORAGES = ("sqlite", "memory", "postgresql")


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = new_project(tmp_path_factory.mktemp("pristine") / "shop")
    project.blocks("add", "auth", "--no-install", "--yes")
    return project


@pytest.fixture
def shop(pristine: Project, tmp_path: Path) -> Project:
    return copy_of(pristine, tmp_path / "shop")


@pytest.fixture(scope="module", params=STORAGES)
def stored_shop(
    request: pytest.FixtureRequest, pristine: Project, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    """The shop on each storage, its tables made in the way that its README says."""
    project = copy_of(pristine, tmp_path_factory.mktemp(request.param) / "shop")
    if request.param == "sqlite":
        yield project  # out of the box: no variable, no command
    elif request.param == "memory":
        yield project.with_variables(DATABASE_URL="memory://")
    else:
        with postgres_database() as url:
            moved = project.with_variables(DATABASE_URL=url, DATABASE_AUTO_MIGRATE="false")
            moved.manage("db", "upgrade")
            yield moved


@pytest.fixture(scope="module")
def server(stored_shop: Project) -> Iterator[Server]:
    with stored_shop.with_variables(RATE_LIMIT_ENABLED="false").served() as server:
        yield server


def test_the_whole_journey(stored_shop: Project, server: Server) -> None:
    with visitor_of(stored_shop, server) as ada:
        whole_journey(ada)


def test_20_registrations_at_once_make_one_account(stored_shop: Project, server: Server) -> None:
    statuses = asyncio.run(register_at_once(server, GRACE, 20))

    with visitor_of(stored_shop, server, GRACE) as grace:
        grace.verify_email()
        grace.login(FIRST_PASSWORD)
    assert statuses == Counter({202: 20})


def test_a_restart_remembers(shop: Project) -> None:
    with shop.served() as server, visitor_of(shop, server) as ada:
        whole_journey(ada)

    with shop.served() as server, visitor_of(shop, server) as ada:
        ada.login(SECOND_PASSWORD)


def test_a_restart_forgets_what_was_in_memory(shop: Project) -> None:
    forgetful = shop.with_variables(DATABASE_URL="memory://")
    with forgetful.served() as server, visitor_of(forgetful, server) as ada:
        whole_journey(ada)

    with forgetful.served() as server, visitor_of(forgetful, server) as ada:
        ada.login(SECOND_PASSWORD, expected=401)


def test_the_example_project_runs_in_place(tmp_path: Path) -> None:
    """As it stands, with its database and mails elsewhere: a test leaves nothing in the source."""
    example = Project(EXAMPLE).with_variables(
        DATABASE_URL=f"sqlite+aiosqlite:///{tmp_path}/example.db",
        SECRET_KEY="J8vW2mQx5LrT9bYc3HnD7kPz4GsF6aEu1RiO0tXw",
        EMAIL_ADAPTER="file",
        EMAIL_FILE_PATH=str(tmp_path / "mails"),
        PYTHONDONTWRITEBYTECODE="1",
    )

    with example.served(log=tmp_path / "log") as server, visitor_of(example, server) as ada:
        whole_journey(ada)


def test_a_development_user_can_log_in_at_once(shop: Project) -> None:
    shop.manage("db", "upgrade")
    shop.blocks("create-dev-user", "--email", ADA, "--password", FIRST_PASSWORD)

    with shop.served() as server, visitor_of(shop, server) as ada:
        ada.login(FIRST_PASSWORD)
        assert ada.me()["email"] == ADA


def test_there_are_no_development_users_in_production(shop: Project) -> None:
    said = shop.with_variables(ENVIRONMENT="production").blocks(
        "create-dev-user", "--email", ADA, "--password", FIRST_PASSWORD, expected=1
    )

    assert "production" in said


def test_memory_cannot_take_a_user_from_another_process(shop: Project) -> None:
    said = shop.with_variables(DATABASE_URL="memory://").blocks(
        "create-dev-user", "--email", ADA, "--password", FIRST_PASSWORD, expected=1
    )

    assert "memory://" in said


@pytest.mark.parametrize("secret", ["changeme", "a" * 64, "your-secret-key-here-at-least-32"])
def test_a_guessable_secret_is_refused_with_the_remedy(shop: Project, secret: str) -> None:
    said = shop.with_variables(SECRET_KEY=secret).module("uvicorn", "app.main:app", expected=1)

    assert "SECRET_KEY" in said
    assert "python" in said  # the command that makes a good one
    assert "Traceback" not in said


def test_a_silent_mail_server_delays_nobody(shop: Project) -> None:
    with silent_server() as port:
        variables = {"EMAIL_ADAPTER": "smtp", "SMTP_HOST": "127.0.0.1", "SMTP_PORT": str(port)}
        project = shop.with_variables(**variables)
        with project.served() as server, httpx2.Client(base_url=server.api) as client:
            body = {"email": ADA, "password": FIRST_PASSWORD, "name": "Ada"}
            response = client.post("/auth/register", json=body)

    answered(response, 202)
    assert response.elapsed.total_seconds() < 2


def copy_of(project: Project, folder: Path) -> Project:
    shutil.copytree(project.folder, folder)
    return with_mail_files(Project(folder))


async def register_at_once(server: Server, email: str, count: int) -> Counter[int]:
    body = {"email": email, "password": FIRST_PASSWORD, "name": "Grace"}
    async with httpx2.AsyncClient(base_url=server.api, timeout=30) as client:
        requests = (client.post("/auth/register", json=body) for _ in range(count))
        return Counter(response.status_code for response in await asyncio.gather(*requests))


@contextmanager
def silent_server() -> Iterator[int]:
    """Takes connections and never says a word."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]
