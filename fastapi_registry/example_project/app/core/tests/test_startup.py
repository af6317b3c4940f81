"""What forbids an app to start, and in which words."""

import secrets

import pytest

from app.core.config import CoreSettings
from app.core.startup import InsecureSettings, refuse_insecure, weakness_of

Sections = dict[str, dict[str, object]]

GOOD = secrets.token_urlsafe(48)


def settings(*, secret: str = GOOD, sections: Sections | None = None) -> CoreSettings:
    given = {"security": {"secret_key": secret}, **(sections or {})}
    return CoreSettings(_env_file=None, **given)


def refusal(given: CoreSettings) -> str:
    with pytest.raises(InsecureSettings) as refused:
        refuse_insecure(given, ())
    return str(refused.value)


@pytest.mark.parametrize(
    "secret",
    [
        "",
        "tiny-key",
        "a" * 64,
        "ab" * 32,
        "0123456789" * 5,
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "qwertyuiopqwertyuiopqwertyuiopqwertyuiop",
        "your-secret-key-change-in-production",
        "CHANGE-ME-CHANGE-ME-CHANGE-ME-CHANGE-ME",
        "my-very-long-super-secret-key-for-this-app",
    ],
)
def test_r6_a_weak_secret_is_refused_everywhere(secret: str) -> None:
    for environment in ("local", "development", "test", "staging", "production"):
        message = refusal(settings(secret=secret, sections={"app": {"environment": environment}}))

        assert "SECRET_KEY" in message
        assert 'python -c "import secrets; print(secrets.token_urlsafe(48))"' in message
        assert not secret or secret not in message


@pytest.mark.parametrize("field", ["next_secret_key", "previous_secret_keys"])
def test_r6_a_weak_secret_is_refused_beside_a_good_one(field: str) -> None:
    sections: Sections = {"security": {"secret_key": GOOD, field: f"{GOOD}, changeme"}}

    assert "AUTH_PREVIOUS_SECRET_KEYS" in refusal(settings(sections=sections))


@pytest.mark.parametrize("_", range(50))
def test_no_secret_that_chance_made_is_refused(_: int) -> None:
    for made in (secrets.token_urlsafe(48), secrets.token_urlsafe(32), secrets.token_hex(32)):
        assert weakness_of(made) is None


@pytest.mark.parametrize(
    ("sections", "name"),
    [
        ({"app": {"debug": True}}, "DEBUG"),
        ({"email": {"adapter": "console"}}, "EMAIL_ADAPTER"),
        ({"database": {"url": "memory://"}}, "DATABASE_URL"),
        ({"metrics": {"enabled": True}}, "METRICS_TOKEN"),
        ({"server": {"cors_origins": ["*"], "cors_credentials": True}}, "CORS_ORIGINS"),
    ],
)
@pytest.mark.parametrize("environment", ["production", "prod", "prodution"])
def test_r6_production_refuses_what_is_fine_at_home(
    sections: Sections, name: str, environment: str
) -> None:
    given: Sections = {"email": {"adapter": "smtp"}, "app": {}, **sections}
    given["app"] = {**given["app"], "environment": environment}

    assert name in refusal(settings(sections=given))


def test_production_starts_when_all_is_well() -> None:
    given: Sections = {"app": {"environment": "production"}, "email": {"adapter": "smtp"}}

    refuse_insecure(settings(sections=given), ())


def test_tells_everything_that_is_wrong_at_once() -> None:
    message = refusal(settings(secret="", sections={"server": {"trusted_proxies": ["nonsense"]}}))

    assert "SECRET_KEY" in message
    assert "TRUSTED_PROXIES" in message
