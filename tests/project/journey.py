"""The story that every storage must tell: from a registration to a password that was forgotten."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from urllib.parse import unquote

import httpx2

from tests.project.generated import Project, Server

ADA = "ada@example.com"
FIRST_PASSWORD = "seven lamps over a green canal"
SECOND_PASSWORD = "a violet umbrella in the rain"
MAIL_WITHIN_SECONDS = 10


@dataclass
class Mailbox:
    """What the file adapter wrote for one address: one file a mail."""

    address: str
    folder: Path
    read: set[Path] = field(default_factory=set)

    def next_token(self) -> str:
        """The token of the link in the next unread mail. Mail goes out after the answer."""
        deadline = time.monotonic() + MAIL_WITHIN_SECONDS
        while time.monotonic() < deadline:
            for file in sorted(set(self.folder.glob("*.eml")) - self.read, key=written_at):
                if found := re.search(r"[?&#]token=([\w.~%-]+)", self.text_of(file)):
                    self.read.add(file)
                    return unquote(found[1])
            time.sleep(0.05)
        raise AssertionError(f"no mail with a link to {self.address} in {self.folder}")

    def text_of(self, file: Path) -> str:
        """Decoded, since quoted-printable breaks in the middle of a link; "" if not for us."""
        mail = message_from_bytes(file.read_bytes(), policy=default)
        text = mail.get_body(("plain",)) if mail["To"] == self.address else None
        return text.get_content() if text else ""


def written_at(path: Path) -> int:
    return path.stat().st_mtime_ns


@dataclass
class Visitor:
    """Somebody with a mailbox and a browser."""

    client: httpx2.Client
    mailbox: Mailbox
    access_token: str = ""
    refresh_token: str = ""

    @property
    def email(self) -> str:
        return self.mailbox.address

    def register(self, password: str = FIRST_PASSWORD) -> None:
        body = {"email": self.email, "password": password, "name": "Ada"}
        answered(self.client.post("/auth/register", json=body), 202)

    def verify_email(self) -> None:
        answer = self.client.post("/auth/verify-email", json={"token": self.mailbox.next_token()})
        assert answered(answer, 200) == {"verified": True}

    def login(self, password: str, *, expected: int = 200) -> None:
        body = {"email": self.email, "password": password}
        tokens = answered(self.client.post("/auth/login", json=body), expected)
        if expected == 200:
            self.keep(tokens)

    def me(self, *, expected: int = 200) -> dict[str, object]:
        return answered(self.client.get("/auth/me", headers=self.credentials), expected)

    def refresh(self, *, expected: int = 200) -> None:
        body = {"refreshToken": self.refresh_token}
        tokens = answered(self.client.post("/auth/refresh", json=body), expected)
        if expected == 200:
            self.keep(tokens)

    def logout(self) -> None:
        body = {"refreshToken": self.refresh_token}
        answered(self.client.post("/auth/logout", json=body, headers=self.credentials), 204)

    def reset_password(self, new: str) -> None:
        answered(self.client.post("/auth/forgot-password", json={"email": self.email}), 202)
        body = {"token": self.mailbox.next_token(), "newPassword": new}
        answered(self.client.post("/auth/reset-password", json=body), 200)

    @property
    def credentials(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def keep(self, tokens: dict[str, object]) -> None:
        self.access_token = str(tokens["accessToken"])
        self.refresh_token = str(tokens["refreshToken"])


def whole_journey(visitor: Visitor) -> None:
    visitor.register()
    visitor.verify_email()
    visitor.login(FIRST_PASSWORD)
    assert visitor.me()["email"] == visitor.email

    first = visitor.refresh_token
    visitor.refresh()
    assert visitor.refresh_token != first
    assert visitor.me()["email"] == visitor.email

    visitor.logout()
    visitor.me(expected=401)
    visitor.refresh(expected=401)

    visitor.reset_password(SECOND_PASSWORD)
    visitor.login(FIRST_PASSWORD, expected=401)
    visitor.login(SECOND_PASSWORD)
    assert visitor.me()["email"] == visitor.email


def answered(response: httpx2.Response, status: int) -> dict[str, object]:
    assert response.status_code == status, f"{response.request.url}: {response.text}"
    body: dict[str, object] = response.json() if response.content else {}
    return body


def with_mail_files(project: Project) -> Project:
    return project.with_variables(
        EMAIL_ADAPTER="file", EMAIL_FILE_PATH=str(project.folder / "mails")
    )


@contextmanager
def visitor_of(project: Project, server: Server, email: str = ADA) -> Iterator[Visitor]:
    mailbox = Mailbox(email, Path(project.variables["EMAIL_FILE_PATH"]))
    with httpx2.Client(base_url=server.api) as client:
        yield Visitor(client, mailbox)
