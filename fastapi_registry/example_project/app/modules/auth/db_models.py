"""Auth's tables. A column is named like the field of the dataclass that it keeps."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Dialect, ForeignKey, Index, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from app.core.tables import Base, UtcDateTime, table

_USER = f"{table('users')}.id"


class Words(TypeDecorator[tuple[str, ...]]):
    """Words without spaces in them, such as "pwd" and "otp"."""

    impl = String(100)
    cache_ok = True

    def process_bind_param(self, value: tuple[str, ...] | None, dialect: Dialect) -> str | None:
        return None if value is None else " ".join(value)

    def process_result_value(self, value: str | None, dialect: Dialect) -> tuple[str, ...] | None:
        return None if value is None else tuple(value.split())


class UserRow(Base):
    __tablename__ = table("users")
    __table_args__ = (UniqueConstraint("email_key"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(320), index=True)
    email_key: Mapped[str] = mapped_column(String(640))
    """Unique here, so that two registrations at the same moment cannot both succeed."""
    name: Mapped[str] = mapped_column(String(100))
    name_key: Mapped[str] = mapped_column(String(300))
    """`folded(name)`, written by the repository: what a search compares, and a list sorts by."""
    password_hash: Mapped[str | None] = mapped_column(String(255))
    is_active: Mapped[bool]
    is_admin: Mapped[bool]
    email_verified_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failed_logins: Mapped[int]
    last_login_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    deletion_due_at: Mapped[datetime | None] = mapped_column(UtcDateTime, index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class SessionRow(Base):
    __tablename__ = table("sessions")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    authenticated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    methods: Mapped[tuple[str, ...]] = mapped_column(Words)
    counter: Mapped[int]
    refreshed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(255))
    impersonator_id: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    impersonator_session_id: Mapped[UUID | None]


class OneTimeTokenRow(Base):
    __tablename__ = table("one_time_tokens")
    __table_args__ = (Index(None, "user_id", "purpose"),)

    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(32))
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    email: Mapped[str] = mapped_column(String(320))
    methods: Mapped[tuple[str, ...]] = mapped_column(Words)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    attempts: Mapped[int]
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SecurityEventRow(Base):
    __tablename__ = table("security_events")
    __table_args__ = (Index(None, "user_id", "at"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"))
    kind: Mapped[str] = mapped_column(String(40))
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    session_id: Mapped[UUID | None]
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(255))
