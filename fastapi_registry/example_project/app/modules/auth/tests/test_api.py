"""Every operation of auth, from outside: R1 to R5, R58, R59."""

from typing import Any

import httpx2
import pytest

from app.modules.auth.tests.conftest import ONE_STORAGE, Person

PUBLIC = {
    "auth_register",
    "auth_login",
    "auth_token",
    "auth_refresh",
    "auth_logout",
    "auth_forgot_password",
    "auth_reset_password",
    "auth_request_email_verification",
    "auth_verify_email",
    "auth_approve_email_change",
    "auth_confirm_email_change",
    "auth_undo_email_change",
    "auth_request_magic_link",
    "auth_sign_in_with_magic_link",
    "auth_restore_account",
    "auth_get_config",
    "auth_get_csrf_token",
}
SENTINEL = "Sentinel-7f3a9c"
SECRET_FIELDS = (
    "password",
    "currentPassword",
    "newPassword",
    "token",
    "refreshToken",
    "totpCode",
    "backupCode",
)


async def operations(client: httpx2.AsyncClient) -> list[tuple[str, str, dict[str, Any]]]:
    paths = (await client.get("/openapi.json")).json()["paths"]
    return [
        (method.upper(), path.replace("{session_id}", "018f0000-0000-7000-8000-000000000000"), each)
        for path, methods in paths.items()
        for method, each in methods.items()
        if path.startswith("/api/v1/auth/")
    ]


@ONE_STORAGE
async def test_operations_have_stable_ids_and_a_tag(client: httpx2.AsyncClient) -> None:
    described = [each for _, _, each in await operations(client)]

    ids = [each["operationId"] for each in described]
    assert len(ids) == len(set(ids)) == 27
    assert set(ids) >= PUBLIC
    assert all(each["tags"] == ["auth"] for each in described)


async def test_r3_what_is_not_public_wants_credentials(client: httpx2.AsyncClient) -> None:
    for method, path, operation in await operations(client):
        if operation["operationId"] not in PUBLIC:
            response = await client.request(method, path, json={})

            assert response.status_code == 401, path
            assert response.json()["code"] == "not_authenticated"
            assert response.headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize(
    "body", [None, [], "text", 1, {}, {"email": []}, {"token": {"a": 1}}, {"refreshToken": 1}]
)
async def test_r3_malformed_input_is_never_our_mistake(
    client: httpx2.AsyncClient, body: object
) -> None:
    for method, path, _ in await operations(client):
        assert (await client.request(method, path, json=body)).status_code < 500, path


@pytest.mark.parametrize(
    "body",
    [b"{", b"\xff\xfe", b'{"email": "\\ud800", "password": "\\ud800", "name": "\\ud800"}'],
)
async def test_r3_broken_json_is_never_our_mistake(client: httpx2.AsyncClient, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    for method, path, _ in await operations(client):
        response = await client.request(method, path, content=body, headers=headers)

        assert response.status_code < 500, path


@ONE_STORAGE
async def test_r1_no_answer_repeats_a_secret(client: httpx2.AsyncClient) -> None:
    values = [SENTINEL, [SENTINEL], {"a": SENTINEL}, SENTINEL * 1000]
    bodies = [dict.fromkeys(SECRET_FIELDS, value) for value in values]
    for method, path, _ in await operations(client):
        for body in bodies:
            response = await client.request(method, path, json=body)

            assert SENTINEL not in response.text, path
            if response.status_code >= 400:
                assert response.headers["Content-Type"] == "application/problem+json"
                problem = {"type", "title", "status", "detail", "code", "requestId"}
                assert problem <= set(response.json())


async def test_r2_a_bad_token_is_told_apart_from_none(ada: Person) -> None:
    ada.tokens = {"accessToken": "nonsense"}

    response = await ada.get("me")

    assert (response.status_code, response.json()["code"]) == (401, "invalid_token")
    assert response.headers["WWW-Authenticate"] == 'Bearer error="invalid_token"'


async def test_r4_answers_about_people_are_not_kept_by_caches(ada: Person) -> None:
    for response in (await ada.get("me"), await ada.login(), await ada.get("sessions")):
        assert response.headers["Cache-Control"] == "no-store"


@ONE_STORAGE
async def test_r5_a_token_in_the_query_opens_nothing(ada: Person) -> None:
    token = ada.tokens["accessToken"]
    ada.tokens = {}

    for name in ("access_token", "token", "Authorization"):
        assert (await ada.get(f"me?{name}={token}")).status_code == 401


@ONE_STORAGE
@pytest.mark.parametrize("content_type", ["text/plain", "application/x-www-form-urlencoded", ""])
async def test_r58_what_any_page_could_post_is_refused(
    client: httpx2.AsyncClient, content_type: str
) -> None:
    response = await client.post(
        "/api/v1/auth/login",
        content=b'{"email": "ada@example.com", "password": "x"}',
        headers={"Content-Type": content_type},
    )

    assert response.status_code == 415


@ONE_STORAGE
async def test_two_authorization_headers_are_refused(ada: Person) -> None:
    token = ada.tokens["accessToken"]
    headers = [("Authorization", f"Bearer {token}"), ("Authorization", "Bearer x")]

    response = await ada.client.get("/api/v1/auth/me", headers=headers)

    assert response.json()["code"] == "invalid_token"


@ONE_STORAGE
async def test_both_spellings_of_a_body_are_accepted(ada: Person) -> None:
    response = await ada.post("refresh", refresh_token=ada.tokens["refreshToken"])

    assert response.status_code == 200


@ONE_STORAGE
async def test_a_front_end_learns_what_it_needs(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/api/v1/auth/config")).json() == {
        "registrationEnabled": True,
        "emailVerificationRequired": True,
        "passwordMinLength": 12,
        "passwordMaxLength": 256,
        "authMode": "bearer",
        "humanChecks": [],
    }


@ONE_STORAGE
async def test_r59_nobody_is_sent_elsewhere(ada: Person) -> None:
    """No operation takes a target, so none can be a foreign one: links are built here alone."""
    targets = dict.fromkeys(("redirectTo", "redirect", "next", "returnUrl"), "//evil.example")
    for method, path, operation in await operations(ada.client):
        names = {each["name"].lower() for each in operation.get("parameters", [])}
        assert not any("redirect" in name or "url" in name for name in names)

        body = {"email": ada.email, "password": ada.password, "name": "Ada"} | targets
        response = await ada.client.request(method, path, json=body, params=targets)

        assert "location" not in response.headers
        assert "evil" not in response.text
    assert not any("evil" in mail.text for mail in await ada.outbox.all())
