"""What `make demo` runs: the commands that you would type, and then a look whether they are true.

Everything is made in demo/, from nothing each time. Ctrl-C ends it.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

SHOP = Path("demo/shop")
PYTHON = ".venv/bin/python"
EMAIL = "dev@example.com"
PASSWORD = "a password for the demo"
STARTS_WITHIN_SECONDS = 30


def main() -> int:
    shutil.rmtree(SHOP.parent, ignore_errors=True)
    run("fastapi-blocks", "init", str(SHOP), "--all", "--yes")
    os.chdir(SHOP)
    say("cd", str(SHOP))
    run(PYTHON, "manage.py", "db", "upgrade")
    run("fastapi-blocks", "create-dev-user", "--email", EMAIL, "--password", PASSWORD)
    return serve(port_for_it())


def serve(port: int) -> int:
    """Raises `SystemExit` if the application does not do what the demo is about to say."""
    server = start(".venv/bin/fastapi", "dev", "--port", str(port))
    signal.signal(signal.SIGTERM, lambda *_: server.terminate())
    url = f"http://127.0.0.1:{port}"
    try:
        wait_for(url, server)
        token = log_in(url)
        tell(url, token)
        return server.wait()
    except KeyboardInterrupt:
        return 0
    finally:
        server.terminate()
        server.wait()


def tell(url: str, token: str) -> None:
    body = json.dumps({"email": EMAIL, "password": PASSWORD})
    print(
        f"""
Your new project is served from {SHOP}/, on SQLite.

  API          {url}/api/v1
  try it       {url}/docs
  user         {EMAIL}
  password     {PASSWORD}        (its login was just tried: it works)

Log in:

  curl {url}/api/v1/auth/login -H 'Content-Type: application/json' -d '{body}'

Ask who you are, with the access token of that login:

  curl {url}/api/v1/auth/me -H 'Authorization: Bearer {token}'

Ctrl-C ends the demo.
""",
        flush=True,
    )


def log_in(url: str) -> str:
    body = json.dumps({"email": EMAIL, "password": PASSWORD}).encode()
    headers = {"Content-Type": "application/json"}
    with urlopen(Request(f"{url}/api/v1/auth/login", body, headers)) as answer:
        token: str = json.load(answer)["accessToken"]
        return token


def wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + STARTS_WITHIN_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        try:
            with urlopen(f"{url}/health"):
                return
        except URLError:
            time.sleep(0.1)
    sys.exit("error: the application did not start; what it said stands above")


def port_for_it() -> int:
    """8000, which everybody expects, or a free one where something else is served there."""
    for port in (8000, 0):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AssertionError("the system always has a free port")


def run(*command: str) -> None:
    if start(*command).wait():
        sys.exit(f"error: `{shlex.join(command)}` failed; what it said stands above")


def start(*command: str) -> subprocess.Popen[bytes]:
    say(*command)
    return subprocess.Popen(command)


def say(*command: str) -> None:
    print(f"\n$ {shlex.join(command)}", flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
