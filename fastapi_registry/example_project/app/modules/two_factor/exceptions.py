"""What can go wrong in two_factor.

BlockError
├── InvalidSetup                         400 invalid_or_expired_token
├── WrongCode                            400 wrong_code
├── PasskeyRefused                       400 passkey_refused
├── Conflict
│   ├── NothingSetUp                     409 two_factor_not_set_up
│   ├── LastFactor                       409 last_factor
│   ├── LastWayIn                        409 last_sign_in_method
│   ├── TooManyPasskeys                  409 too_many_passkeys
│   └── PasskeyTaken                     409 passkey_taken
├── Forbidden ── TwoFactorMissing        403 two_factor_required
├── NotFound
│   ├── PasskeyNotFound                  404 not_found
│   └── TrustedDeviceNotFound            404 not_found
├── TooManyRequests ── TooManyAttempts   429 too_many_attempts
├── InvalidCredentials ── PasskeyNotAccepted  401 invalid_credentials
└── SecretUnreadable                     500 secret_unreadable
"""

from collections.abc import Mapping

from app.core.errors import BlockError, Conflict, Forbidden, NotFound, TooManyRequests
from app.modules.auth import InvalidCredentials


class InvalidSetup(BlockError):
    """Unknown, used, expired, replaced, or somebody else's: never says which."""

    status, code, title = 400, "invalid_or_expired_token", "Invalid or expired token"
    message = "This setup is over. Begin anew."


class WrongCode(BlockError):
    """While an authenticator is set up. Keeps its writes: the attempt counts."""

    status, code, title = 400, "wrong_code", "Wrong code"
    message = "This is not the code that is shown now."
    keeps_writes = True


class PasskeyRefused(BlockError):
    """Keeps its writes: the challenge is used up."""

    status, code, title = 400, "passkey_refused", "Passkey refused"
    message = "This passkey cannot be set up here."
    keeps_writes = True


class NothingSetUp(Conflict):
    code, title = "two_factor_not_set_up", "Two-factor is not set up"
    message = "Set up an authenticator app or a passkey first."


class LastFactor(Conflict):
    code, title = "last_factor", "Last factor"
    message = "A second factor is required of you: set up another one before you remove this one."


class LastWayIn(Conflict):
    code, title = "last_sign_in_method", "Last way to sign in"
    message = "You have no password: choose one before you remove your last passkey."


class TooManyPasskeys(Conflict):
    code, title = "too_many_passkeys", "Too many passkeys"
    message = "You have as many passkeys as there may be. Remove one first."


class PasskeyTaken(Conflict):
    code, title = "passkey_taken", "Passkey taken"
    message = "This passkey is set up already."


class TwoFactorMissing(Forbidden):
    code, title = "two_factor_required", "Two-factor required"
    message = "Set up a second factor to go on."

    @property
    def headers(self) -> Mapping[str, str]:
        return {}  # no other token would help


class PasskeyNotFound(NotFound):
    """Also for somebody else's: nobody learns which ids exist."""

    message = "You have no such passkey."


class TrustedDeviceNotFound(NotFound):
    message = "You have no such device."


class TooManyAttempts(TooManyRequests):
    code, title = "too_many_attempts", "Too many attempts"


class PasskeyNotAccepted(InvalidCredentials):
    """Unknown, unverified, of another site, or of who may not sign in: never says which."""

    message = "This passkey does not sign in here."


class SecretUnreadable(BlockError):
    """Its key was taken away, or somebody changed its row. It counts as nobody's attempt."""

    status, code, title = 500, "secret_unreadable", "Secret unreadable"
    message = "Your authenticator cannot be checked now. Use a backup code or a passkey."
