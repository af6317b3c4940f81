"""What becomes of a row of the first registry."""

from datetime import UTC, datetime

import pytest

from app.modules.users.legacy import NotAUsersTable, check_columns, user_of

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
BCRYPT = "$2b$04$abcdefghijklmnopqrstuuDlN1HfS4q7t3Dn3RyA4U7s2pTj3ZJ5e"
ROW = {
    "id": "5f0c1c52-6f7e-4c3a-9d36-0c3f7c9f4a11",
    "email": "Ada@example.com",
    "name": "Ada\nLovelace",
    "hashed_password": BCRYPT,
    "is_active": 1,
    "is_admin": 0,
    "created_at": "2024-05-01 10:00:00.000000",
}


def test_a_row_becomes_a_user_who_can_sign_in() -> None:
    user = user_of(ROW, now=NOW)

    assert str(user.id) == ROW["id"]
    assert (user.email, user.email_key, user.name) == (
        "Ada@example.com",
        "ada@example.com",
        "AdaLovelace",
    )
    assert (user.password_hash, user.is_active, user.is_admin) == (BCRYPT, True, False)
    assert user.created_at == user.email_verified_at == datetime(2024, 5, 1, 10, tzinfo=UTC)


def test_what_is_missing_or_strange_is_no_obstacle() -> None:
    user = user_of({"email": "a@example.com", "id": 7, "created_at": "once"}, now=NOW)

    assert (user.name, user.password_hash, user.created_at) == ("a", None, NOW)
    assert user.id.version == 7


def test_other_usual_names_are_known() -> None:
    row = {
        "email": "a@example.com",
        "full_name": "Ada",
        "password_hash": "$argon2id$v=19$x",
        "is_superuser": True,
        "is_verified": False,
    }

    user = user_of(row, now=NOW)

    assert (user.name, user.password_hash, user.is_admin) == ("Ada", "$argon2id$v=19$x", True)
    assert user.email_verified_at is None


def test_a_hash_that_nobody_can_check_is_not_kept() -> None:
    assert user_of(ROW | {"hashed_password": "5f4dcc3b5aa765d6"}, now=NOW).password_hash is None


def test_without_an_address_there_is_no_user() -> None:
    with pytest.raises(ValueError, match="not an e-mail address"):
        user_of(ROW | {"email": "ada"}, now=NOW)


def test_a_table_without_passwords_is_not_the_one() -> None:
    with pytest.raises(NotAUsersTable, match="`hashed_password`"):
        check_columns(frozenset({"id", "email"}))
