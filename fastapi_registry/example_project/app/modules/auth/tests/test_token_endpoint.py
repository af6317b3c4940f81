"""`POST /auth/token` as OAuth clients and Swagger use it (RFC 6749)."""

import pytest
from pydantic import ValidationError

from app.modules.auth.schemas import TokenForm
from app.modules.auth.tests.conftest import Person


async def ask(person: Person, **form: str) -> tuple[int, dict[str, object]]:
    response = await person.client.post("/api/v1/auth/token", data=form)
    assert response.headers["Cache-Control"] == "no-store"
    return response.status_code, response.json()


async def test_the_password_grant_gives_tokens(ada: Person) -> None:
    status, body = await ask(
        ada, grant_type="password", username=ada.email, password=ada.password, scope=""
    )

    assert status == 200
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in"}
    assert (body["token_type"], body["expires_in"]) == ("bearer", 900)


async def test_the_refresh_grant_gives_the_next_ones(ada: Person) -> None:
    status, body = await ask(
        ada, grant_type="refresh_token", refresh_token=ada.tokens["refreshToken"]
    )

    assert status == 200
    assert body["refresh_token"] != ada.tokens["refreshToken"]


@pytest.mark.parametrize(
    ("form", "error"),
    [
        ({}, "invalid_request"),
        ({"grant_type": "password", "username": "ada@example.com"}, "invalid_request"),
        ({"grant_type": "refresh_token"}, "invalid_request"),
        ({"grant_type": "client_credentials"}, "unsupported_grant_type"),
        (
            {"grant_type": "password", "username": "ada@example.com", "password": "wrong"},
            "invalid_grant",
        ),
        ({"grant_type": "password", "username": "nobody", "password": "x"}, "invalid_grant"),
        ({"grant_type": "password", "username": "a\0b", "password": "\0"}, "invalid_grant"),
        ({"grant_type": "refresh_token", "refresh_token": "nonsense"}, "invalid_grant"),
    ],
)
async def test_errors_speak_both_oauth_and_problem_json(
    ada: Person, form: dict[str, str], error: str
) -> None:
    status, body = await ask(ada, **form)

    assert (status, body["error"], body["code"]) == (400, error, error)
    assert body["error_description"] == body["detail"]


@pytest.mark.parametrize(
    ("field", "longest"), [("username", 254), ("refresh_token", 512), ("otp", 64)]
)
async def test_no_field_is_longer_than_what_it_is_for(
    ada: Person, field: str, longest: int
) -> None:
    status, body = await ask(ada, **{field: "x" * (longest + 1)})

    assert (status, body["code"]) == (422, "validation_error")
    assert (await ask(ada, **{field: "x" * longest}))[0] == 400


@pytest.mark.parametrize("field", TokenForm.model_fields)
def test_half_a_character_is_no_text(field: str) -> None:
    with pytest.raises(ValidationError):
        TokenForm.model_validate({field: "\ud800"})


async def test_swagger_finds_the_endpoint_and_bearer_tokens_beside_it(ada: Person) -> None:
    description = (await ada.client.get("/openapi.json")).json()

    schemes = description["components"]["securitySchemes"]
    assert schemes["Bearer"] == {"type": "http", "scheme": "bearer"}
    assert schemes["Password"]["flows"]["password"]["tokenUrl"] == "/api/v1/auth/token"
    either = description["paths"]["/api/v1/auth/me"]["get"]["security"]
    assert sorted(name for scheme in either for name in scheme) == ["Bearer", "Password"]
    assert "security" not in description["paths"]["/api/v1/auth/login"]["post"]
