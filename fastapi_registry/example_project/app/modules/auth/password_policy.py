"""All that a new password must satisfy, wherever one is chosen: register, reset, change, invite."""

from dataclasses import dataclass

from app.modules.auth import password_rules
from app.modules.auth.leaked_passwords import LeakedPasswords


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordPolicy:
    minimum: int
    app_name: str
    leaks: LeakedPasswords | None = None

    async def check(self, password: str, *, name: str, email: str) -> None:
        """Raises `WeakPassword` with the reason."""
        about = (name, email, email.partition("@")[0], self.app_name)
        password_rules.check(password, minimum=self.minimum, about=about)
        if self.leaks is not None:
            await self.leaks.refuse(password)
