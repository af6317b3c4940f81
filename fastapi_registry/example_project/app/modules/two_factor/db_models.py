"""Two_factor's tables. All rows of a user go with the user."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tables import Base, UtcDateTime, table

_USER = f"{table('users')}.id"


class TotpSecretRow(Base):
    """One a user: a new authenticator takes the place of the old one."""

    __tablename__ = table("totp_secrets")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID]
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    algorithm: Mapped[str] = mapped_column(String(6))
    digits: Mapped[int]
    period: Mapped[int]
    last_step: Mapped[int] = mapped_column(BigInteger)
    """Moved forward by a conditional UPDATE: of many who try one code at once, one succeeds."""
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class TotpSetupRow(Base):
    """A secret that was shown, and of which no code has been seen. It opens nothing yet."""

    __tablename__ = table("totp_setups")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    id: Mapped[UUID]
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    algorithm: Mapped[str] = mapped_column(String(6))
    digits: Mapped[int]
    period: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class BackupCodeRow(Base):
    """One that was not used yet."""

    __tablename__ = table("backup_codes")

    code_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class PasskeyRow(Base):
    __tablename__ = table("passkeys")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1023), unique=True)
    """Unique over all users: a passkey signs in one of them."""
    public_key: Mapped[bytes] = mapped_column(LargeBinary)
    sign_count: Mapped[int] = mapped_column(BigInteger)
    backup_eligible: Mapped[bool]
    backed_up: Mapped[bool]
    transports: Mapped[str] = mapped_column(String(100))
    name: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PasskeyHolderRow(Base):
    """Under which name a user's passkeys know them: chance, so that no passkey tells who it is."""

    __tablename__ = table("passkey_holders")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    handle: Mapped[bytes] = mapped_column(LargeBinary(64), unique=True)


class PasskeyChallengeRow(Base):
    """What a browser was asked to sign. It goes with the first answer."""

    __tablename__ = table("passkey_challenges")

    challenge_hash: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    ceremony: Mapped[str] = mapped_column(String(16))
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class TrustedDeviceRow(Base):
    __tablename__ = table("trusted_devices")

    id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), index=True)
    token_hash: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    ip: Mapped[str] = mapped_column(String(45))
    user_agent: Mapped[str] = mapped_column(String(255))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_used_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)


class WrongAnswersRow(Base):
    """How often a user was wrong lately, whatever was asked."""

    __tablename__ = table("wrong_answers")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    count: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)
