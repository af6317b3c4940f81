"""Auth over HTTP. Each endpoint is one call of a use case; what they mean stands in `service/`."""

import json
from typing import Annotated, Literal
from uuid import UUID

from fastapi import Form, Query, Request, Response, status

from app.core.human_checks import public_human_checks
from app.core.pagination import Paging
from app.core.routing import BlockRouter
from app.core.schemas import Message, Page
from app.core.work import Work
from app.modules.auth import schemas
from app.modules.auth.answers import LoginAnswer, TokensAnswer, login_answer, tokens_answer
from app.modules.auth.composition import Auth, signing_keys
from app.modules.auth.cookies import REFRESH
from app.modules.auth.dependencies import (
    CurrentAuth,
    CurrentSession,
    CurrentUser,
    EnrollingSession,
    FreshSession,
    MaybeSession,
    OwnerOnly,
)
from app.modules.auth.exceptions import InvalidCredentials, TokenRequestRefused
from app.modules.auth.interfaces import HumanAction
from app.modules.auth.models import Session, SignedInUser
from app.modules.auth.password_rules import MOST_CHARACTERS
from app.modules.auth.security_log import SecurityLog
from app.modules.auth.service import Registered
from app.modules.auth.token_grants import PasswordGrant, RefreshGrant, grant

well_known = BlockRouter(prefix="/.well-known", tags=["auth"])
router = BlockRouter(prefix="/auth", tags=["auth"])


# First, since it is asked most: routes are tried in this order.
@router.get("/me")
async def get_me(caller: EnrollingSession, work: Work) -> schemas.MeResponse:
    return await _me(caller, Auth(work))


@router.patch("/me")
async def update_me(
    body: schemas.UpdateMeRequest, caller: CurrentSession, auth: CurrentAuth
) -> schemas.MeResponse:
    renamed = await auth.account.rename(caller.user, body.name)
    return await _me(SignedInUser(renamed, caller.session), auth)


@router.post(
    "/register",
    status_code=status.HTTP_202_ACCEPTED,
    responses={201: {"model": schemas.UserResponse}},
)
async def register(
    body: schemas.RegisterRequest, auth: CurrentAuth, response: Response
) -> schemas.UserResponse | Message:
    """202, whether or not the address is new; 201 or 409 where no verification is required."""
    visitor = auth.visitor(body.captcha_token)
    match await auth.registration.register(body.email, body.password, body.name, visitor):
        case Registered(user):
            response.status_code = status.HTTP_201_CREATED
            return schemas.UserResponse.model_validate(user)
        case _:
            return Message(message="Check your mail to go on.")


@router.post("/login")
async def login(body: schemas.LoginRequest, auth: CurrentAuth, response: Response) -> LoginAnswer:
    visitor = auth.visitor(body.captcha_token)
    outcome = await auth.sign_in.with_password(body.email, body.password, auth.device, visitor)
    return login_answer(outcome, auth, response)


@router.post("/token")
async def token(
    form: Annotated[schemas.TokenForm, Form()], auth: CurrentAuth
) -> schemas.TokenResponse:
    """The password and refresh_token grants of RFC 6749."""
    if auth.settings.auth_mode == "cookie":
        raise TokenRequestRefused("unsupported_grant_type", "Here sessions are kept in cookies.")
    asked: PasswordGrant | RefreshGrant
    match form.grant_type:
        case "password" if form.username and form.password:
            visitor = auth.visitor(form.captcha_token)
            asked = PasswordGrant(form.username, form.password, form.otp, visitor)
        case "refresh_token" if form.refresh_token:
            asked = RefreshGrant(form.refresh_token)
        case "password" | "refresh_token" | "":
            raise TokenRequestRefused("invalid_request", "A field is missing.")
        case _:
            raise TokenRequestRefused("unsupported_grant_type", "This grant is not known here.")
    tokens = await grant(asked, auth.sign_in, auth.sessions, auth.device)
    return schemas.TokenResponse(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in=int(tokens.expires_in.total_seconds()),
    )


@router.post("/refresh")
async def refresh(
    auth: CurrentAuth,
    request: Request,
    response: Response,
    body: schemas.RefreshRequest | None = None,
) -> TokensAnswer:
    """The old refresh token is spent. Using it again later ends the session."""
    tokens = await auth.sessions.refresh(_refresh_token(body, auth, request) or "")
    return tokens_answer(tokens, auth, response)


@router.post("/logout", status_code=status.HTTP_204_NO_CONTENT)
async def logout(
    auth: CurrentAuth,
    caller: MaybeSession,
    request: Request,
    response: Response,
    body: schemas.LogoutRequest | None = None,
) -> None:
    """By refresh token, also when the access token has expired; or else by access token."""
    refresh_token = _refresh_token(body, auth, request)
    everywhere = body is not None and body.all_sessions
    if auth.by_cookie:
        auth.browsers.forget(response)
    if refresh_token is not None:
        await auth.sessions.log_out(refresh_token, all_sessions=everywhere)
    elif caller is not None:
        await auth.sessions.leave(caller.session, everywhere=everywhere)


@router.post("/forgot-password", status_code=status.HTTP_202_ACCEPTED)
async def forgot_password(body: schemas.EmailRequest, auth: CurrentAuth) -> Message:
    await auth.passwords.forgot(body.email, auth.visitor(body.captcha_token))
    return Message(message="If there is an account, a mail is on its way.")


@router.post("/reset-password")
async def reset_password(body: schemas.ResetPasswordRequest, auth: CurrentAuth) -> Message:
    await auth.passwords.reset(body.token, body.new_password)
    return Message(message="The password is changed. Sign in with it.")


@router.post("/change-password", dependencies=[OwnerOnly])
async def change_password(
    body: schemas.ChangePasswordRequest,
    caller: CurrentSession,
    auth: CurrentAuth,
    response: Response,
) -> TokensAnswer:
    tokens = await auth.passwords.change(
        caller,
        body.current_password,
        body.new_password,
        end_others=body.revoke_other_sessions,
    )
    return tokens_answer(tokens, auth, response)


@router.post("/verify-email/request", status_code=status.HTTP_202_ACCEPTED)
async def request_email_verification(body: schemas.EmailRequest, auth: CurrentAuth) -> Message:
    visitor = auth.visitor(body.captcha_token)
    await auth.registration.request_verification(body.email, visitor)
    return Message(message="If there is something to verify, a mail is on its way.")


@router.post("/verify-email")
async def verify_email(body: schemas.TokenRequest, auth: CurrentAuth) -> schemas.EmailVerified:
    await auth.registration.verify_email(body.token)
    return schemas.EmailVerified()


@router.post("/change-email", status_code=status.HTTP_202_ACCEPTED)
async def change_email(
    body: schemas.ChangeEmailRequest, caller: FreshSession, auth: CurrentAuth
) -> Message:
    await auth.email_change.request(caller.user, body.new_email)
    return Message(message="Follow the link that we have sent.")


@router.post("/change-email/approve")
async def approve_email_change(body: schemas.TokenRequest, auth: CurrentAuth) -> Message:
    await auth.email_change.approve(body.token)
    return Message(message="Follow the link that we have sent to the new address.")


@router.post("/change-email/confirm")
async def confirm_email_change(body: schemas.TokenRequest, auth: CurrentAuth) -> Message:
    await auth.email_change.confirm(body.token)
    return Message(message="The address is changed. Sign in with it.")


@router.post("/change-email/undo")
async def undo_email_change(body: schemas.TokenRequest, auth: CurrentAuth) -> Message:
    await auth.email_change.undo(body.token)
    return Message(message="The old address is back. Choose a new password to sign in.")


@router.post("/magic-link", status_code=status.HTTP_202_ACCEPTED)
async def request_magic_link(body: schemas.EmailRequest, auth: CurrentAuth) -> Message:
    await auth.sign_in.request_magic_link(body.email, auth.visitor(body.captcha_token))
    return Message(message="If there is an account, a mail is on its way.")


@router.post("/magic-link/verify")
async def sign_in_with_magic_link(
    body: schemas.TokenRequest, auth: CurrentAuth, response: Response
) -> LoginAnswer:
    outcome = await auth.sign_in.with_magic_link(body.token, auth.device)
    return login_answer(outcome, auth, response)


@router.post("/reauthenticate", dependencies=[OwnerOnly])
async def reauthenticate(
    body: schemas.ReauthenticateRequest,
    caller: EnrollingSession,
    auth: CurrentAuth,
    response: Response,
) -> TokensAnswer:
    """Fresh tokens for what asks for a recent proof."""
    match body:
        case schemas.ReauthenticateRequest(totp_code=str(code)):
            tokens = await auth.reauthentication.with_factor(caller, "totp", code)
        case schemas.ReauthenticateRequest(backup_code=str(code)):
            tokens = await auth.reauthentication.with_factor(caller, "backup_code", code)
        case schemas.ReauthenticateRequest(credential=dict(credential)):
            answer = json.dumps(credential)
            tokens = await auth.reauthentication.with_factor(caller, "webauthn", answer)
        case schemas.ReauthenticateRequest(password=str(password)):
            tokens = await auth.reauthentication.with_password(caller, password)
        case _:
            raise InvalidCredentials
    return tokens_answer(tokens, auth, response)


@router.get("/sessions")
async def list_sessions(caller: CurrentSession, auth: CurrentAuth) -> list[schemas.SessionResponse]:
    """Where you are signed in. Never a token: none is stored."""
    listed = await auth.sessions.listed(caller.user.id)
    return [_session(session, caller) for session in listed]


@router.delete("/sessions", status_code=status.HTTP_204_NO_CONTENT, dependencies=[OwnerOnly])
async def revoke_sessions(
    caller: CurrentSession,
    auth: CurrentAuth,
    scope: Annotated[Literal["others", "all"], Query()] = "others",
) -> None:
    keep = caller.session.id if scope == "others" else None
    await auth.sessions.end_all(caller.user.id, keep=keep)


@router.delete(
    "/sessions/{session_id}", status_code=status.HTTP_204_NO_CONTENT, dependencies=[OwnerOnly]
)
async def revoke_session(session_id: UUID, caller: CurrentSession, auth: CurrentAuth) -> None:
    await auth.sessions.end(caller.user.id, session_id)


@router.get("/events")
async def list_events(
    caller: CurrentUser, auth: CurrentAuth, paging: Paging
) -> Page[schemas.SecurityEventResponse]:
    """What happened to your account, the newest first."""
    skip, limit = paging.skip, paging.limit
    events, total = await SecurityLog(auth.work).page(caller.id, skip=skip, limit=limit)
    items = [schemas.SecurityEventResponse.model_validate(event) for event in events]
    return Page(items=items, total=total, skip=skip, limit=limit)


@router.delete("/account", status_code=status.HTTP_202_ACCEPTED)
async def delete_account(
    body: schemas.DeleteAccountRequest, caller: FreshSession, auth: CurrentAuth
) -> schemas.DeletionScheduled:
    """`confirmation` is the word DELETE."""
    due = await auth.deletion.schedule(caller.user, body.password, body.confirmation)
    return schemas.DeletionScheduled(scheduled_for=due)


@router.post("/account/restore")
async def restore_account(body: schemas.TokenRequest, auth: CurrentAuth) -> Message:
    await auth.deletion.restore(body.token)
    return Message(message="Your account is back. Sign in.")


@router.get("/config")
async def get_config(auth: CurrentAuth) -> schemas.ConfigResponse:
    return schemas.ConfigResponse(
        registration_enabled=auth.settings.registration_enabled,
        email_verification_required=auth.settings.email_verification_required,
        password_min_length=auth.settings.password_min_length,
        password_max_length=MOST_CHARACTERS,
        auth_mode=auth.settings.auth_mode,
        human_checks=public_human_checks(auth.work, HumanAction),
    )


@router.get("/csrf")
async def get_csrf_token(auth: CurrentAuth, request: Request) -> schemas.CsrfResponse:
    """For a page that was loaded anew. Other sites can ask, but not read the answer."""
    session_id = auth.browsers.session_of(request) if auth.settings.auth_mode != "bearer" else None
    token = auth.browsers.csrf_tokens.issue(session_id) if session_id else None
    return schemas.CsrfResponse(csrf_token=token)


@well_known.get("/jwks.json")
async def get_key_set(auth: CurrentAuth, response: Response) -> schemas.KeySet:
    """The public keys that access tokens can be checked with (RFC 7517). Empty with HS256."""
    response.headers["Cache-Control"] = "public, max-age=300"
    return schemas.KeySet(keys=[key.jwk for key in auth.work.once(signing_keys) if key.jwk])


def _refresh_token(
    body: schemas.RefreshRequest | schemas.LogoutRequest | None, auth: Auth, request: Request
) -> str | None:
    """Raises `ForeignRequest` if only a cookie has it, and another site may have sent that."""
    if not auth.by_cookie:
        return body.refresh_token if body else None
    auth.browsers.refuse_forgery(request)
    return auth.browsers.cookies.read(request, REFRESH) or None


async def _me(caller: SignedInUser, auth: Auth) -> schemas.MeResponse:
    user = caller.user
    grants = await auth.account.grants(user.id)
    enrolled = await auth.factors.enrolled(user.id)
    return schemas.MeResponse(
        id=user.id,
        email=user.email,
        name=user.name,
        is_active=user.is_active,
        is_admin=user.is_admin,
        email_verified=user.email_verified,
        created_at=user.created_at,
        last_login_at=user.last_login_at,
        roles=sorted(grants.roles),
        permissions=sorted(grants.permissions),
        two_factor_enabled=bool(enrolled),
        impersonator_id=caller.session.impersonator_id,
    )


def _session(session: Session, caller: SignedInUser) -> schemas.SessionResponse:
    return schemas.SessionResponse(
        id=session.id,
        created_at=session.created_at,
        last_seen_at=session.refreshed_at,
        expires_at=session.expires_at,
        ip=session.ip,
        user_agent=session.user_agent,
        methods=list(session.methods),
        current=session.id == caller.session.id,
        impersonator_id=session.impersonator_id,
    )
