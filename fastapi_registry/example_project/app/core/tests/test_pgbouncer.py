"""`DATABASE_PGBOUNCER`, tried on a real PgBouncer in transaction mode, where there is one."""

import asyncio
import os
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import DBAPIError

from app.clients.database import Database
from app.core.config import DatabaseSettings

PGBOUNCER = shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
SERVER = os.environ.get("TEST_DATABASE_URL")

pytestmark = pytest.mark.skipif(
    not (PGBOUNCER and SERVER), reason="needs pgbouncer on PATH, and TEST_DATABASE_URL"
)


@pytest.fixture
def pooled(tmp_path: Path) -> Iterator[str]:
    """The URL of a PgBouncer with two connections to the server, for all who come."""
    url, port = make_url(str(SERVER)), _free_port()
    config = tmp_path / "pgbouncer.ini"
    config.write_text(
        f"[databases]\n{url.database} = {_target(url)}\n"
        f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {port}\nunix_socket_dir =\n"
        "auth_type = any\npool_mode = transaction\ndefault_pool_size = 2\n"
        f"{_knowing_nothing_of_statements()}"
    )
    not_as_root = ("-u", "nobody") if os.getuid() == 0 else ()
    process = subprocess.Popen(
        [str(PGBOUNCER), "-q", *not_as_root, str(config)], stderr=subprocess.DEVNULL
    )
    _wait_until_it_listens(port)
    yield url.set(host="127.0.0.1", port=port, query={}).render_as_string(hide_password=False)
    process.terminate()
    process.wait(10)


async def test_statements_are_prepared_on_connections_that_are_not_kept(pooled: str) -> None:
    with pytest.raises(DBAPIError, match="prepared statement"):
        await rush(DatabaseSettings(url=pooled))


async def test_with_the_setting_reads_and_transactions_share_connections(pooled: str) -> None:
    await rush(DatabaseSettings(url=pooled, pgbouncer=True))


async def rush(settings: DatabaseSettings) -> None:
    """Eight clients, each with texts of their own, read and write through the pool."""
    database = Database(settings)

    async def client(number: int) -> None:
        for turn in range(10):
            echo = text(f"SELECT {number} * 10 + {turn}, CAST(:said AS text)")
            async with database.reads.connect() as reads:
                row = (await reads.execute(echo, {"said": str(number)})).one()
            assert tuple(row) == (number * 10 + turn, str(number))
            async with database.session() as session:
                await session.execute(echo, {"said": "x"})
                await session.execute(text("CREATE TEMP TABLE mine (x int) ON COMMIT DROP"))
                await session.commit()

    ends = await asyncio.gather(*map(client, range(8)), return_exceptions=True)
    await database.close()
    for error in filter(None, ends):
        raise error


def _knowing_nothing_of_statements() -> str:
    """Since 1.21 a PgBouncer can follow prepared statements, if it is told to."""
    said = subprocess.run([str(PGBOUNCER), "--version"], capture_output=True, text=True).stdout
    version = re.search(r"(\d+)\.(\d+)", said)
    is_new = version is not None and (int(version[1]), int(version[2])) >= (1, 21)
    return "max_prepared_statements = 0\n" if is_new else ""


def _target(url: URL) -> str:
    password = f" password={url.password}" if url.password else ""
    return f"host={url.host} port={url.port or 5432} user={url.username}{password}"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_until_it_listens(port: int) -> None:
    for _ in range(200):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise AssertionError("pgbouncer did not start")
