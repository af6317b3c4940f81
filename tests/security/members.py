"""People who have one of everything that the blocks keep about somebody."""

from __future__ import annotations

import importlib.util
import time
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pyotp

from tests.blocks.bundled import EXAMPLE
from tests.project.journey import FIRST_PASSWORD, Visitor, answered

AUTHENTICATOR = EXAMPLE / "app/modules/two_factor/tests/authenticator.py"
PERIOD_SECONDS = 30


@cache
def _authenticators() -> Any:
    """By its path: the block is no package of the tool's."""
    spec = importlib.util.spec_from_file_location("authenticator_of_two_factor", AUTHENTICATOR)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@dataclass
class Member:
    """A visitor with an authenticator app, a passkey and a browser that is trusted."""

    visitor: Visitor
    totp_secret: str = ""
    backup_codes: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, status: int = 200, **body: object) -> dict[str, Any]:
        visitor = self.visitor
        headers = visitor.credentials if visitor.access_token else {}
        return answered(
            visitor.client.request(method, path, json=body or None, headers=headers), status
        )

    def ask_list(self, path: str) -> list[dict[str, Any]]:
        visitor = self.visitor
        listed: list[dict[str, Any]] = visitor.client.get(path, headers=visitor.credentials).json()
        return listed

    def join(self) -> None:
        self.visitor.register()
        self.visitor.verify_email()
        self.visitor.login(FIRST_PASSWORD)

    def sign_in_if_signed_out(self) -> None:
        me = self.visitor.client.get("/auth/me", headers=self.visitor.credentials)
        if me.status_code == 401:
            self.visitor.login(FIRST_PASSWORD)

    def first_step(self) -> dict[str, Any]:
        """What the password alone gives."""
        return self.ask("POST", "/auth/login", email=self.visitor.email, password=FIRST_PASSWORD)

    def set_up_totp(self) -> None:
        setup = self.ask("POST", "/two-factor/totp/initiate")
        self.totp_secret = setup["secret"]
        done = self.ask(
            "POST", "/two-factor/totp/verify", setupToken=setup["setupToken"], code=self.code()
        )
        self.backup_codes = done["backupCodes"]

    def take_second_step(self, code: str, **more: Any) -> None:
        self.visitor.keep(
            self.ask(
                "POST",
                "/two-factor/totp/verify-login",
                twoFactorToken=self.first_step()["twoFactorToken"],
                code=code,
                **more,
            )
        )

    def set_up_everything(self) -> None:
        """Two sessions at the end: of a second factor, and of a browser that needs none."""
        self.set_up_totp()
        self.take_second_step(self.code(periods=1))
        self.set_up_passkey()
        self.take_second_step(self.backup_codes.pop(), trustDevice=True)
        assert "accessToken" in self.first_step()

    def set_up_passkey(self) -> None:
        path = "/two-factor/webauthn/register"
        begun = self.ask("POST", f"{path}/initiate")["publicKey"]
        authenticator = _authenticators().Authenticator()
        self.ask("POST", f"{path}/complete", credential=authenticator.create(begun))

    def code(self, *, periods: int = 0) -> str:
        """What the app shows so many periods from now: none is taken twice."""
        return pyotp.TOTP(self.totp_secret).at(int(time.time()) + periods * PERIOD_SECONDS)
