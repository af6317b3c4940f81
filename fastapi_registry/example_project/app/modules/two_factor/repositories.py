"""Factors in the database: the only file of two_factor with queries.

What may happen once happens by one conditional statement, never by looking first. Where a change
must look at several things, the owner is locked before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, delete, func, insert, or_, select, update
from sqlalchemy.exc import IntegrityError

from app.core.work import UnitOfWork
from app.modules.auth import UserId, UserRow
from app.modules.two_factor.db_models import (
    BackupCodeRow,
    PasskeyChallengeRow,
    PasskeyHolderRow,
    PasskeyRow,
    TotpSecretRow,
    TotpSetupRow,
    TrustedDeviceRow,
    WrongAnswersRow,
)
from app.modules.two_factor.exceptions import PasskeyTaken
from app.modules.two_factor.models import (
    Ceremony,
    EnrolledTotp,
    Passkey,
    TotpParameters,
    TotpSecret,
    TrustedDevice,
)

_PASSKEY_FIELDS = [field.name for field in fields(Passkey)]
_PASSKEY_COLUMNS = [getattr(PasskeyRow, name) for name in _PASSKEY_FIELDS]
_DEVICE_FIELDS = [field.name for field in fields(TrustedDevice)]
_DEVICE_COLUMNS = [getattr(TrustedDeviceRow, name) for name in _DEVICE_FIELDS]


@dataclass(frozen=True, slots=True)
class _Repository:
    work: UnitOfWork

    async def _put(
        self, row: type[TotpSecretRow | TotpSetupRow], user_id: UserId, values: Mapping[str, Any]
    ) -> None:
        """The one row of a user, whether or not there is one, and whoever else puts one now."""
        replace = update(row).where(row.user_id == user_id).values(**values).returning(row.user_id)
        if (await self.work.execute(replace)).scalar() is not None:
            return
        try:
            async with self.work.savepoint():
                await self.work.execute(insert(row).values(user_id=user_id, **values))
        except IntegrityError:
            await self.work.execute(replace)


class OwnerRepository(_Repository):
    async def lock(self, user_id: UserId) -> None:
        """Until the unit of work ends, whoever else locks this user waits.

        What is read afterwards is what the one before left. SQLite has one writer anyway.
        """
        # Not the key: who writes a row that belongs to the user, as a login does, need not wait.
        locked = select(UserRow.id).where(UserRow.id == user_id).with_for_update(key_share=True)
        await self.work.execute(locked)


class TotpRepository(_Repository):
    async def is_enrolled(self, user_id: UserId) -> bool:
        row = TotpSecretRow
        return await self.work.fetch_one(select(row.id).where(row.user_id == user_id)) is not None

    async def find(self, user_id: UserId) -> EnrolledTotp | None:
        row = TotpSecretRow
        found = await self.work.fetch_one(
            select(*_secret_columns(row), row.last_step, row.created_at, row.last_used_at).where(
                row.user_id == user_id
            )
        )
        if found is None:
            return None
        *secret, last_step, created_at, last_used_at = found
        return EnrolledTotp(
            secret=_secret(secret),
            last_step=last_step,
            created_at=created_at,
            last_used_at=last_used_at,
        )

    async def put(self, secret: TotpSecret, *, last_step: int, now: datetime) -> None:
        """Instead of the one before, if there was one."""
        beside = {"last_step": last_step, "created_at": now, "last_used_at": None}
        await self._put(TotpSecretRow, secret.user_id, _values(secret) | beside)

    async def use_step(self, secret: TotpSecret, step: int, now: datetime) -> bool:
        """False if this step, or a later one, was used before."""
        used = await self.work.execute(
            update(TotpSecretRow)
            .where(TotpSecretRow.id == secret.id, TotpSecretRow.last_step < step)
            .values(last_step=step, last_used_at=now)
            .returning(TotpSecretRow.id)
        )
        return used.scalar() is not None

    async def reseal(self, secret: TotpSecret, sealed: bytes) -> None:
        """Nothing if somebody else did so in the meantime."""
        await self.work.execute(
            update(TotpSecretRow)
            .where(TotpSecretRow.id == secret.id, TotpSecretRow.sealed == secret.sealed)
            .values(sealed=sealed)
        )

    async def sealed_otherwise(self, beginning: bytes, most: int) -> Sequence[TotpSecret]:
        """Those whose seal does not begin so."""
        row = TotpSecretRow
        found = await self.work.fetch(
            select(*_secret_columns(row))
            .where(func.substr(row.sealed, 1, len(beginning)) != beginning)
            .order_by(row.id)
            .limit(most)
        )
        return [_secret(values) for values in found]

    async def remove(self, user_id: UserId) -> bool:
        await self.work.execute(delete(TotpSetupRow).where(TotpSetupRow.user_id == user_id))
        row = TotpSecretRow
        removed = await self.work.execute(
            delete(row).where(row.user_id == user_id).returning(row.id)
        )
        return removed.scalar() is not None

    async def remove_since(self, user_id: UserId, moment: datetime) -> bool:
        """With what was begun: nobody waits that long for a code."""
        await self.work.execute(delete(TotpSetupRow).where(TotpSetupRow.user_id == user_id))
        row = TotpSecretRow
        removed = await self.work.execute(
            delete(row).where(row.user_id == user_id, row.created_at >= moment).returning(row.id)
        )
        return removed.scalar() is not None

    async def put_setup(self, secret: TotpSecret, token_hash: bytes, expires_at: datetime) -> None:
        """What was begun before is void."""
        beside = {"token_hash": token_hash, "expires_at": expires_at}
        await self._put(TotpSetupRow, secret.user_id, _values(secret) | beside)

    async def find_setup(
        self, user_id: UserId, token_hash: bytes, now: datetime
    ) -> TotpSecret | None:
        row = TotpSetupRow
        found = await self.work.fetch_one(
            select(*_secret_columns(row)).where(
                row.user_id == user_id, row.token_hash == token_hash, row.expires_at > now
            )
        )
        return _secret(found) if found else None

    async def end_setup(self, secret: TotpSecret) -> bool:
        """False if somebody else was faster."""
        row = TotpSetupRow
        ended = await self.work.execute(delete(row).where(row.id == secret.id).returning(row.id))
        return ended.scalar() is not None


class BackupCodeRepository(_Repository):
    async def count(self, user_id: UserId) -> int:
        found = await self.work.fetch_one(
            select(func.count()).where(BackupCodeRow.user_id == user_id)
        )
        return found[0] if found else 0

    async def replace(self, user_id: UserId, code_hashes: Sequence[bytes], now: datetime) -> None:
        await self.remove(user_id)
        of_all = {"user_id": user_id, "created_at": now}
        rows = [of_all | {"code_hash": code_hash} for code_hash in code_hashes]
        await self.work.execute(insert(BackupCodeRow), rows)

    async def use(self, user_id: UserId, code_hash: bytes) -> bool:
        """False if there is no such code, or not any more."""
        used = await self.work.execute(
            delete(BackupCodeRow)
            .where(BackupCodeRow.code_hash == code_hash, BackupCodeRow.user_id == user_id)
            .returning(BackupCodeRow.code_hash)
        )
        return used.scalar() is not None

    async def remove(self, user_id: UserId) -> None:
        await self.work.execute(delete(BackupCodeRow).where(BackupCodeRow.user_id == user_id))

    async def remove_since(self, user_id: UserId, moment: datetime) -> None:
        row = BackupCodeRow
        await self.work.execute(delete(row).where(row.user_id == user_id, row.created_at >= moment))


class PasskeyRepository(_Repository):
    async def of_user(self, user_id: UserId) -> Sequence[Passkey]:
        """The oldest first."""
        row = PasskeyRow
        found = await self.work.fetch(
            select(*_PASSKEY_COLUMNS).where(row.user_id == user_id).order_by(row.created_at, row.id)
        )
        return [_passkey(values) for values in found]

    async def is_enrolled(self, user_id: UserId) -> bool:
        row = PasskeyRow
        found = await self.work.fetch_one(select(row.id).where(row.user_id == user_id).limit(1))
        return found is not None

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        found = await self.work.fetch_one(
            select(*_PASSKEY_COLUMNS).where(PasskeyRow.credential_id == credential_id)
        )
        return _passkey(found) if found else None

    async def add(self, passkey: Passkey) -> None:
        """Raises `PasskeyTaken`, whoever has it."""
        values = asdict(passkey) | {"transports": " ".join(passkey.transports)}
        try:
            async with self.work.savepoint():
                await self.work.execute(insert(PasskeyRow).values(values))
        except IntegrityError as error:
            raise PasskeyTaken from error

    async def use(
        self, passkey: Passkey, *, sign_count: int, backed_up: bool, now: datetime
    ) -> bool:
        """False if it was used elsewhere since it was looked at."""
        used = await self.work.execute(
            update(PasskeyRow)
            .where(PasskeyRow.id == passkey.id, PasskeyRow.sign_count == passkey.sign_count)
            .values(sign_count=sign_count, backed_up=backed_up, last_used_at=now)
            .returning(PasskeyRow.id)
        )
        return used.scalar() is not None

    async def rename(self, user_id: UserId, passkey_id: UUID, name: str) -> bool:
        renamed = await self.work.execute(
            update(PasskeyRow)
            .where(PasskeyRow.id == passkey_id, PasskeyRow.user_id == user_id)
            .values(name=name)
            .returning(PasskeyRow.id)
        )
        return renamed.scalar() is not None

    async def remove(self, user_id: UserId, passkey_id: UUID) -> bool:
        removed = await self.work.execute(
            delete(PasskeyRow)
            .where(PasskeyRow.id == passkey_id, PasskeyRow.user_id == user_id)
            .returning(PasskeyRow.id)
        )
        return removed.scalar() is not None

    async def remove_all(self, user_id: UserId) -> bool:
        """With the name that the passkeys knew the user by. False if there was no passkey."""
        row, challenge = PasskeyRow, PasskeyChallengeRow
        await self.work.execute(delete(PasskeyHolderRow).where(PasskeyHolderRow.user_id == user_id))
        await self.work.execute(delete(challenge).where(challenge.user_id == user_id))
        removed = await self.work.execute(
            delete(row).where(row.user_id == user_id).returning(row.id)
        )
        return bool(removed.all())

    async def remove_since(self, user_id: UserId, moment: datetime) -> bool:
        """False if there was none."""
        row = PasskeyRow
        removed = await self.work.execute(
            delete(row).where(row.user_id == user_id, row.created_at >= moment).returning(row.id)
        )
        return bool(removed.all())

    async def handle_of(self, user_id: UserId) -> bytes | None:
        row = PasskeyHolderRow
        found = await self.work.fetch_one(select(row.handle).where(row.user_id == user_id))
        return found[0] if found else None

    async def handle_or(self, user_id: UserId, fresh: bytes) -> bytes:
        """The user's, which is `fresh` from now on if there was none."""
        if (handle := await self.handle_of(user_id)) is not None:
            return handle
        try:
            async with self.work.savepoint():
                await self.work.execute(
                    insert(PasskeyHolderRow).values(user_id=user_id, handle=fresh)
                )
        except IntegrityError:
            return await self.handle_or(user_id, fresh)  # another request was faster
        return fresh

    async def put_challenge(
        self,
        challenge_hash: bytes,
        ceremony: Ceremony,
        user_id: UserId | None,
        *,
        now: datetime,
        expires_at: datetime,
    ) -> None:
        """The user's older ones for this ceremony are void; those whose time is over go too."""
        row = PasskeyChallengeRow
        await self.work.execute(delete(row).where(row.expires_at <= now))
        if user_id is not None:
            await self.work.execute(
                delete(row).where(row.user_id == user_id, row.ceremony == ceremony.value)
            )
        await self.work.execute(
            insert(row).values(
                challenge_hash=challenge_hash,
                ceremony=ceremony.value,
                user_id=user_id,
                expires_at=expires_at,
            )
        )

    async def use_challenge(
        self, challenge_hash: bytes, ceremony: Ceremony, user_id: UserId | None, now: datetime
    ) -> bool:
        """True once, in time, for what and for whom it was made."""
        row = PasskeyChallengeRow
        used = await self.work.execute(
            delete(row)
            .where(
                row.challenge_hash == challenge_hash,
                row.ceremony == ceremony.value,
                row.user_id.is_not_distinct_from(user_id),
                row.expires_at > now,
            )
            .returning(row.challenge_hash)
        )
        return used.scalar() is not None


class TrustedDeviceRepository(_Repository):
    async def add(self, device: TrustedDevice) -> None:
        row = TrustedDeviceRow
        await self.work.execute(
            delete(row).where(row.user_id == device.user_id, row.expires_at <= device.created_at)
        )
        await self.work.execute(insert(row).values(asdict(device)))

    async def of_user(self, user_id: UserId, now: datetime) -> Sequence[TrustedDevice]:
        """The newest first."""
        row = TrustedDeviceRow
        found = await self.work.fetch(
            select(*_DEVICE_COLUMNS)
            .where(row.user_id == user_id, row.expires_at > now)
            .order_by(row.created_at.desc(), row.id.desc())
        )
        return [TrustedDevice(**dict(zip(_DEVICE_FIELDS, each, strict=True))) for each in found]

    async def use(self, user_id: UserId, token_hash: bytes, now: datetime) -> bool:
        row = TrustedDeviceRow
        used = await self.work.execute(
            update(row)
            .where(row.token_hash == token_hash, row.user_id == user_id, row.expires_at > now)
            .values(last_used_at=now)
            .returning(row.id)
        )
        return used.scalar() is not None

    async def remove(self, user_id: UserId, device_id: UUID) -> bool:
        row = TrustedDeviceRow
        removed = await self.work.execute(
            delete(row).where(row.id == device_id, row.user_id == user_id).returning(row.id)
        )
        return removed.scalar() is not None

    async def remove_all(self, user_id: UserId) -> None:
        await self.work.execute(delete(TrustedDeviceRow).where(TrustedDeviceRow.user_id == user_id))


class WrongAnswersRepository(_Repository):
    async def count(
        self, user_id: UserId, *, most: int, quiet: timedelta, now: datetime
    ) -> datetime | None:
        """One more. If there were `most` already: the moment of the last one.

        They are forgotten after as much `quiet`, so in no stretch of that length are there more.
        """
        if await self._count_on(user_id, most, now - quiet, now):
            return None
        if await self._count_first(user_id, now):
            return None
        if await self._count_on(user_id, most, now - quiet, now):
            return None  # the first of another request was there a moment before ours
        return await self._last(user_id)

    async def take_back(self, user_id: UserId) -> None:
        """The last one was none: the answer was right."""
        row = WrongAnswersRow
        await self.work.execute(
            update(row).where(row.user_id == user_id, row.count > 0).values(count=row.count - 1)
        )

    async def _count_on(
        self, user_id: UserId, most: int, forgotten: datetime, now: datetime
    ) -> bool:
        row = WrongAnswersRow
        counted = await self.work.execute(
            update(row)
            .where(row.user_id == user_id, or_(row.count < most, row.last_at <= forgotten))
            .values(count=case((row.last_at <= forgotten, 1), else_=row.count + 1), last_at=now)
            .returning(row.count)
        )
        return counted.scalar() is not None

    async def _count_first(self, user_id: UserId, now: datetime) -> bool:
        try:
            async with self.work.savepoint():
                await self.work.execute(
                    insert(WrongAnswersRow).values(user_id=user_id, count=1, last_at=now)
                )
        except IntegrityError:
            return False
        return True

    async def _last(self, user_id: UserId) -> datetime | None:
        row = WrongAnswersRow
        found = await self.work.fetch_one(select(row.last_at).where(row.user_id == user_id))
        return found[0] if found else None


def _secret_columns(row: type[TotpSecretRow | TotpSetupRow]) -> list[Any]:
    return [
        row.id,
        row.user_id,
        row.sealed,
        row.algorithm,
        row.digits,
        row.period,
    ]


def _secret(values: Sequence[Any]) -> TotpSecret:
    secret_id, user_id, sealed, *parameters = values
    return TotpSecret(
        id=secret_id,
        user_id=user_id,
        sealed=sealed,
        parameters=TotpParameters(*parameters),
    )


def _values(secret: TotpSecret) -> dict[str, Any]:
    return {
        "id": secret.id,
        "sealed": secret.sealed,
        **asdict(secret.parameters),
    }


def _passkey(values: Sequence[Any]) -> Passkey:
    named = dict(zip(_PASSKEY_FIELDS, values, strict=True))
    return Passkey(**named | {"transports": tuple(named["transports"].split())})
