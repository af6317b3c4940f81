"""What auth costs, each figure against its limit: `python -m benchmarks.auth`.

A generated project with auth runs under one uvicorn worker, on PostgreSQL and, where that makes a
difference, on SQLite.

- A known and an unknown address take turns, thirty each: the time must not tell who has an account.
- `/health` is asked every 10 ms while eight clients log in without pause.
- Their logins are compared with the same Argon2 in a bare pool of threads; beside them, the login
  that everybody writes is: `bare_app.py`.
- `GET /auth/me` is compared with a bare route of that app, which reads one user.
"""

from __future__ import annotations

import asyncio
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin

import argon2
import httpx2

from benchmarks.load import Request, answers_per_second
from tests import services
from tests.project.databases import postgres_database
from tests.project.generated import PYTHON, Project, new_project
from tests.services import free_port

CLIENTS = 8
SECONDS = 6
SAMPLES = 30
ROUNDS = 4
EVERY = 0.01
REPOSITORY = Path(__file__).parent.parent
PASSWORD = "seven lamps over a green canal"
KNOWN = {"email": "ada@example.com", "password": PASSWORD}
ACCOUNTS = [{"email": f"ada-{n}@example.com", "password": PASSWORD} for n in range(100)]
HASHER = argon2.PasswordHasher(memory_cost=19_456, time_cost=2, parallelism=1)


@dataclass(frozen=True)
class Figure:
    what: str
    measured: str
    limit: str
    holds: bool

    def row(self) -> str:
        return f"| {self.what} | {self.measured} | {self.limit} | {'yes' if self.holds else 'NO'} |"


def main() -> None:
    with services.supervised() as running, tempfile.TemporaryDirectory() as name:
        os.environ |= running.environment()
        shop = new_project(Path(name) / "shop", "--with", "auth").with_variables(
            RATE_LIMIT_ENABLED="false", EMAIL_ENABLED="false", LOG_LEVEL="WARNING"
        )
        print("| what | measured | limit | holds |\n|---|---:|---:|---|")
        with postgres_database() as url:
            on_postgresql = shop.with_variables(DATABASE_URL=url)
            show(figures("PostgreSQL", on_postgresql))
            with signing_in(on_postgresql) as login, bare_app(on_postgresql) as bare:
                urls = {"logins": login, "logins of the bare app": f"{bare}/login"}
                show(login_figures("PostgreSQL", urls))
            show([profile_figure(on_postgresql)])
        show(figures("SQLite", shop))
        with signing_in(shop) as login:
            show(login_figures("SQLite", {"logins": login}))


def show(found: list[Figure]) -> None:
    for figure in found:
        print(figure.row(), flush=True)


# --- what is measured


def figures(storage: str, shop: Project) -> list[Figure]:
    shop.manage("db", "upgrade")
    shop.blocks("create-dev-user", "--email", KNOWN["email"], "--password", PASSWORD)
    with serving("app.main:app", shop.folder, shop.environment) as url:
        api = f"{url}/api/v1"
        apart = [asyncio.run(apart_figure(storage, api, name)) for name in QUESTIONS]
    with signing_in(shop) as login:
        asyncio.run(register_accounts(login))
        with crowd_logging_in(login) as crowd:
            time.sleep(1)  # until the crowd is at it
            busy = asyncio.run(health_times(login))
            crowd.wait()
    return [*apart, health_figure(storage, busy)]


Question = Callable[[str], tuple[str, Mapping[str, str]]]
QUESTIONS: Mapping[str, Question] = {
    "login": lambda email: ("login", {"email": email, "password": "not the password of ada"}),
    "forgot-password": lambda email: ("forgot-password", {"email": email}),
    "register": lambda email: (
        "register",
        {"email": email, "password": PASSWORD, "name": "Ada"},
    ),
}


async def apart_figure(storage: str, api: str, name: str) -> Figure:
    known, unknown = await known_and_unknown(api, QUESTIONS[name])
    apart = abs(known - unknown)
    share = apart / max(known, unknown)
    return Figure(
        f"{storage}: `{name}` with a known and an unknown address, apart",
        f"{milliseconds(apart)} of {milliseconds(known)}, {share:.0%}",
        "20 ms or 10 %",
        apart < 0.020 or share < 0.10,
    )


async def known_and_unknown(api: str, question: Question) -> tuple[float, float]:
    """Medians, in seconds. In turns: what slows down one slows down the other."""
    async with httpx2.AsyncClient(base_url=f"{api}/auth", timeout=30) as client:

        async def seconds(email: str) -> float:
            path, body = question(email)
            return await timed(lambda: client.post(f"/{path}", json=body))

        known, unknown = [], []
        for number in range(SAMPLES + 1):
            known.append(await seconds(KNOWN["email"]))
            unknown.append(await seconds(f"nobody-{number}@example.com"))
    return statistics.median(known[1:]), statistics.median(unknown[1:])  # the first ones connect


async def register_accounts(login: str) -> None:
    """Many: nobody signs in to one account eight times at once, where each waits for its row."""
    async with httpx2.AsyncClient(timeout=30) as client:
        for account in ACCOUNTS:
            body = {**account, "name": "Ada"}
            (await client.post(urljoin(login, "register"), json=body)).raise_for_status()


def login_figures(storage: str, urls: Mapping[str, str]) -> list[Figure]:
    """Who signs in where. In turns: what slows down one slows down the other."""
    rounds = [
        [*map(logins_per_second, urls.values()), bare_hashes_per_second()] for _ in range(ROUNDS)
    ]
    *found, alone = map(statistics.median, zip(*rounds, strict=True))
    return [
        login_figure(f"{storage}: {what}", logins, alone)
        for what, logins in zip(urls, found, strict=True)
    ]


def logins_per_second(url: str) -> float:
    with crowd_logging_in(url) as crowd:
        return float(crowd.communicate()[0])


def health_figure(storage: str, busy: list[float]) -> Figure:
    p99 = percentile(busy, 99)
    return Figure(
        f"{storage}: p99 of `/health` while {CLIENTS} clients log in without pause",
        milliseconds(p99),
        "50 ms",
        p99 < 0.050,
    )


def login_figure(what: str, logins: float, alone: float) -> Figure:
    share = logins / alone
    return Figure(
        f"{what}, of what bare threads hash",
        f"{logins:.0f}/s of {alone:.0f}/s, {share:.0%}",
        "90 %",
        share >= 0.90,
    )


def profile_figure(shop: Project) -> Figure:
    """Both are served at once and asked in turns, so that the machine is the same for both."""
    with serving("app.main:app", shop.folder, shop.environment) as url:
        login = httpx2.post(f"{url}/api/v1/auth/login", json=KNOWN).json()
        headers = {"Authorization": f"Bearer {login['accessToken']}"}
        ours = Request(f"{url}/api/v1/auth/me", headers=headers)
        with bare_app(shop) as bare_url:
            bare = Request(f"{bare_url}/users/{login['user']['id']}")
            rounds = [(per_second(ours), per_second(bare)) for _ in range(ROUNDS)]
    mine, theirs = (statistics.median(each) for each in zip(*rounds, strict=True))
    return Figure(
        "PostgreSQL: `GET /auth/me`, to a bare route with one `session.get`",
        f"{mine:.0f}/s to {theirs:.0f}/s, {mine / theirs:.2f} ×",
        "1.2 ×",
        mine / theirs >= 1.2,
    )


def per_second(request: Request) -> float:
    return asyncio.run(answers_per_second(request, clients=CLIENTS, seconds=SECONDS / 2))


def bare_hashes_per_second() -> float:
    """The same parameters on as many threads as there are cores, and nothing else."""
    made = HASHER.hash(PASSWORD)
    ends = time.perf_counter() + SECONDS / 2

    def hash_until_the_end() -> int:
        count = 0
        while time.perf_counter() < ends:
            HASHER.verify(made, PASSWORD)
            count += 1
        return count

    cores = os.cpu_count() or 1
    with ThreadPoolExecutor(cores) as pool:
        counts = [pool.submit(hash_until_the_end) for _ in range(cores)]
        return sum(count.result() for count in counts) / (SECONDS / 2)


async def health_times(url: str) -> list[float]:
    """In seconds, for `SECONDS`."""
    health = urljoin(url, "/health")
    async with httpx2.AsyncClient(timeout=30) as client:
        times = []
        end = time.perf_counter() + SECONDS
        while time.perf_counter() < end:
            times.append(await timed(lambda: client.get(health)))
            await asyncio.sleep(EVERY)
        return times


async def timed(request: Callable[[], Awaitable[object]]) -> float:
    began = time.perf_counter()
    await request()
    return time.perf_counter() - began


# --- processes


@contextmanager
def signing_in(shop: Project) -> Iterator[str]:
    """The URL of `login`, where a new account is good at once."""
    unverified = shop.with_variables(EMAIL_VERIFICATION_REQUIRED="false")
    with serving("app.main:app", shop.folder, unverified.environment) as url:
        yield f"{url}/api/v1/auth/login"


@contextmanager
def bare_app(shop: Project) -> Iterator[str]:
    """On the database of the shop, with its accounts."""
    url = shop.variables["DATABASE_URL"].replace("postgresql://", "postgresql+asyncpg://")
    environment = {**shop.environment, "DATABASE_URL": url}
    with serving("benchmarks.bare_app:app", REPOSITORY, environment) as bare_url:
        yield bare_url


@contextmanager
def serving(app: str, folder: Path, environment: Mapping[str, str]) -> Iterator[str]:
    """The URL of one uvicorn worker, without the access log, which costs more than many a route."""
    port = free_port()
    command = [str(PYTHON), "-m", "uvicorn", app, "--port", str(port), "--no-access-log"]
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=dict(environment),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url)
        yield url
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(20)


def wait_for(url: str) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        try:
            httpx2.get(url)
        except httpx2.TransportError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"{url} does not answer")


@contextmanager
def crowd_logging_in(url: str) -> Iterator[subprocess.Popen[str]]:
    """Eight clients in a process of their own, which says how many logins a second there were."""
    command = [sys.executable, "-m", "benchmarks.auth", url]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        yield process


def crowd(url: str) -> float:
    logins = [Request(url, "POST", body=account) for account in ACCOUNTS]
    return asyncio.run(answers_per_second(*logins, clients=CLIENTS, seconds=SECONDS + 2))


def percentile(times: list[float], hundredth: int) -> float:
    return statistics.quantiles(times, n=100, method="inclusive")[hundredth - 1]


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


if __name__ == "__main__":
    print(crowd(sys.argv[1])) if sys.argv[1:] else main()
