"""Access and refresh tokens as values: R41 to R43. The same refusals over HTTP: `test_api.py`."""

import hmac
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from app.core.errors import InvalidToken
from app.modules.auth.models import Session
from app.modules.auth.signing_keys import Algorithm, SigningKey, key_for, signing_key
from app.modules.auth.tokens import AccessTokens, RefreshTokens

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
KEY = key_for("a root secret", "access tokens")
TOKENS = AccessTokens(
    keys=(signing_key("a root secret", "HS256"),),
    issuer="auth",
    audience="api",
    lifetime=timedelta(minutes=15),
)
SESSION = Session(
    id=UUID("018f0000-0000-7000-8000-00000000000a"),
    user_id=UUID("018f0000-0000-7000-8000-00000000000b"),
    created_at=NOW,
    authenticated_at=NOW - timedelta(minutes=5),
    methods=("pwd", "otp"),
    refreshed_at=NOW,
    expires_at=NOW + timedelta(days=30),
)
Members = dict[str, Any]


def encoded(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def signed(header: object, claims: object, *, key: bytes = KEY, digest: str = "sha256") -> str:
    """What an attacker could make who has `key`."""
    content = f"{encoded(header)}.{encoded(claims)}"
    seal = hmac.digest(key, content.encode(), digest)
    return f"{content}.{urlsafe_b64encode(seal).rstrip(b'=').decode()}"


def parts(token: str) -> tuple[Members, Members]:
    header, claims, _ = token.split(".")
    return decoded(header), decoded(claims)


def decoded(part: str) -> Members:
    members: Members = json.loads(urlsafe_b64decode(part + "=="))
    return members


def refused(token: str, now: datetime = NOW) -> bool:
    try:
        TOKENS.read(token, now)
    except InvalidToken:
        return True
    return False


HEADER, CLAIMS = parts(TOKENS.issue(SESSION, NOW))


def test_a_token_that_was_good_is_looked_at_again_each_time() -> None:
    token = TOKENS.issue(SESSION, NOW)
    assert TOKENS.read(token, NOW).session_id == SESSION.id

    with pytest.raises(InvalidToken):
        TOKENS.read(token, NOW + timedelta(minutes=15))
    with pytest.raises(InvalidToken):
        replace(TOKENS, audience="another").read(token, NOW)
    with pytest.raises(InvalidToken):
        replace(TOKENS, keys=(signing_key("another secret", "HS256"),)).read(token, NOW)


def test_r42_an_access_token_says_who_when_and_how() -> None:
    header, claims = parts(TOKENS.issue(SESSION, NOW))

    assert header == {"alg": "HS256", "kid": HEADER["kid"], "typ": "at+jwt"}
    assert claims == {
        "iss": "auth",
        "aud": "api",
        "sub": str(SESSION.user_id),
        "sid": str(SESSION.id),
        "jti": claims["jti"],
        "iat": int(NOW.timestamp()),
        "exp": int(NOW.timestamp()) + 900,
        "auth_time": int(NOW.timestamp()) - 300,
        "amr": ["pwd", "otp"],
    }


def test_a_good_token_is_read() -> None:
    claims = TOKENS.read(signed(HEADER, CLAIMS), NOW)

    assert (claims.user_id, claims.session_id) == (SESSION.user_id, SESSION.id)


def test_a_token_is_good_until_it_expires() -> None:
    token = TOKENS.issue(SESSION, NOW)

    assert not refused(token, NOW + timedelta(minutes=14, seconds=59))
    assert refused(token, NOW + timedelta(minutes=15))
    assert not refused(token, NOW - timedelta(seconds=60))
    assert refused(token, NOW - timedelta(seconds=61))


@pytest.mark.parametrize("claim", sorted(CLAIMS))
def test_r42_every_claim_is_required(claim: str) -> None:
    assert refused(signed(HEADER, {name: CLAIMS[name] for name in CLAIMS if name != claim}))


ODD_VALUES: list[object] = [
    None,
    True,
    -1,
    1.5,
    1e400,
    10**400,
    "",
    "1",
    "\u0000",
    [],
    ["api", 1],
    {},
]
ODD_CLAIMS = [
    (claim, value)
    for claim in sorted(CLAIMS)
    for value in ODD_VALUES
    if (claim, type(value)) not in {("amr", list), ("jti", str)}
]


@pytest.mark.parametrize(("claim", "value"), ODD_CLAIMS, ids=lambda value: str(value)[:12])
def test_r41_claims_of_odd_types_are_refused(claim: str, value: object) -> None:
    assert refused(signed(HEADER, CLAIMS | {claim: value}))


@pytest.mark.parametrize(
    "changed",
    [
        {"alg": "none"},
        {"alg": "None"},
        {"alg": "HS384"},
        {"alg": "HS512"},
        {"alg": "RS256"},
        {"alg": "ES256"},
        {"alg": ""},
        {"alg": None},
        {"alg": ["HS256"]},
        {"typ": "JWT"},
        {"typ": None},
        {"typ": "refresh+jwt"},
        {"kid": "../../etc/passwd"},
        {"kid": "' OR 1=1 --"},
        {"kid": 1},
        {"kid": ["a"]},
        {"kid": {"a": 1}},
        {"crit": ["exp"], "exp": 1},
        {"b64": False, "crit": ["b64"]},
        {"jwk": {"kty": "oct", "k": encoded("mine")}},
        {"jku": "https://evil.example/keys"},
        {"x5u": "https://evil.example/cert"},
        {"x5c": ["MII="]},
        {"zip": "DEF"},
    ],
    ids=str,
)
def test_r41_a_token_does_not_choose_how_it_is_checked(changed: Members) -> None:
    assert refused(signed(HEADER | changed, CLAIMS))


@pytest.mark.parametrize(
    "changed",
    [
        {"iss": "another issuer"},
        {"aud": "another api"},
        {"sub": str(SESSION.user_id).upper()},
        {"sub": SESSION.user_id.hex},
        {"sid": f"{{{SESSION.id}}}"},
        {"exp": CLAIMS["exp"] + 1},
        {"exp": CLAIMS["exp"] + 10**9},
        {"exp": CLAIMS["iat"] - 1},
        {"iat": CLAIMS["iat"] + 61, "exp": CLAIMS["exp"] + 61},
        {"nbf": CLAIMS["iat"] + 3600},
    ],
    ids=str,
)
def test_r41_claims_that_we_would_not_write_are_refused(changed: Members) -> None:
    assert refused(signed(HEADER, CLAIMS | changed))


GOOD = signed(HEADER, CLAIMS)
UNSIGNED = GOOD.rpartition(".")[0]
FORMS = {
    "empty": "",
    "one dot": ".",
    "two dots": "..",
    "three dots": "...",
    "three letters": "a.b.c",
    "a word": "nonsense",
    "NUL": "\u0000.\u0000.\u0000",
    "not ASCII": "é.é.é",
    "another key": signed(HEADER, CLAIMS, key=b"another key of thirty-two bytes!"),
    "no key": signed(HEADER, CLAIMS, key=b""),
    "another digest": signed(HEADER, CLAIMS, digest="sha512"),
    "the key of refresh tokens": signed(
        HEADER, CLAIMS, key=key_for("a root secret", "refresh tokens")
    ),
    "padding": GOOD + "=",
    "a fourth part": GOOD + ".",
    "a line break": GOOD + "\n",
    "a space": " " + GOOD,
    "empty signature": UNSIGNED + ".",
    "no signature": UNSIGNED,
    "alg none": signed(HEADER | {"alg": "none"}, CLAIMS).rpartition(".")[0] + ".",
    "twin in the header": signed(json.dumps(HEADER)[:-1] + ', "alg": "HS256"}', CLAIMS),
    "twin in the claims": signed(HEADER, json.dumps(CLAIMS)[:-1] + f', "sub": "{SESSION.id}"}}'),
    "claims are a list": signed(HEADER, "[]"),
    "claims are null": signed(HEADER, "null"),
    "claims are text": signed(HEADER, '"text"'),
    "claims are cut off": signed(HEADER, "{"),
    "deep claims": signed(HEADER, "[" * 1500),
    "deep header": signed("[" * 1500, CLAIMS),
    "too long": signed(HEADER, CLAIMS | {"padding": "x" * 10_000}),
    "header is a list": signed([], CLAIMS),
}


@pytest.mark.parametrize("token", FORMS.values(), ids=FORMS.keys())
def test_r41_what_is_not_exactly_our_form_is_refused(token: str) -> None:
    assert refused(token)


def test_r41_one_signature_is_written_in_one_way_only() -> None:
    """The last character of a signature carries spare bits: a decoder may ignore them."""
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    neighbours = [GOOD[:-1] + character for character in alphabet if character != GOOD[-1]]

    assert all(refused(neighbour) for neighbour in neighbours)


def test_another_secret_opens_nothing() -> None:
    other = replace(TOKENS, keys=(signing_key("another secret", "HS256"),))

    with pytest.raises(InvalidToken):
        other.read(TOKENS.issue(SESSION, NOW), NOW)


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512", "ES256", "EdDSA"])
def test_each_algorithm_reads_its_own_tokens_only(algorithm: Algorithm) -> None:
    tokens = replace(TOKENS, keys=(signing_key("a root secret", algorithm),))

    token = tokens.issue(SESSION, NOW)

    assert tokens.read(token, NOW).session_id == SESSION.id
    assert refused(token) is (algorithm != "HS256")


def forms_of(key: SigningKey) -> list[bytes]:
    """What an attacker might take for a shared secret, since everybody can have it."""
    return [
        key.public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
        key.public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo),
        json.dumps(key.jwk).encode(),
        (key.jwk or {})["x"].encode(),
        urlsafe_b64decode((key.jwk or {})["x"] + "=="),
        b"",
    ]


@pytest.mark.parametrize("algorithm", ["ES256", "EdDSA"])
@pytest.mark.parametrize("claimed", ["HS256", "HS384", "HS512", "none", "ES256", "EdDSA"])
def test_r41_a_public_key_makes_no_token(algorithm: Algorithm, claimed: str) -> None:
    key = signing_key("a root secret", algorithm)
    tokens = replace(TOKENS, keys=(key,))

    for form in forms_of(key):
        forged = signed(dict(key.header) | {"alg": claimed}, CLAIMS, key=form)

        with pytest.raises(InvalidToken):
            tokens.read(forged, NOW)


REFRESH = RefreshTokens(keys=[key_for("a root secret", "refresh tokens")])


def test_a_refresh_token_names_its_session_and_number() -> None:
    token = REFRESH.issue(SESSION.id, 7)

    claims = REFRESH.read(token)

    assert (claims.session_id, claims.counter) == (SESSION.id, 7)
    assert token == REFRESH.issue(SESSION.id, 7)
    assert token.startswith(f"v1.{SESSION.id.hex}.7.")


@pytest.mark.parametrize(
    "changed",
    [
        lambda token: token.replace(".7.", ".8."),
        lambda token: token.replace(".7.", ".07."),
        lambda token: token.replace(".7.", ".\u0667."),
        lambda token: token.replace("v1", "v2"),
        lambda token: token.upper(),
        lambda token: token[:-1],
        lambda token: token + "\n",
        lambda token: "",
    ],
)
def test_a_changed_refresh_token_is_refused(changed: Callable[[str], str]) -> None:
    with pytest.raises(InvalidToken):
        REFRESH.read(changed(REFRESH.issue(SESSION.id, 7)))


def test_r43_neither_kind_of_token_passes_for_the_other() -> None:
    assert refused(REFRESH.issue(SESSION.id, 0))
    with pytest.raises(InvalidToken):
        REFRESH.read(TOKENS.issue(SESSION, NOW))
