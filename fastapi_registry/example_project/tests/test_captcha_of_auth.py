"""Captchas where auth asks for a human (R39), in projects that have both blocks."""

import json
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from uuid import uuid4

import httpx2
import pytest
from pydantic import SecretStr

from app.core.blocks import Block
from app.core.config import CoreSettings
from app.installed import BLOCKS, Settings

pytestmark = pytest.mark.skipif(
    not {"auth", "captcha"} <= {block.name for block in BLOCKS},
    reason="for projects with auth and captcha",
)

ADA = {"email": "ada@example.com", "password": "a quiet walk along the river", "name": "Ada"}
SECRET = "a-secret-for-the-provider"


class Provider(BaseHTTPRequestHandler):
    """Accepts every token, for whichever action it is named after."""

    def do_POST(self) -> None:
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        action = form.partition("response=")[2].partition("-")[0]
        answer = {
            "success": SECRET in form,
            "hostname": "localhost",
            "action": action,
            "challenge_ts": datetime.now(UTC).isoformat(),
        }
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


@pytest.fixture(scope="module")
def provider() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture
def blocks() -> Sequence[Block]:
    return BLOCKS


@pytest.fixture
def settings_type() -> type[CoreSettings]:
    return Settings


@pytest.fixture
def settings(settings: CoreSettings, provider: str) -> CoreSettings:
    captcha = dict(settings)["captcha"]  # a project without the block has none
    captcha.enabled = True
    captcha.provider = "turnstile"
    captcha.site_key = "a-site-key"
    captcha.secret_key = SecretStr(SECRET)
    captcha.verify_url = provider
    return settings


async def post(
    client: httpx2.AsyncClient, path: str, solved_for: str = "", **body: str
) -> tuple[int, str | None]:
    """The status, with the code of what went wrong."""
    proof = {"captchaToken": f"{solved_for}-{uuid4()}"} if solved_for else {}
    answer = await client.post(f"/api/v1/auth/{path}", json=body | proof)
    return answer.status_code, answer.json().get("code")


async def test_r39_an_account_wants_a_captcha_for_registering(client: httpx2.AsyncClient) -> None:
    assert await post(client, "register", **ADA) == (400, "captcha_required")
    assert await post(client, "register", "login", **ADA) == (400, "captcha_failed")
    assert await post(client, "register", "register", **ADA) == (202, None)


async def test_r39_a_login_wants_a_captcha_after_failures(client: httpx2.AsyncClient) -> None:
    guess = {"email": ADA["email"], "password": "a guess"}

    first = [await post(client, "login", **guess) for _ in range(3)]

    assert first == [(401, "invalid_credentials")] * 3
    assert await post(client, "login", **guess) == (400, "captcha_required")
    assert await post(client, "login", "login", **guess) == (401, "invalid_credentials")


async def test_a_front_end_is_told_which_captcha_to_show(client: httpx2.AsyncClient) -> None:
    config = (await client.get("/api/v1/auth/config")).json()

    (check,) = config["humanChecks"]
    assert (check["provider"], check["siteKey"]) == ("turnstile", "a-site-key")
    assert (check["actions"]["register"], check["actions"]["login"]) == ("always", "after_failures")
