"""The codes of authenticator apps: R62."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from app.modules.two_factor.models import Algorithm, TotpParameters
from app.modules.two_factor.totp import (
    code,
    looks_like_a_code,
    matching_step,
    new_secret,
    picture,
    shown,
    step_at,
    uri,
)

USUAL = TotpParameters("SHA1", 6, 30)
SECRET = b"12345678901234567890"
SECRETS: dict[Algorithm, bytes] = {
    "SHA1": SECRET,
    "SHA256": b"12345678901234567890123456789012",
    "SHA512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
RFC_4226 = (
    "755224 287082 359152 969429 338314 254676 287922 162583 399871 520489"  # counters 0 to 9
)
RFC_6238: list[tuple[int, dict[Algorithm, str]]] = [
    (59, {"SHA1": "94287082", "SHA256": "46119246", "SHA512": "90693936"}),
    (1111111109, {"SHA1": "07081804", "SHA256": "68084774", "SHA512": "25091201"}),
    (1111111111, {"SHA1": "14050471", "SHA256": "67062674", "SHA512": "99943326"}),
    (1234567890, {"SHA1": "89005924", "SHA256": "91819424", "SHA512": "93441116"}),
    (2000000000, {"SHA1": "69279037", "SHA256": "90698825", "SHA512": "38618901"}),
    (20000000000, {"SHA1": "65353130", "SHA256": "77737706", "SHA512": "47863826"}),
]
NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def test_r62_makes_the_codes_of_rfc_4226() -> None:
    """Appendix D."""
    assert " ".join(code(SECRET, counter, USUAL) for counter in range(10)) == RFC_4226


def test_r62_makes_the_codes_of_rfc_6238() -> None:
    """Appendix B."""
    for seconds, expected in RFC_6238:
        for algorithm, secret in SECRETS.items():
            parameters = TotpParameters(algorithm, 8, 30)
            step = step_at(datetime.fromtimestamp(seconds, UTC), parameters)
            assert code(secret, step, parameters) == expected[algorithm]


@pytest.mark.parametrize(("window", "taken"), [(0, [0]), (1, [-1, 0, 1]), (2, [-2, -1, 0, 1, 2])])
def test_r62_takes_the_codes_of_a_window_around_now(window: int, taken: list[int]) -> None:
    here = step_at(NOW, USUAL)

    found = [
        matching_step(SECRET, code(SECRET, here + away, USUAL), NOW, USUAL, window=window)
        for away in range(-3, 4)
    ]

    assert [step - here for step in found if step is not None] == taken


def test_r62_a_secret_is_as_long_as_the_hash_and_never_twice_the_same() -> None:
    assert [len(new_secret(algorithm)) * 8 for algorithm in SECRETS] == [160, 256, 512]
    assert new_secret("SHA1") != new_secret("SHA1")


def test_spaces_and_dashes_in_a_code_make_no_difference() -> None:
    plain = code(SECRET, step_at(NOW, USUAL), USUAL)
    for typed in (plain, f"{plain[:3]} {plain[3:]}", f" {plain[:3]}-{plain[3:]}\n"):
        assert matching_step(SECRET, typed, NOW, USUAL, window=0) is not None
        assert looks_like_a_code(typed)
    for typed in ("", "12345", "123456789", "12345a", "١٢٣٤٥٦", "x" * 64):
        assert matching_step(SECRET, typed, NOW, USUAL, window=1) is None
        assert not looks_like_a_code(typed)


def test_an_app_reads_all_it_needs_from_the_uri() -> None:
    parts = urlsplit(
        uri(SECRET, TotpParameters("SHA256", 8, 60), account="ada@example.com", issuer="A & B")
    )

    assert (parts.scheme, parts.netloc) == ("otpauth", "totp")
    assert parse_qs(parts.query) == {
        "secret": [shown(SECRET)],
        "issuer": ["A & B"],
        "algorithm": ["SHA256"],
        "digits": ["8"],
        "period": ["60"],
    }


def test_a_picture_is_svg_and_says_nothing_in_words() -> None:
    drawn = picture(uri(SECRET, USUAL, account="ada@example.com", issuer="Shop"))

    assert drawn.startswith("<svg")
    assert "otpauth" not in drawn
    assert shown(SECRET) not in drawn


def test_a_step_lasts_as_long_as_the_period() -> None:
    slow = TotpParameters("SHA1", 6, 60)

    assert step_at(NOW + timedelta(seconds=59), slow) == step_at(NOW, slow)
    assert step_at(NOW + timedelta(seconds=60), slow) == step_at(NOW, slow) + 1
