"""Two_factor over HTTP. Each endpoint is one call of a use case; `service/` says what it means."""

import json
from uuid import UUID

from fastapi import Response, status

from app.core.routing import BlockRouter
from app.modules.auth import (
    TRUSTED_DEVICE,
    CurrentSession,
    EnrollingSession,
    FreshEnrollingSession,
    FreshSession,
    LoginAnswer,
    OwnerOnly,
    SignedIn,
    login_answer,
)
from app.modules.two_factor import schemas, totp
from app.modules.two_factor.composition import CurrentTwoFactor, TwoFactor
from app.modules.two_factor.models import BACKUP_CODE, TOTP, WEBAUTHN
from app.modules.two_factor.service import Asked

router = BlockRouter(prefix="/two-factor", tags=["two-factor"])


@router.get("/status")
async def get_status(
    caller: EnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.StatusResponse:
    grants = await two_factor.auth.account.grants(caller.user.id)
    enrolled = [factor.name for factor in await two_factor.auth.factors.enrolled(caller.user.id)]
    return schemas.StatusResponse(
        enabled=bool(enrolled),
        required=two_factor.policy.concerns(caller.user, grants),
        methods=enrolled,
        preferred_method=enrolled[0] if enrolled else None,
        backup_codes_remaining=await two_factor.backup_codes.left(caller.user.id),
    )


@router.get("/methods")
async def list_methods(
    caller: EnrollingSession, two_factor: CurrentTwoFactor
) -> list[schemas.MethodResponse]:
    """What there is, and what of it you have set up."""
    return [
        schemas.MethodResponse(
            method=factor.name, enrolled=await factor.is_enrolled(caller.user.id)
        )
        for factor in two_factor.auth.factors.provided
    ]


@router.get("/totp/status")
async def get_totp_status(
    caller: EnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.TotpStatusResponse:
    found = await two_factor.totp.enrolled(caller.user.id)
    if found is None:
        return schemas.TotpStatusResponse(enabled=False)
    return schemas.TotpStatusResponse(
        enabled=True, enabled_at=found.created_at, last_used_at=found.last_used_at
    )


@router.post("/totp/initiate")
async def initiate_totp(
    caller: FreshEnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.TotpSetupResponse:
    """A secret for an authenticator app. Nothing changes until a code of it is shown."""
    setup = await two_factor.totp.begin(caller)
    return schemas.TotpSetupResponse(
        qr_code_uri=setup.uri,
        qr_code_svg=totp.picture(setup.uri),
        secret=setup.secret,
        setup_token=setup.token,
        expires_at=setup.expires_at,
    )


@router.post("/totp/verify")
async def verify_totp(
    body: schemas.TotpVerifyRequest, caller: FreshEnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.BackupCodesResponse:
    codes = await two_factor.totp.finish(caller, body.setup_token, body.code)
    return schemas.BackupCodesResponse(backup_codes=list(codes))


@router.post("/totp/disable", status_code=status.HTTP_204_NO_CONTENT)
async def disable_totp(caller: FreshSession, two_factor: CurrentTwoFactor) -> None:
    await two_factor.totp.remove(caller)


@router.post("/totp/regenerate-backup-codes")
async def regenerate_backup_codes(
    caller: FreshSession, two_factor: CurrentTwoFactor
) -> schemas.BackupCodesResponse:
    codes = await two_factor.backup_codes.regenerate(caller)
    return schemas.BackupCodesResponse(backup_codes=list(codes))


@router.post("/totp/verify-login")
async def verify_login(
    body: schemas.VerifyLoginRequest, two_factor: CurrentTwoFactor, response: Response
) -> LoginAnswer:
    """The second step, by a code of either kind: their forms tell them apart."""
    factor = TOTP if totp.looks_like_a_code(body.code) else BACKUP_CODE
    auth = two_factor.auth
    done = await auth.sign_in.take_second_step(
        body.two_factor_token, body.code, auth.device, factor
    )
    await _trust(two_factor, done, response, wanted=body.trust_device)
    return login_answer(done, auth, response)


@router.post("/webauthn/register/initiate")
async def initiate_passkey_registration(
    caller: FreshEnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.CeremonyResponse:
    return _ceremony(await two_factor.passkeys.begin_registration(caller.user))


@router.post("/webauthn/register/complete")
async def complete_passkey_registration(
    body: schemas.RegistrationRequest,
    caller: FreshEnrollingSession,
    two_factor: CurrentTwoFactor,
) -> schemas.NewPasskeyResponse:
    passkey, codes = await two_factor.passkeys.finish_registration(
        caller, body.credential, body.name
    )
    return schemas.NewPasskeyResponse(
        passkey=schemas.PasskeyResponse.model_validate(passkey), backup_codes=list(codes)
    )


@router.post("/webauthn/authenticate/initiate")
async def initiate_passkey_authentication(
    body: schemas.AuthenticationBegin, two_factor: CurrentTwoFactor
) -> schemas.CeremonyResponse:
    """With a `twoFactorToken` for the second step of a login, without one for the whole of it."""
    if body.two_factor_token is None:
        return _ceremony(await two_factor.passkeys.ask_anybody())
    user = await two_factor.auth.sign_in.waiting_for_second_step(body.two_factor_token)
    return _ceremony(await two_factor.passkeys.ask(user.id))


@router.post("/webauthn/authenticate/complete")
async def complete_passkey_authentication(
    body: schemas.AuthenticationRequest, two_factor: CurrentTwoFactor, response: Response
) -> LoginAnswer:
    auth = two_factor.auth
    if body.two_factor_token is None:
        done = await two_factor.passkeys.sign_in(body.credential, auth.device)
    else:
        answer = json.dumps(body.credential)
        done = await auth.sign_in.take_second_step(
            body.two_factor_token, answer, auth.device, WEBAUTHN
        )
    await _trust(two_factor, done, response, wanted=body.trust_device)
    return login_answer(done, auth, response)


@router.post("/webauthn/reauthenticate/initiate")
async def initiate_passkey_reauthentication(
    caller: EnrollingSession, two_factor: CurrentTwoFactor
) -> schemas.CeremonyResponse:
    """The answer goes to `POST /auth/reauthenticate`, as `credential`."""
    return _ceremony(await two_factor.passkeys.ask(caller.user.id))


@router.get("/webauthn/passkeys")
async def list_passkeys(
    caller: CurrentSession, two_factor: CurrentTwoFactor
) -> list[schemas.PasskeyResponse]:
    mine = await two_factor.passkeys.listed(caller.user.id)
    return [schemas.PasskeyResponse.model_validate(passkey) for passkey in mine]


@router.patch(
    "/webauthn/passkeys/{passkey_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[OwnerOnly],
)
async def rename_passkey(
    passkey_id: UUID,
    body: schemas.RenameRequest,
    caller: CurrentSession,
    two_factor: CurrentTwoFactor,
) -> None:
    await two_factor.passkeys.rename(caller.user.id, passkey_id, body.name)


@router.delete("/webauthn/passkeys/{passkey_id}", status_code=status.HTTP_204_NO_CONTENT)
async def delete_passkey(
    passkey_id: UUID, caller: FreshSession, two_factor: CurrentTwoFactor
) -> None:
    await two_factor.passkeys.remove(caller, passkey_id)


@router.get("/trusted-devices")
async def list_trusted_devices(
    caller: CurrentSession, two_factor: CurrentTwoFactor
) -> list[schemas.TrustedDeviceResponse]:
    """Where your logins need no second factor. Never what a device shows to prove it."""
    mine = await two_factor.trusted_devices.listed(caller.user.id)
    return [schemas.TrustedDeviceResponse.model_validate(device) for device in mine]


@router.delete("/trusted-devices", status_code=status.HTTP_204_NO_CONTENT, dependencies=[OwnerOnly])
async def forget_trusted_devices(caller: CurrentSession, two_factor: CurrentTwoFactor) -> None:
    await two_factor.trusted_devices.forget_all(caller.user.id)


@router.delete(
    "/trusted-devices/{device_id}",
    status_code=status.HTTP_204_NO_CONTENT,
    dependencies=[OwnerOnly],
)
async def forget_trusted_device(
    device_id: UUID, caller: CurrentSession, two_factor: CurrentTwoFactor
) -> None:
    await two_factor.trusted_devices.forget(caller.user.id, device_id)


def _ceremony(asked: Asked) -> schemas.CeremonyResponse:
    return schemas.CeremonyResponse(public_key=dict(asked.options), expires_at=asked.expires_at)


async def _trust(
    two_factor: TwoFactor, done: SignedIn, response: Response, *, wanted: bool
) -> None:
    """The device that has just proved the second factor, if its user says so."""
    devices = two_factor.trusted_devices
    if wanted and devices.lifetime:
        token = await devices.trust(done.user.id, two_factor.auth.device)
        cookies = two_factor.auth.browsers.cookies
        cookies.set(response, TRUSTED_DEVICE, token, lifetime=devices.lifetime)
