"""What forbids the start, and what each variable does (R6)."""

import pytest

from app.core.config import CoreSettings, InvalidSettings
from app.core.human_checks import Asked
from app.core.startup import refuse_insecure
from app.modules import captcha
from app.modules.captcha import CaptchaSettings, RecaptchaSettings
from app.modules.captcha.providers import HCAPTCHA, RECAPTCHA_V3, TURNSTILE
from app.modules.captcha.tests.conftest import Settings

GOOD_SECRET = "Zk3-9qLw8Tn1Yc5Rb7Xe2Vh6Jm4Pd0Gs_uFaOiKq"


def problems(environment: str, **options: object) -> list[str]:
    settings = Settings(
        _env_file=None,
        app={"environment": environment},
        security={"secret_key": GOOD_SECRET},
        email={"adapter": "smtp"},
        captcha={"enabled": True, "secret_key": "s", "site_key": "k"} | options,
    )
    try:
        refuse_insecure(settings, [captcha.block])
    except InvalidSettings as error:
        return error.problems
    return []


def test_r6_starts_with_keys_of_its_own() -> None:
    assert problems("production") == []


@pytest.mark.parametrize("environment", ["development", "production"])
def test_does_not_start_without_keys(environment: str) -> None:
    told = problems(environment, secret_key="", site_key="")

    assert [each.split()[0] for each in told] == ["RECAPTCHA_SECRET_KEY", "RECAPTCHA_SITE_KEY"]
    assert problems(environment, enabled=False, secret_key="", site_key="") == []


@pytest.mark.parametrize(
    ("provider", "keys"),
    [
        ("recaptcha", RECAPTCHA_V3.public_keys),
        ("turnstile", TURNSTILE.public_keys),
        ("hcaptcha", HCAPTCHA.public_keys),
    ],
)
def test_r6_production_refuses_public_test_keys(provider: str, keys: frozenset[str]) -> None:
    assert len(keys) >= 2
    for key in keys:
        for field in ("secret_key", "site_key"):
            told = problems("production", provider=provider, **{field: key})

            assert [each for each in told if "public test key" in each]
            assert key not in "".join(told)
            assert problems("development", provider=provider, **{field: key}) == []


def test_r6_production_sends_the_secret_over_tls_alone() -> None:
    assert "https" in problems("production", verify_url="http://captcha.internal/verify")[0]
    assert problems("production", verify_url="https://captcha.internal/verify") == []


def test_the_secret_is_not_shown() -> None:
    settings = CaptchaSettings.model_validate({"secret_key": "Sentinel"})

    assert "Sentinel" not in repr(settings)


@pytest.mark.parametrize("url", ["captcha.example", "ftp://captcha.example", "https://"])
def test_an_address_that_is_none_is_a_sentence(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECAPTCHA_VERIFY_URL", url)

    with pytest.raises(InvalidSettings, match="RECAPTCHA_VERIFY_URL: must begin with https"):
        Settings(_env_file=None)


def test_what_nothing_is_said_about_asks_always() -> None:
    settings = CaptchaSettings.model_validate({"enabled": True, "never_for": ("newsletter",)})

    asked = {name: settings.asked(name) for name in ("register", "login", "newsletter", "mine")}

    assert asked == {
        "register": Asked.ALWAYS,
        "login": Asked.AFTER_FAILURES,
        "newsletter": Asked.NEVER,
        "mine": Asked.ALWAYS,
    }


def test_the_section_is_found_by_the_name_of_the_plan_too() -> None:
    settings: CoreSettings = Settings(_env_file=None)

    assert settings.section(RecaptchaSettings) is settings.section(CaptchaSettings)
