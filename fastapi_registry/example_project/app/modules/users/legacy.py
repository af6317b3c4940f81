"""Accounts of the first registry (0.2): what stood in its table, and what becomes of it.

Its `auth` kept people in one table, `users`: `id` (a UUID as text), `email`, `name`,
`hashed_password` (bcrypt), `is_active`, `is_admin`, `created_at`. Projects changed it, since it was
theirs, so columns are also known by the names that are usual elsewhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from app.core.ids import uuid7
from app.modules.auth import EmailAddress, User

_EMAIL: Final = ("email",)
_PASSWORD: Final = ("hashed_password", "password_hash", "password")
_ID: Final = ("id", "user_id")
_NAME: Final = ("name", "full_name", "display_name", "username")
_ACTIVE: Final = ("is_active", "active")
_ADMIN: Final = ("is_admin", "is_superuser", "admin")
_VERIFIED: Final = ("email_verified", "is_verified", "is_email_verified")
_CREATED: Final = ("created_at", "created", "date_joined")
_LAST_LOGIN: Final = ("last_login_at", "last_login")

# Argon2 and bcrypt: the kinds that auth can check, and renews at the next login.
_KNOWN_HASHES: Final = ("$argon2id$", "$2a$", "$2b$", "$2y$")
_LONGEST_NAME: Final = 100

Row = Mapping[str, object]


class NotAUsersTable(Exception):
    """A column is missing without which nobody could be taken over."""


@dataclass(frozen=True, slots=True)
class Carried:
    """How it went."""

    carried: int = 0
    present: int = 0
    """Whose address has an account already: nothing of it is changed."""
    without_password: int = 0
    """Whose hash nobody here can check: they choose a new password by mail."""
    refused: tuple[str, ...] = ()
    """Why some were not taken over."""


def check_columns(names: frozenset[str]) -> None:
    """Raises `NotAUsersTable`."""
    for wanted in (_EMAIL, _PASSWORD):
        if not names.intersection(wanted):
            raise NotAUsersTable(f"there is no column `{wanted[0]}`")


def user_of(row: Row, *, now: datetime) -> User:
    """Raises `ValueError` for a row without an e-mail address."""
    email = EmailAddress.parse(str(_value(row, _EMAIL)))
    created = _moment(_value(row, _CREATED)) or now
    user = User(
        id=_id(_value(row, _ID)),
        email=email.address,
        email_key=email.key,
        name=_name(_value(row, _NAME)) or email.address.partition("@")[0],
        password_hash=_hash(_value(row, _PASSWORD)),
        is_active=_yes(_value(row, _ACTIVE), default=True),
        is_admin=_yes(_value(row, _ADMIN), default=False),
        last_login_at=_moment(_value(row, _LAST_LOGIN)),
        created_at=created,
    )
    # Who could sign in yesterday must be able to today, so an address counts as proved unless the
    # table says that it is not.
    verified = _yes(_value(row, _VERIFIED), default=True)
    return replace(user, email_verified_at=created) if verified else user


def _value(row: Row, names: tuple[str, ...]) -> object:
    return next((row[name] for name in names if row.get(name) is not None), None)


def _id(value: object) -> UUID:
    """The old one where it is a UUID, so that rows of yours which name it still fit."""
    try:
        return UUID(str(value))
    except ValueError:
        return uuid7()


def _name(value: object) -> str:
    printable = "".join(filter(str.isprintable, str(value or "")))
    return printable.strip()[:_LONGEST_NAME]


def _hash(value: object) -> str | None:
    text = str(value or "")
    return text if text.startswith(_KNOWN_HASHES) else None


def _yes(value: object, *, default: bool) -> bool:
    if value is None:
        return default
    return str(value).strip().lower() in ("1", "true", "t", "yes")


def _moment(value: object) -> datetime | None:
    """Naive ones count as UTC."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            return None
    if not isinstance(value, datetime):
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
