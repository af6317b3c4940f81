"""The two ceremonies of WebAuthn, as the site that asks for them (W3C WebAuthn Level 3, 7.1, 7.2).

Whoever asks is decided by settings alone. What the library leaves to its caller stands here: pages
in somebody's frame are refused, and the rules about copies and counters are in `Passkey`.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

import webauthn
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from webauthn.helpers import (
    base64url_to_bytes,
    options_to_json_dict,
    parse_authentication_credential_json,
    parse_client_data_json,
    parse_registration_credential_json,
)
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from app.modules.auth import User
from app.modules.two_factor.models import Passkey

Json: TypeAlias = Mapping[str, Any]
"""A credential as `PublicKeyCredential.toJSON()` writes it, or options as browsers parse them."""

_LONGEST_CREDENTIAL_ID = 1023  # bytes: WebAuthn L3, 7.1, step 25

# The library parses bytes that strangers send, and lets some surprises of Python through.
_UNREADABLE = (
    WebAuthnException,
    InvalidSignature,
    UnsupportedAlgorithm,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)


class CredentialRefused(Exception):
    """What the browser sent is not what was asked for."""


@dataclass(frozen=True, slots=True)
class Registered:
    """A new credential, as the authenticator described it."""

    credential_id: bytes
    public_key: bytes
    sign_count: int
    backup_eligible: bool
    backed_up: bool
    transports: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Proof:
    """The holder of a passkey signed what was asked."""

    sign_count: int
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Claim:
    """What an answer says of itself. Nothing of it is proved yet."""

    challenge: bytes
    credential_id: bytes
    user_handle: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelyingParty:
    """The site that passkeys are for."""

    id: str
    name: str
    origins: tuple[str, ...]
    timeout: timedelta

    def to_register(
        self, challenge: bytes, handle: bytes, user: User, known: Sequence[Passkey]
    ) -> Json:
        """Options for `navigator.credentials.create()`."""
        return options_to_json_dict(
            webauthn.generate_registration_options(
                rp_id=self.id,
                rp_name=self.name,
                user_id=handle,
                user_name=user.email,
                user_display_name=user.name,
                challenge=challenge,
                timeout=self._milliseconds,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.PREFERRED,
                    user_verification=UserVerificationRequirement.PREFERRED,
                ),
                exclude_credentials=_descriptors(known),
            )
        )

    def to_prove(self, challenge: bytes, allowed: Sequence[Passkey], *, verified: bool) -> Json:
        """Options for `navigator.credentials.get()`. With none allowed, the holder chooses."""
        wanted = UserVerificationRequirement
        return options_to_json_dict(
            webauthn.generate_authentication_options(
                rp_id=self.id,
                challenge=challenge,
                timeout=self._milliseconds,
                allow_credentials=_descriptors(allowed),
                user_verification=wanted.REQUIRED if verified else wanted.PREFERRED,
            )
        )

    def registered(self, credential: Json, challenge: bytes) -> Registered:
        """Raises `CredentialRefused`."""
        with _refusing():
            self._refuse_frames(credential)
            parsed = parse_registration_credential_json(dict(credential))
            verified = webauthn.verify_registration_response(
                credential=parsed,
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=list(self.origins),
            )
        if len(verified.credential_id) > _LONGEST_CREDENTIAL_ID:
            raise CredentialRefused
        return Registered(
            credential_id=verified.credential_id,
            public_key=verified.credential_public_key,
            sign_count=verified.sign_count,
            backup_eligible=_is_on_several_devices(verified.credential_device_type),
            backed_up=verified.credential_backed_up,
            # The browser may name one many times over; the library keeps those that it knows.
            transports=tuple(
                dict.fromkeys(each.value for each in parsed.response.transports or ())
            ),
        )

    def proved(
        self, credential: Json, challenge: bytes, passkey: Passkey, *, verified: bool
    ) -> Proof:
        """`verified`: whether the device must have checked who holds it.

        Raises `CredentialRefused`.
        """
        with _refusing():
            self._refuse_frames(credential)
            proof = webauthn.verify_authentication_response(
                credential=dict(credential),
                expected_challenge=challenge,
                expected_rp_id=self.id,
                expected_origin=list(self.origins),
                credential_public_key=passkey.public_key,
                credential_current_sign_count=0,  # `Passkey.is_cloned` has the whole rule
                require_user_verification=verified,
            )
        if _is_on_several_devices(proof.credential_device_type) != passkey.backup_eligible:
            raise CredentialRefused  # it never changes (WebAuthn L3, 7.2, step 17)
        return Proof(proof.new_sign_count, proof.credential_backed_up)

    def _refuse_frames(self, credential: Json) -> None:
        if _client_data(credential).cross_origin:
            raise CredentialRefused

    @property
    def _milliseconds(self) -> int:
        return self.timeout // timedelta(milliseconds=1)


def claim_of(credential: Json) -> Claim:
    """Raises `CredentialRefused`."""
    with _refusing():
        parsed = parse_authentication_credential_json(dict(credential))
        return Claim(_client_data(credential).challenge, parsed.raw_id, parsed.response.user_handle)


def challenge_of(credential: Json) -> bytes:
    """The challenge that a registration says it answers. Raises `CredentialRefused`."""
    with _refusing():
        return _client_data(credential).challenge


def read(text: str) -> Json:
    """Raises `CredentialRefused` for what is not a JSON object."""
    with _refusing():
        credential = json.loads(text)
        return dict(**credential)


@contextmanager
def _refusing() -> Iterator[None]:
    try:
        yield
    except _UNREADABLE as error:
        raise CredentialRefused from error


def _client_data(credential: Json) -> webauthn.helpers.structs.CollectedClientData:
    return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"]))


def _is_on_several_devices(kind: CredentialDeviceType) -> bool:
    return kind is CredentialDeviceType.MULTI_DEVICE


def _descriptors(passkeys: Sequence[Passkey]) -> list[PublicKeyCredentialDescriptor]:
    return [
        PublicKeyCredentialDescriptor(
            id=passkey.credential_id,
            transports=[AuthenticatorTransport(each) for each in passkey.transports],
        )
        for passkey in passkeys
    ]
