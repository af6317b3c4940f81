"""R98: no secret is kept, under whatever name and however deep it stands."""

import pytest

from app.core.redaction import hide_secrets, without_secrets


def test_r98_fields_are_hidden_by_their_name() -> None:
    fields = {"new_password": "hush", "OTP": 123456, "Cookie": ["hush"], "user": "ada"}

    hidden = "[hidden]"
    assert without_secrets(fields) == {
        **{"new_password": hidden, "OTP": hidden, "Cookie": hidden},
        "user": "ada",
    }


def test_r98_fields_are_hidden_however_deep() -> None:
    fields = {"body": {"items": [{"token": "hush"}, ("Bearer hush", 1)]}}

    assert without_secrets(fields) == {
        "body": {"items": [{"token": "[hidden]"}, ["Bearer [hidden]", 1]]}
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "calling postgresql://me:hush@host",
        "sent Authorization: Bearer hush",
        "GET /reset?refresh_token=hush&page=1",
        "body {'password': 'hush', 'name': 'ada'}",
        'body {"client_secret":"hush"}',
        "connect(password='hush')",
        "secret_access_key_of_the_staging_bucket=hush",
    ],
)
def test_r98_credentials_are_hidden_inside_a_sentence(sentence: str) -> None:
    assert hide_secrets(sentence) == sentence.replace("hush", "[hidden]")


def test_other_sentences_stay_as_they_are() -> None:
    sentence = "the password of ada is wrong, see https://example.com:8000/token"

    assert hide_secrets(sentence) == sentence


def test_no_name_is_read_to_its_end_however_long_it_is() -> None:
    """Whoever asks for a path of 60,000 characters, each a name's beginning, chooses the work."""
    sentence = f"password{'x' * 100}=hush"

    assert hide_secrets(sentence) == sentence
