"""Passkeys: setting them up, and proving with them who one is.

As a second factor a touch is enough. To sign in with a passkey alone, its device must have verified
who holds it, by a finger or a PIN: then it is two factors in one.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from app.core.ids import uuid7
from app.modules.auth import (
    Auth,
    Device,
    InvalidCredentials,
    SignedIn,
    SignedInUser,
    Surroundings,
    User,
    UserId,
    WrongAnswer,
)
from app.modules.two_factor import ceremonies
from app.modules.two_factor.ceremonies import Claim, CredentialRefused, Json, RelyingParty
from app.modules.two_factor.events import FactorAdded, FactorForgotten, FactorRemoved, PasskeyCloned
from app.modules.two_factor.exceptions import (
    LastWayIn,
    PasskeyNotAccepted,
    PasskeyNotFound,
    PasskeyRefused,
    TooManyPasskeys,
)
from app.modules.two_factor.models import WEBAUTHN, Ceremony, Passkey
from app.modules.two_factor.repositories import PasskeyRepository, TotpRepository
from app.modules.two_factor.service.attempts import Attempts
from app.modules.two_factor.service.backup_codes import BackupCodes
from app.modules.two_factor.service.changes import Changes

_CHALLENGE_BYTES = 32
_HANDLE_BYTES = 64  # the most that WebAuthn allows: no two users ever get the same


@dataclass(frozen=True, slots=True)
class Asked:
    """What a page hands to the browser, and until when its answer is taken."""

    options: Json
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Passkeys:
    name = WEBAUTHN
    method = "pop"

    passkeys: PasskeyRepository
    secrets: TotpRepository
    site: RelyingParty
    attempts: Attempts
    backup_codes: BackupCodes
    changes: Changes
    auth: Auth
    most: int
    patience: timedelta
    world: Surroundings

    def recognises(self, answer: str) -> bool:
        return answer.lstrip().startswith("{")

    async def is_enrolled(self, user_id: UserId) -> bool:
        return await self.passkeys.is_enrolled(user_id)

    async def check(self, user_id: UserId, answer: str) -> None:
        """`answer` is the JSON of a credential. Raises `WrongAnswer` and `TooManyAttempts`."""
        async with self.attempts.one(user_id):
            try:
                credential = ceremonies.read(answer)
                claim = ceremonies.claim_of(credential)
                await self._use_challenge(claim.challenge, Ceremony.PROVE, user_id)
                passkey = await self._passkey_of(claim)
                if passkey.user_id != user_id:
                    raise CredentialRefused
                await self._use(passkey, claim, credential, verified=False)
            except CredentialRefused as error:
                raise WrongAnswer from error

    async def reset(self, user_id: UserId) -> bool:
        were_there = await self.passkeys.remove_all(user_id)
        if were_there:
            await self.world.publish(FactorForgotten(user_id=user_id))
        return were_there

    async def forget_since(self, user_id: UserId, moment: datetime) -> None:
        """Those that were set up from then on."""
        if await self.passkeys.remove_since(user_id, moment):
            await self.world.publish(FactorForgotten(user_id=user_id))

    async def listed(self, user_id: UserId) -> Sequence[Passkey]:
        return await self.passkeys.of_user(user_id)

    async def begin_registration(self, user: User) -> Asked:
        """Raises `TooManyPasskeys`."""
        known = await self._with_room_for_one(user.id)
        handle = await self.passkeys.handle_or(user.id, secrets.token_bytes(_HANDLE_BYTES))
        challenge, expires_at = await self._challenge(Ceremony.REGISTER, user.id)
        return Asked(self.site.to_register(challenge, handle, user, known), expires_at)

    async def finish_registration(
        self, caller: SignedInUser, credential: Json, name: str
    ) -> tuple[Passkey, Sequence[str]]:
        """The new passkey, and new backup codes, if it is the first factor.

        Raises `PasskeyRefused`, `PasskeyTaken`, `TooManyPasskeys`.
        """
        user_id = caller.user.id
        await self.changes.begin(caller)
        await self._with_room_for_one(user_id)
        passkey = await self._registered(user_id, credential, name)
        await self.passkeys.add(passkey)
        await self.changes.tell(caller, FactorAdded(user_id=user_id, factor=self.name))
        return passkey, await self.backup_codes.begin(user_id)

    async def ask(self, user_id: UserId) -> Asked:
        """For a proof by somebody who is known already: any of their passkeys."""
        mine = await self.passkeys.of_user(user_id)
        challenge, expires_at = await self._challenge(Ceremony.PROVE, user_id)
        return Asked(self.site.to_prove(challenge, mine, verified=False), expires_at)

    async def ask_anybody(self) -> Asked:
        """For a login: the browser offers what it has. Nobody learns here who has an account."""
        challenge, expires_at = await self._challenge(Ceremony.SIGN_IN, None)
        return Asked(self.site.to_prove(challenge, (), verified=True), expires_at)

    async def sign_in(self, credential: Json, device: Device) -> SignedIn:
        """Raises `PasskeyNotAccepted`, whatever the reason."""
        try:
            claim = ceremonies.claim_of(credential)
            await self._use_challenge(claim.challenge, Ceremony.SIGN_IN, None)
            passkey = await self._passkey_of(claim)
            if claim.user_handle is None:
                raise CredentialRefused  # the passkey must say whose it is (WebAuthn L3, 7.2, 6)
            await self._use(passkey, claim, credential, verified=True)
            return await self.auth.sign_in.with_both_factors(passkey.user_id, self.method, device)
        except (CredentialRefused, InvalidCredentials) as error:
            raise PasskeyNotAccepted from error

    async def rename(self, user_id: UserId, passkey_id: UUID, name: str) -> None:
        """Raises `PasskeyNotFound`."""
        if not await self.passkeys.rename(user_id, passkey_id, name):
            raise PasskeyNotFound

    async def remove(self, caller: SignedInUser, passkey_id: UUID) -> None:
        """Raises `PasskeyNotFound`, `LastFactor`, `LastWayIn`."""
        user = caller.user
        await self.changes.begin(caller)
        mine = await self.passkeys.of_user(user.id)
        if passkey_id not in [passkey.id for passkey in mine]:
            raise PasskeyNotFound
        others = len(mine) > 1 or await self.secrets.is_enrolled(user.id)
        await self.changes.refuse_to_lose_the_last(caller, others=others)
        if len(mine) == 1 and user.password_hash is None:
            raise LastWayIn
        if not await self.passkeys.remove(user.id, passkey_id):
            raise PasskeyNotFound  # another request was faster
        if not others:
            await self.backup_codes.reset(user.id)
        await self.changes.tell(caller, FactorRemoved(user_id=user.id, factor=self.name))

    async def _with_room_for_one(self, user_id: UserId) -> Sequence[Passkey]:
        mine = await self.passkeys.of_user(user_id)
        if len(mine) >= self.most:
            raise TooManyPasskeys
        return mine

    async def _registered(self, user_id: UserId, credential: Json, name: str) -> Passkey:
        try:
            challenge = ceremonies.challenge_of(credential)
            await self._use_challenge(challenge, Ceremony.REGISTER, user_id)
            new = self.site.registered(credential, challenge)
        except CredentialRefused as error:
            raise PasskeyRefused from error
        return Passkey(
            id=uuid7(),
            user_id=user_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            backup_eligible=new.backup_eligible,
            backed_up=new.backed_up,
            transports=new.transports,
            name=name,
            created_at=self.world.now(),
        )

    async def _passkey_of(self, claim: Claim) -> Passkey:
        passkey = await self.passkeys.by_credential(claim.credential_id)
        if passkey is None:
            raise CredentialRefused
        return passkey

    async def _use(
        self, passkey: Passkey, claim: Claim, credential: Json, *, verified: bool
    ) -> None:
        handle = await self.passkeys.handle_of(passkey.user_id)
        if claim.user_handle is not None and claim.user_handle != handle:
            raise CredentialRefused
        proof = self.site.proved(credential, claim.challenge, passkey, verified=verified)
        if passkey.is_cloned(proof.sign_count):
            await self.world.publish(PasskeyCloned(user_id=passkey.user_id))
            raise CredentialRefused
        used = await self.passkeys.use(
            passkey,
            sign_count=proof.sign_count,
            backed_up=proof.backed_up,
            now=self.world.now(),
        )
        if not used:
            raise CredentialRefused

    async def _challenge(
        self, ceremony: Ceremony, user_id: UserId | None
    ) -> tuple[bytes, datetime]:
        challenge, now = secrets.token_bytes(_CHALLENGE_BYTES), self.world.now()
        expires_at = now + self.site.timeout
        await self.passkeys.put_challenge(
            sha256(challenge).digest(), ceremony, user_id, now=now, expires_at=expires_at
        )
        return challenge, expires_at

    async def _use_challenge(
        self, challenge: bytes, ceremony: Ceremony, user_id: UserId | None
    ) -> None:
        used = await self.passkeys.use_challenge(
            sha256(challenge).digest(), ceremony, user_id, self.world.now()
        )
        if not used:
            raise CredentialRefused
