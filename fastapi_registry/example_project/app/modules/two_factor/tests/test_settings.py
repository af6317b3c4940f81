"""How far the settings of two_factor reach, and what is refused: test_settings_rule.py has each."""

from datetime import datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.config import InvalidSettings
from app.core.runtime import Runtime
from app.core.startup import InsecureSettings, refuse_insecure
from app.core.testing import Clock
from app.modules import two_factor
from app.modules.two_factor import TwoFactorSettings
from app.modules.two_factor.tests.conftest import NEW_KEY, Person, Settings


@pytest.fixture
def database_url() -> str:
    """What a number changes is the same on every storage: one is enough."""
    return "memory://"


def settings_from(monkeypatch: pytest.MonkeyPatch, **variables: str) -> TwoFactorSettings:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return Settings(_env_file=None).two_factor


async def begun(ada: Person) -> dict[str, list[str]]:
    setup = (await ada.post("totp/initiate")).json()
    return parse_qs(urlsplit(setup["qrCodeUri"]).query)


async def test_who_is_enrolled_keeps_the_codes_of_that_time(ada: Person, runtime: Runtime) -> None:
    await ada.set_up_totp()

    section = runtime.settings.section(TwoFactorSettings)
    section.totp_algorithm, section.totp_digits, section.totp_period = "SHA256", 8, 60

    assert (await ada.second_step(await ada.first_step(), ada.next_code())).status_code == 200
    assert (await begun(ada))["digits"] == ["8"]


@pytest.mark.parametrize(("options", "taken"), [({"totp_time_window": 0}, 401), ({}, 200)])
async def test_the_window_is_how_wrong_a_clock_may_be(ada: Person, taken: int) -> None:
    await ada.set_up_totp()

    assert (await ada.second_step(await ada.first_step(), ada.next_code())).status_code == taken


@pytest.mark.parametrize(
    "options",
    [
        {
            "webauthn_rp_id": "shop.example",
            "webauthn_rp_name": "The Shop",
            "webauthn_origin": ("https://shop.example", "https://my.shop.example"),
            "webauthn_timeout": 60_000,
        }
    ],
)
async def test_passkeys_are_for_the_site_that_is_named(ada: Person, clock: Clock) -> None:
    begun = (await ada.post("webauthn/register/initiate")).json()
    options = begun["publicKey"]
    assert options["rp"] == {"id": "shop.example", "name": "The Shop"}
    assert options["timeout"] == 60_000
    assert datetime.fromisoformat(begun["expiresAt"]) == clock() + timedelta(minutes=1)

    assert (await ada.set_up_passkey()).status_code == 400
    ada.device.origin = "https://my.shop.example"
    assert (await ada.set_up_passkey()).status_code == 200


@pytest.mark.parametrize("options", [{"token_minutes": 2}])
async def test_a_login_waits_so_long_for_its_second_step(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    first = await ada.login()
    assert datetime.fromisoformat(first["expiresAt"]) == clock() + timedelta(minutes=2)

    clock.advance(timedelta(minutes=2))

    late = await ada.second_step(first["twoFactorToken"], ada.code())
    assert (late.status_code, late.json()["code"]) == (400, "invalid_or_expired_token")


@pytest.mark.parametrize("options", [{"setup_minutes": 1}])
async def test_a_setup_waits_so_long_for_its_code(ada: Person, clock: Clock) -> None:
    setup = (await ada.post("totp/initiate")).json()
    assert datetime.fromisoformat(setup["expiresAt"]) == clock() + timedelta(minutes=1)
    clock.advance(timedelta(minutes=1))

    late = await ada.post("totp/verify", setupToken=setup["setupToken"], code="000000")

    assert late.json()["code"] == "invalid_or_expired_token"


@pytest.mark.parametrize("options", [{"most_attempts": 3, "lockout_minutes": 20}])
async def test_so_many_wrong_answers_make_one_wait_so_long(ada: Person, clock: Clock) -> None:
    await ada.set_up_totp()
    for _ in range(3):
        assert (await ada.reauthenticate(totpCode="000000")).status_code == 401

    locked = await ada.reauthenticate(totpCode=ada.next_code())

    assert (locked.status_code, locked.headers["Retry-After"]) == (429, "1200")
    clock.advance(timedelta(minutes=20))
    assert (await ada.second_step(await ada.first_step(), ada.code())).status_code == 200


def test_names_are_those_of_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    found = settings_from(
        monkeypatch,
        TWO_FACTOR_ENCRYPTION_KEY="one",
        TWO_FACTOR_PREVIOUS_ENCRYPTION_KEYS="two, three",
        TWO_FACTOR_REQUIRED_FOR="admin, moderator",
        WEBAUTHN_ORIGIN="https://a.example, https://b.example",
    )

    assert found.keys == ("one", "two", "three")
    assert found.required_for == ("admin", "moderator")
    assert found.webauthn_origin == ("https://a.example", "https://b.example")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TOTP_ALGORITHM", "MD5"),
        ("TOTP_DIGITS", "5"),
        ("TOTP_PERIOD", "3600"),
        ("TOTP_TIME_WINDOW", "3"),
        ("BACKUP_CODES_COUNT", "9"),
        ("WEBAUTHN_ORIGIN", "https://shop.example/"),
        ("WEBAUTHN_ORIGIN", "shop.example"),
        ("WEBAUTHN_TIMEOUT", "600000"),
        ("TWO_FACTOR_TOKEN_EXPIRES_MINUTES", "11"),
        ("SETUP_TOKEN_EXPIRES_MINUTES", "0"),
        ("MAX_VERIFICATION_ATTEMPTS", "11"),
        ("VERIFICATION_LOCKOUT_MINUTES", "14"),
        ("TRUSTED_DEVICE_DAYS", "31"),
        ("PASSKEYS_PER_USER", "0"),
    ],
)
def test_what_would_be_unsafe_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    with pytest.raises(InvalidSettings, match=name):
        settings_from(monkeypatch, **{name: value})


@pytest.mark.parametrize(
    ("variables", "named"),
    [
        ({"ENVIRONMENT": "production"}, "TWO_FACTOR_ENCRYPTION_KEY is not set"),
        (
            {"TWO_FACTOR_ENCRYPTION_KEY": "short"},
            "TWO_FACTOR_ENCRYPTION_KEY, or one of the previous ones, is shorter",
        ),
        (
            {
                "TWO_FACTOR_ENCRYPTION_KEY": NEW_KEY,
                "TWO_FACTOR_PREVIOUS_ENCRYPTION_KEYS": "short",
            },
            "TWO_FACTOR_ENCRYPTION_KEY, or one of the previous ones, is shorter",
        ),
        (
            {
                "TWO_FACTOR_ENCRYPTION_KEY": NEW_KEY,
                "WEBAUTHN_RP_ID": "shop.example",
                "WEBAUTHN_ORIGIN": "https://notshop.example",
            },
            "WEBAUTHN_ORIGIN",
        ),
    ],
)
def test_the_app_does_not_start_with_what_cannot_work(
    monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], named: str
) -> None:
    settings_from(monkeypatch, **variables)

    with pytest.raises(InsecureSettings, match=named):
        refuse_insecure(Settings(_env_file=None), [two_factor.block])
