"""What the environment can say about auth, and what is refused."""

import secrets

import pytest

from app.core.config import InvalidSettings
from app.core.startup import InsecureSettings, refuse_insecure
from app.modules import auth
from app.modules.auth.settings import AuthSettings
from app.modules.auth.tests.conftest import Settings


def settings_from(monkeypatch: pytest.MonkeyPatch, **variables: str) -> AuthSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None).auth


def test_limits_are_written_as_people_say_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_from(monkeypatch, AUTH_LOGIN_RATE_LIMIT="3/15minutes")

    assert (found.login_rate_limit.limit, found.login_rate_limit.per.total_seconds()) == (3, 900)


def test_a_session_ends_at_the_earlier_of_its_two_idle_times(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = settings_from(monkeypatch, SESSION_IDLE_DAYS="7", REFRESH_TOKEN_EXPIRES_DAYS="3")

    assert found.lifetimes.session_idle.days == 3


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PASSWORD_MIN_LENGTH", "7"),
        ("JWT_ALGORITHM", "none"),
        ("JWT_ALGORITHM", "RS256"),
        ("ACCESS_TOKEN_EXPIRES_MINUTES", "0"),
        ("ACCESS_TOKEN_EXPIRES_MINUTES", "1440"),
        ("PASSWORD_RESET_TOKEN_EXPIRES_HOURS", "48"),
        ("AUTH_LOGIN_RATE_LIMIT", "often"),
        ("AUTH_SEED_EMAIL", "nobody"),
    ],
)
def test_r9_what_would_be_unsafe_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(InvalidSettings, match=name):
        settings_from(monkeypatch, **{name: value})


@pytest.mark.parametrize(
    ("name", "value"), [("PASSWORD_HASH_MEMORY_KIB", "19455"), ("PASSWORD_HASH_PASSES", "1")]
)
@pytest.mark.parametrize("environment", ["development", "staging", "production", "tset"])
def test_r14_only_tests_hash_quickly(
    monkeypatch: pytest.MonkeyPatch, environment: str, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("ENVIRONMENT", environment)

    with pytest.raises(InsecureSettings, match=name):
        refuse_insecure(Settings(_env_file=None), [auth.block])


def test_r14_a_weak_pepper_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PASSWORD_PEPPERS", f"{secrets.token_urlsafe(48)}, salt")

    with pytest.raises(InsecureSettings, match="PASSWORD_PEPPERS"):
        refuse_insecure(Settings(_env_file=None), [auth.block])


def test_r56_production_has_no_cookies_without_tls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("AUTH_COOKIE_SECURE", "false")

    with pytest.raises(InsecureSettings, match="AUTH_COOKIE_SECURE"):
        refuse_insecure(Settings(_env_file=None), [auth.block])


def test_production_has_no_seeded_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "production")
    monkeypatch.setenv("AUTH_SEED_EMAIL", "dev@example.com")

    with pytest.raises(InsecureSettings, match="AUTH_SEED_EMAIL"):
        refuse_insecure(Settings(_env_file=None), [auth.block])
