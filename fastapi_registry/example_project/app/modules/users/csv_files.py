"""People in a CSV file (RFC 4180): what stands in it, and what is wrong with it. No I/O here."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from app.modules.auth import EmailAddress
from app.modules.users.models import EVERYBODY, ListedUser

COLUMNS: Final = (
    "email",
    "name",
    "roles",
    "active",
    "email_verified",
    "created_at",
    "last_login_at",
)
_LONGEST_NAME: Final = 100
_FORMULAS: Final = ("=", "+", "-", "@", "\t", "\r")
_YES_AND_NO: Final = {"": True, "yes": True, "true": True, "1": True, "no": False, "false": False}


@dataclass(frozen=True, slots=True)
class Newcomer:
    """A line of a file."""

    line: int
    email: EmailAddress
    name: str
    roles: frozenset[str]
    is_active: bool


class UnusableFile(Exception):
    """Nothing of it was taken over."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def read(lines: Iterable[str]) -> list[Newcomer]:
    """Columns may stand in any order, and only `email` must be there.

    Raises `UnusableFile` with every problem and its line.
    """
    rows = csv.DictReader(lines, restkey="", restval="", skipinitialspace=True)
    if "email" not in (rows.fieldnames or ()):
        raise UnusableFile(["line 1: there is no column `email`"])
    newcomers: list[Newcomer] = []
    problems: list[str] = []
    seen: dict[str, int] = {}
    for row in rows:
        try:
            newcomer = _newcomer(rows.line_num, row)
            first = seen.setdefault(newcomer.email.key, newcomer.line)
            if first != newcomer.line:
                raise ValueError(f"`{newcomer.email.address}` stands in line {first} already")
            newcomers.append(newcomer)
        except ValueError as error:
            problems.append(f"line {rows.line_num}: {error}")
    if problems:
        raise UnusableFile(problems)
    return newcomers


def write(users: Iterable[ListedUser]) -> Iterator[list[str]]:
    """The cells of each line. Nothing in them is a formula to a spreadsheet."""
    for user in users:
        cells = (
            user.email,
            user.name,
            " ".join(sorted(user.roles - {EVERYBODY})),
            "yes" if user.is_active and user.deletion_due_at is None else "no",
            "yes" if user.email_verified else "no",
            user.created_at.isoformat(),
            user.last_login_at.isoformat() if user.last_login_at else "",
        )
        yield [harmless(cell) for cell in cells]


def harmless(cell: str) -> str:
    """A name such as `=HYPERLINK(…)` would run in the spreadsheet of whoever opens the file."""
    return f"'{cell}" if cell.startswith(_FORMULAS) else cell


def as_typed(cell: str) -> str:
    """Takes `harmless` back."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULAS) else cell


def _newcomer(line: int, row: dict[str, str]) -> Newcomer:
    """Raises `ValueError` with a sentence."""
    cells = {name: as_typed(cell) for name, cell in row.items() if name}
    text = cells["email"].strip()
    try:
        email = EmailAddress.parse(text)
    except ValueError as error:
        raise ValueError(f"`{text}` is not an e-mail address") from error
    name = cells.get("name", "").strip() or email.address.partition("@")[0]
    if len(name) > _LONGEST_NAME or not name.isprintable():
        raise ValueError(f"a name is one line of {_LONGEST_NAME} characters at most")
    active = cells.get("active", "").strip().lower()
    if active not in _YES_AND_NO:
        raise ValueError(f"`{active}` is neither yes nor no")
    return Newcomer(
        line, email, name, frozenset(cells.get("roles", "").split()), _YES_AND_NO[active]
    )
