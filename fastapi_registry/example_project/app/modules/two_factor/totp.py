"""Codes that change with the time (TOTP, RFC 6238), and how an app learns to make them."""

import hashlib
import secrets
from base64 import b32encode
from collections.abc import Iterator
from datetime import datetime
from typing import Final

import pyotp
import segno

from app.core.crypto import same
from app.modules.two_factor.models import Algorithm, TotpParameters

_DIGESTS: Final = {"SHA1": hashlib.sha1, "SHA256": hashlib.sha256, "SHA512": hashlib.sha512}


def new_secret(algorithm: Algorithm) -> bytes:
    """As long as the hash, which RFC 4226, section 4, wants: 160 bits at least."""
    return secrets.token_bytes(_DIGESTS[algorithm]().digest_size)


def step_at(moment: datetime, parameters: TotpParameters) -> int:
    """The number of the period that `moment` is in."""
    return int(moment.timestamp()) // parameters.period


def code(secret: bytes, step: int, parameters: TotpParameters) -> str:
    return _generator(secret, parameters).generate_otp(step)


def matching_step(
    secret: bytes, typed: str, now: datetime, parameters: TotpParameters, *, window: int
) -> int | None:
    """The step whose code this is, of those around `now`; `window` are taken on either side."""
    newest = step_at(now, parameters) + window
    steps = range(newest, newest - 2 * window - 1, -1)
    # All are compared, so that the time does not tell which one was near.
    fits = [step for step in steps if same(code(secret, step, parameters), _digits(typed))]
    return fits[0] if fits else None


def looks_like_a_code(typed: str) -> bool:
    return 6 <= len(_digits(typed)) <= 8 and _digits(typed).isascii() and _digits(typed).isdigit()


def shown(secret: bytes) -> str:
    """For whoever cannot scan the picture: base32, as apps want it typed."""
    return b32encode(secret).decode().rstrip("=")


def uri(secret: bytes, parameters: TotpParameters, *, account: str, issuer: str) -> str:
    """`otpauth://totp/…`, which authenticator apps read from a QR code."""
    return _generator(secret, parameters).provisioning_uri(name=account, issuer_name=issuer)


def picture(text: str) -> str:
    """A QR code, as an SVG to be put into a page."""
    return segno.make_qr(text, error="m").svg_inline(scale=4)


def _generator(secret: bytes, parameters: TotpParameters) -> pyotp.TOTP:
    return pyotp.TOTP(
        b32encode(secret).decode(),
        digits=parameters.digits,
        digest=_DIGESTS[parameters.algorithm],
        interval=parameters.period,
    )


def _digits(typed: str) -> str:
    """Apps show "123 456", and people type what they see."""
    return "".join(_without_separators(typed))


def _without_separators(typed: str) -> Iterator[str]:
    return (character for character in typed if not (character.isspace() or character == "-"))
