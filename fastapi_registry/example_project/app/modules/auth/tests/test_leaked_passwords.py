"""Pwned Passwords, against a server of its protocol on this machine: R13."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from hashlib import sha1
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from typing import ClassVar

import pytest

from app.core.errors import Busy
from app.modules.auth.exceptions import WeakPassword
from app.modules.auth.leaked_passwords import LeakedPasswords, WhenDown
from app.modules.auth.tests.conftest import PASSWORD, Person

LEAKED = "leaked by some other site"


def digest(password: str) -> str:
    return sha1(password.encode(), usedforsecurity=False).hexdigest().upper()


class Range(BaseHTTPRequestHandler):
    """Knows one leak, and answers as `answer` says."""

    answer: ClassVar[str] = "well"
    asked: ClassVar[list[tuple[str, str | None]]] = []
    over: ClassVar[Event] = Event()

    def do_GET(self) -> None:
        type(self).asked.append((self.path, self.headers["Add-Padding"]))
        if self.answer == "never":
            self.over.wait(10)
        elif self.answer == "elsewhere":
            self.send_response(302)
            self.send_header("Location", "/range/well")
            self.end_headers()
        else:
            self.send_response(500 if self.answer == "badly" else 200)
            self.end_headers()
            self.wfile.write(self._body().encode())

    def _body(self) -> str:
        if self.answer == "in words":
            return "<html>Sign in to this hotel's network</html>"
        padding = f"{digest(PASSWORD)[5:]}:0"
        return f"{padding}\r\n{digest(LEAKED)[5:]}:42\r\n"

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@contextmanager
def serving() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Range) as server:
        thread = Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/range"
        finally:
            Range.over.set()
            server.shutdown()
            thread.join()


@pytest.fixture
def url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setattr(Range, "answer", "well")
    monkeypatch.setattr(Range, "asked", [])
    monkeypatch.setattr(Range, "over", Event())
    with serving() as url:
        yield url


@pytest.fixture
def database_url() -> str:
    """What is asked has nothing to do with where users are stored."""
    return "memory://"


@pytest.fixture
def auth_options(url: str) -> dict[str, object]:
    return {"leaked_passwords_refused": True, "leaked_passwords_url": url}


def leaks(url: str, when_down: WhenDown = "accept", seconds: float = 5) -> LeakedPasswords:
    return LeakedPasswords(url=url, timeout=timedelta(seconds=seconds), when_down=when_down)


async def test_r13_a_leaked_password_is_refused_wherever_one_is_chosen(
    ada: Person, stranger: Person
) -> None:
    stranger.password = LEAKED
    await ada.post("forgot-password", email=ada.email)
    token = await ada.mailed_token("reset-password")

    answers = [
        await stranger.register(),
        await ada.post("change-password", currentPassword=ada.password, newPassword=LEAKED),
        await ada.post("reset-password", token=token, newPassword=LEAKED),
    ]

    assert [answer.json()["code"] for answer in answers] == ["weak_password"] * 3
    assert "leaked" in answers[0].json()["detail"]
    stranger.password = "leaked by nobody until today"
    assert (await stranger.register()).status_code == 202


async def test_r13_five_characters_leave_the_machine(url: str) -> None:
    with pytest.raises(WeakPassword):
        await leaks(url).refuse(LEAKED)

    assert Range.asked == [(f"/range/{digest(LEAKED)[:5]}", "true")]


async def test_r13_padding_is_no_leak(url: str) -> None:
    await leaks(url).refuse(PASSWORD)


@pytest.mark.parametrize("answer", ["never", "badly", "in words", "elsewhere"])
async def test_r13_what_holds_while_the_service_is_down_is_a_setting(
    url: str, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Range, "answer", answer)
    seconds = 0.2 if answer == "never" else 5

    await leaks(url, "accept", seconds).refuse(LEAKED)
    with pytest.raises(Busy):
        await leaks(url, "refuse", seconds).refuse(LEAKED)


async def test_r13_a_service_that_is_gone_is_down() -> None:
    with pytest.raises(Busy):
        await leaks("http://127.0.0.1:1/range", "refuse").refuse(LEAKED)
