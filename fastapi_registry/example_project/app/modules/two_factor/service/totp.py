"""Authenticator apps: setting one up, and checking its codes."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from app.core.crypto import BrokenSeal, Seals, hash_token, new_token
from app.core.ids import uuid7
from app.modules.auth import SignedInUser, Surroundings, UserId, WrongAnswer
from app.modules.two_factor import totp
from app.modules.two_factor.events import FactorAdded, FactorForgotten, FactorRemoved
from app.modules.two_factor.exceptions import (
    InvalidSetup,
    NothingSetUp,
    SecretUnreadable,
    WrongCode,
)
from app.modules.two_factor.models import TOTP, EnrolledTotp, TotpParameters, TotpSecret
from app.modules.two_factor.repositories import PasskeyRepository, TotpRepository
from app.modules.two_factor.service.attempts import Attempts
from app.modules.two_factor.service.backup_codes import BackupCodes
from app.modules.two_factor.service.changes import Changes

_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Setup:
    """What an app needs to know to make codes. It opens nothing until a code was seen."""

    secret: str
    uri: str
    token: str
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Totp:
    name = TOTP
    method = "otp"

    secrets: TotpRepository
    passkeys: PasskeyRepository
    seals: Seals
    attempts: Attempts
    backup_codes: BackupCodes
    changes: Changes
    parameters: TotpParameters
    """For new secrets. Each secret that there is keeps its own."""
    window: int
    issuer: str
    setup_lifetime: timedelta
    patience: timedelta
    world: Surroundings

    def recognises(self, answer: str) -> bool:
        return totp.looks_like_a_code(answer)

    async def is_enrolled(self, user_id: UserId) -> bool:
        return await self.secrets.is_enrolled(user_id)

    async def enrolled(self, user_id: UserId) -> EnrolledTotp | None:
        return await self.secrets.find(user_id)

    async def check(self, user_id: UserId, answer: str) -> None:
        """Raises `WrongAnswer`, also for a code that was used, and `TooManyAttempts`."""
        async with self.attempts.one(user_id):
            enrolled = await self.secrets.find(user_id)
            if enrolled is None:
                raise WrongAnswer
            secret = enrolled.secret
            plain = self._opened(secret)
            step = self._step_of(plain, answer, secret.parameters)
            if step is None or not await self.secrets.use_step(secret, step, self.world.now()):
                raise WrongAnswer
        if self.seals.is_old(secret.sealed):
            await self._reseal(secret)

    async def reset(self, user_id: UserId) -> bool:
        was_there = await self.secrets.remove(user_id)
        if was_there:
            await self.world.publish(FactorForgotten(user_id=user_id))
        return was_there

    async def forget_since(self, user_id: UserId, moment: datetime) -> None:
        """What was set up from then on. An app that it took the place of does not come back."""
        if await self.secrets.remove_since(user_id, moment):
            await self.world.publish(FactorForgotten(user_id=user_id))

    async def begin(self, caller: SignedInUser) -> Setup:
        """A new secret. The one in use, if there is one, is good until the new one is proved."""
        plain = totp.new_secret(self.parameters.algorithm)
        secret = self._sealed(caller.user.id, plain)
        token = new_token()
        expires_at = self.world.now() + self.setup_lifetime
        await self.secrets.put_setup(secret, hash_token(token), expires_at)
        uri = totp.uri(plain, self.parameters, account=caller.user.email, issuer=self.issuer)
        return Setup(totp.shown(plain), uri, token, expires_at)

    async def finish(self, caller: SignedInUser, token: str, code: str) -> Sequence[str]:
        """The app makes the right codes: ask for them from now on. New backup codes, if any.

        Raises `InvalidSetup`, `WrongCode`, `TooManyAttempts`.
        """
        user_id, now = caller.user.id, self.world.now()
        secret = await self.secrets.find_setup(user_id, hash_token(token), now)
        if secret is None:
            raise InvalidSetup
        async with self.attempts.one(user_id):
            plain = self._opened(secret)
            step = self._step_of(plain, code, secret.parameters)
            if step is None:
                raise WrongCode
        await self.changes.begin(caller)
        if not await self.secrets.end_setup(secret):
            raise InvalidSetup
        # The code that is used here is used: whoever looked over a shoulder cannot sign in with it.
        await self.secrets.put(secret, last_step=step, now=now)
        await self.changes.tell(caller, FactorAdded(user_id=user_id, factor=self.name))
        return await self.backup_codes.begin(user_id)

    async def remove(self, caller: SignedInUser) -> None:
        """Raises `NothingSetUp` or `LastFactor`."""
        user_id = caller.user.id
        await self.changes.begin(caller)
        others = await self.passkeys.is_enrolled(user_id)
        await self.changes.refuse_to_lose_the_last(caller, others=others)
        if not await self.secrets.remove(user_id):
            raise NothingSetUp
        if not others:
            await self.backup_codes.reset(user_id)
        await self.changes.tell(caller, FactorRemoved(user_id=user_id, factor=self.name))

    async def reseal_some(self) -> int:
        """Seal with the present key what an earlier one has sealed, a hundred at most. How many."""
        old = await self.secrets.sealed_otherwise(self.seals.beginning, most=_AT_ONCE)
        for secret in old:
            await self._reseal(secret)
        return len(old)

    async def _reseal(self, secret: TotpSecret) -> None:
        sealed = self.seals.seal(self._opened(secret), secret.context)
        await self.secrets.reseal(secret, sealed)

    def _opened(self, secret: TotpSecret) -> bytes:
        try:
            return self.seals.unseal(secret.sealed, secret.context)
        except BrokenSeal as error:
            raise SecretUnreadable from error

    def _step_of(self, plain: bytes, code: str, parameters: TotpParameters) -> int | None:
        return totp.matching_step(plain, code, self.world.now(), parameters, window=self.window)

    def _sealed(self, user_id: UserId, plain: bytes) -> TotpSecret:
        unsealed = TotpSecret(id=uuid7(), user_id=user_id, sealed=b"", parameters=self.parameters)
        return replace(unsealed, sealed=self.seals.seal(plain, unsealed.context))
