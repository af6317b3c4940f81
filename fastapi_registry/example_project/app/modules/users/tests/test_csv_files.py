"""People in a CSV file."""

from datetime import UTC, datetime

import pytest

from app.core.ids import uuid7
from app.modules.users.csv_files import COLUMNS, UnusableFile, as_typed, harmless, read, write
from app.modules.users.models import ListedUser

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)


def problems_of(*lines: str) -> list[str]:
    with pytest.raises(UnusableFile) as caught:
        read([f"{line}\n" for line in lines])
    return list(caught.value.problems)


def test_an_address_is_enough() -> None:
    [ada] = read(["email\n", "Ada@Example.com\n"])

    assert (ada.line, ada.email.key, ada.name) == (2, "ada@example.com", "Ada")
    assert (ada.roles, ada.is_active) == (frozenset(), True)


def test_columns_may_stand_in_any_order() -> None:
    [ada] = read(["name,other,active,email,roles\n", '"Ada, Countess",x,no,a@example.com,a b\n'])

    assert (ada.name, ada.is_active, ada.roles) == ("Ada, Countess", False, frozenset({"a", "b"}))


def test_every_problem_is_told_with_its_line() -> None:
    assert problems_of(
        "email,name,active",
        "nobody,x,",
        "a@example.com,ok,perhaps",
        "b@example.com," + "x" * 101 + ",",
        "c@example.com,ok,yes",
        "C@example.com,again,yes",
    ) == [
        "line 2: `nobody` is not an e-mail address",
        "line 3: `perhaps` is neither yes nor no",
        "line 4: a name is one line of 100 characters at most",
        "line 6: `C@example.com` stands in line 5 already",
    ]


def test_a_file_without_addresses_is_refused() -> None:
    assert problems_of("name", "Ada") == ["line 1: there is no column `email`"]
    assert problems_of() == ["line 1: there is no column `email`"]


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"
    assert as_typed(harmless(cell)) == cell
    assert harmless(f"no {cell}") == f"no {cell}"


def test_what_was_written_can_be_read_again() -> None:
    user = ListedUser(
        id=uuid7(),
        email="ada@example.com",
        name="=HYPERLINK(evil)",
        is_active=False,
        is_admin=True,
        email_verified_at=NOW,
        last_login_at=None,
        deletion_due_at=None,
        created_at=NOW,
        roles=frozenset({"user", "admin"}),
    )

    [cells] = write([user])
    [again] = read([",".join(COLUMNS), ",".join(cells)])

    assert cells[1] == "'=HYPERLINK(evil)"
    assert (again.email.address, again.name) == (user.email, user.name)
    assert (again.roles, again.is_active) == (frozenset({"admin"}), False)
