"""What the block knows about factors, and the rules about them. No I/O here."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, Literal, TypeAlias
from uuid import UUID

from app.modules.auth import UserId

Algorithm: TypeAlias = Literal["SHA1", "SHA256", "SHA512"]

TOTP: Final = "totp"
WEBAUTHN: Final = "webauthn"
BACKUP_CODE: Final = "backup_code"


@dataclass(frozen=True, slots=True)
class TotpParameters:
    """How an authenticator app makes codes. Kept with each secret, since settings change."""

    algorithm: Algorithm
    digits: int
    period: int
    """Seconds that one code is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TotpSecret:
    """What we share with somebody's authenticator app."""

    id: UUID
    user_id: UserId
    sealed: bytes
    """By core's `Seals`: before it stands which key opens it."""
    parameters: TotpParameters

    @property
    def context(self) -> bytes:
        """What it is sealed with: copied to another row, it opens nothing."""
        return b"totp secret " + self.id.bytes + self.user_id.bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class EnrolledTotp:
    """A secret whose owner has shown a code of it."""

    secret: TotpSecret
    last_step: int
    """The newest period whose code was used: neither it nor an older one is good again."""
    created_at: datetime
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A credential of WebAuthn: the public half of a key that lives in somebody's device."""

    id: UUID
    user_id: UserId
    credential_id: bytes
    public_key: bytes
    """As COSE has it (RFC 9052)."""
    sign_count: int
    backup_eligible: bool
    """Whether it may be on several devices, as those of password managers are."""
    backed_up: bool
    transports: tuple[str, ...]
    name: str
    created_at: datetime
    last_used_at: datetime | None = None

    def is_cloned(self, sign_count: int) -> bool:
        """Whether a signature with this count must come from a copy (WebAuthn L3, 6.1.1).

        A device counts its signatures. Where a passkey is on several devices, they do not count
        together; and one that never counts says zero.
        """
        counts = sign_count > 0 or self.sign_count > 0
        return counts and not self.backup_eligible and sign_count <= self.sign_count


class Ceremony(StrEnum):
    """What a challenge of WebAuthn was made for. It is good for nothing else."""

    REGISTER = "register"
    PROVE = "prove"
    """By a user who is known already: the second step of a login, or a proof for a session."""
    SIGN_IN = "sign_in"
    """By whoever holds a passkey: only its answer tells who that is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrustedDevice:
    """Where its user is not asked for a second factor, for a while."""

    id: UUID
    user_id: UserId
    token_hash: bytes
    ip: str
    user_agent: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
