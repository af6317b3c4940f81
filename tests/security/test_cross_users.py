"""Nobody reaches what is another's: every id of Ada's, in every place of every operation.

The operations, the places and the ids are those that the app itself shows: Ada's ids are collected
from what she and an admin are answered. That they are the right ones is proved by asking the same
as their owner or as an admin, who must be answered otherwise than about something that is not.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import cached_property
from itertools import count
from typing import Any, TypeAlias

import httpx2
import pytest

from tests.project.generated import Project, Server
from tests.project.journey import FIRST_PASSWORD, visitor_of
from tests.security.members import Member
from tests.security.operations import Description, Operation, Slot
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

ADMIN = "admin@example.com"
NOBODYS = "a0000000-0000-7000-8000-000000000000"
REFUSALS = {401, 403, 404, 422}
ASSIGN_ROLES = "roles:assign"

Request: TypeAlias = dict[str, Any]


@dataclass
class Belongings:
    """All that somebody is known by: what they, and an admin, are shown of them."""

    user_id: str
    told: set[str]
    """What they said of themselves."""
    texts: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """By their name. Of a list those of its first item, since the others are of the same kinds."""

    def add(self, shown: object, name: str = "") -> None:
        match shown:
            case dict():
                for key, value in shown.items():
                    self.add(value, key)
            case [first, *_]:
                self.add(first, name)
            case str():
                self.texts[name].add(shown)

    @cached_property
    def private(self) -> set[str]:
        """What nobody else may be shown: every id, the address, the name."""
        ids = [texts for name, texts in self.texts.items() if re.search(r"(^id|Id)$", name)]
        return self.told.union(self.texts["email"], *ids)

    def fitting(self, slot: Slot) -> Sequence[str]:
        """All that is private, with what goes by the name of the slot: a role, an IP address."""
        alike = [self.texts[f"{slot.name}{ending}"] for ending in ("", "s")]
        roles = self.texts["roles"] if slot == Slot("path", "name") else set()
        return sorted(self.private.union(roles, *alike))

    def requests(self, operation: Operation) -> Iterator[Request]:
        for slot in operation.slots:
            for value in self.fitting(slot):
                yield operation.request(value, slot)
        yield operation.request_with_smuggled(self.user_id)

    def in_text(self, text: str) -> list[str]:
        return [each for each in self.private if each in text]


@dataclass(frozen=True)
class Patron:
    member: Member
    belongings: Belongings


@dataclass
class Town:
    """The app, its admin, and whoever comes."""

    shop: Project
    server: Server
    stack: ExitStack
    numbers: Iterator[int] = field(default_factory=count)

    def __post_init__(self) -> None:
        self.connections = self.stack.enter_context(httpx2.Client(base_url=self.server.url))
        self.operations = Description(self.connections.get("/openapi.json").json()).operations
        self.admin = self._visitor("admin")
        self.admin.visitor.login(FIRST_PASSWORD)

    def ask(self, who: Member | None, request: Request) -> httpx2.Response:
        headers = who.visitor.credentials if who else {}
        return self.connections.request(**request, headers=headers)

    def member(self, name: str) -> Member:
        member = self._visitor(name)
        member.join()
        return member

    def patron(self) -> Patron:
        """Somebody with one of everything."""
        name = f"countess-{next(self.numbers)}"
        member = self.member(name)
        member.set_up_everything()
        called, next_address = f"The {name}", f"{name}.elsewhere@example.com"
        user_id = member.ask("PATCH", "/auth/me", name=called)["id"]
        self.give_role(user_id, f"friends-of-{name}", ["logs:write"])
        member.ask("POST", "/auth/change-email", 202, newEmail=next_address)
        member.ask("POST", "/logs", 201, level="ERROR", message=f"the cart of {called} broke")
        belongings = Belongings(user_id, {called, next_address})
        for shown in self._shown_of(member, user_id):
            belongings.add(shown)
        return Patron(member, belongings)

    def give_role(self, user_id: str, role: str, permissions: Sequence[str]) -> None:
        self.admin.ask("POST", "/roles", 201, name=role, permissions=permissions)
        self.admin.ask("PATCH", f"/users/{user_id}", roles=[role])

    def profile(self, patron: Patron) -> Mapping[str, object]:
        """What a patron sees, without the journals of what happened, which grow."""
        shown = {
            operation.label: self._json(patron.member, operation.request(""))
            for operation in self.questions
            if not operation.is_about_one
        }
        return {label: it for label, it in shown.items() if it and "items" not in it}

    @property
    def questions(self) -> Sequence[Operation]:
        """What only shows something, and not to everybody."""
        return [each for each in self.operations if each.method == "GET" and each.is_closed]

    def _shown_of(self, member: Member, user_id: str) -> Iterator[object]:
        for operation in self.questions:
            yield self._json(member, operation.request(user_id))
            for slot in operation.slots:
                yield self._json(self.admin, operation.request(user_id, slot))

    def _json(self, who: Member, request: Request) -> Any:
        answer = self.ask(who, request)
        is_json = answer.headers["content-type"] == "application/json"
        return answer.json() if answer.is_success and is_json else None

    def _visitor(self, name: str) -> Member:
        visitor = visitor_of(self.shop, self.server, f"{name}@example.com")
        return Member(self.stack.enter_context(visitor))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    shop = whole_shop(tmp_path_factory.mktemp("town") / "shop").with_variables(
        AUTH_COOKIE_SECURE="false",
        AUTH_SEED_ADMIN="true",
        AUTH_SEED_EMAIL=ADMIN,
        AUTH_SEED_PASSWORD=FIRST_PASSWORD,
        LOG_LEVEL="WARNING",
        RATE_LIMIT_ENABLED="false",
    )
    with ExitStack() as stack:
        yield Town(shop, stack.enter_context(shop.served()), stack)


@pytest.fixture(scope="module")
def ada(town: Town) -> Patron:
    return town.patron()


@pytest.fixture(scope="module")
def eve(town: Town) -> Member:
    """May nothing but what everybody may."""
    return town.member("eve")


def test_nobody_gets_anything_of_another_user(town: Town, ada: Patron, eve: Member) -> None:
    before = town.profile(ada)

    found = []
    for operation in town.operations:
        eve.sign_in_if_signed_out()  # some operations end the session that asks
        for request in ada.belongings.requests(operation):
            answer = town.ask(eve, request)
            is_let_in = operation.is_about_one and answer.status_code not in REFUSALS
            if is_let_in or answer.is_server_error or ada.belongings.in_text(answer.text):
                found.append((request, answer.status_code, answer.text))

    assert found == []
    assert town.profile(ada) == before


def test_who_is_not_signed_in_is_asked_to(town: Town, ada: Patron) -> None:
    before = town.profile(ada)

    found = []
    for operation in town.operations:
        for request in ada.belongings.requests(operation):
            answer = town.ask(None, request)
            is_let_in = operation.is_closed and answer.status_code != 401
            if is_let_in or answer.is_server_error or ada.belongings.in_text(answer.text):
                found.append((request, answer.status_code, answer.text))

    assert found == []
    assert town.profile(ada) == before


def test_staff_needs_the_very_permission_of_each_operation(
    town: Town, ada: Patron, eve: Member
) -> None:
    """Every other permission together is not enough."""
    eve.sign_in_if_signed_out()
    of_operations = {
        operation: needed
        for operation in town.operations
        if (needed := permission_missing(town.ask(eve, operation.request(NOBODYS))))
    }
    permissions = {each["name"] for each in town.admin.ask_list("/permissions")}
    assert permissions == {*of_operations.values(), ASSIGN_ROLES}  # that one is for a field
    clerk = town.member("clerk")
    town.give_role(str(clerk.visitor.me()["id"]), "clerk", [])
    before = town.profile(ada)

    found = []
    for permission in permissions:
        town.admin.ask("PATCH", "/roles/clerk", permissions=[*permissions - {permission}])
        for operation in (each for each, it in of_operations.items() if it == permission):
            answers = [
                town.ask(clerk, operation.request(ada.belongings.user_id, slot))
                for slot in operation.slots or (None,)
            ]
            missed = {permission_missing(answer) for answer in answers}
            found += [operation.label] if missed != {permission} else []

    assert found == []
    assert town.profile(ada) == before


def permission_missing(answer: httpx2.Response) -> str | None:
    named = re.search(r"needs the permission `([\w:-]+)`", answer.text)
    return named[1] if answer.status_code == 403 and named else None


def test_their_owner_or_an_admin_gets_what_the_others_were_refused(town: Town) -> None:
    """Else nothing could be told from the refusals. What was asked before may be gone by now:
    then somebody else, who still has everything, is asked about."""
    patron = town.patron()

    missing = []
    for operation in town.operations:
        for slot in operation.slots:
            if slot.where == "body" or is_found(town, operation, slot, patron):
                continue  # a body names addresses, and is answered alike for all of them
            patron = town.patron()
            if not is_found(town, operation, slot, patron):
                missing.append((operation.label, slot))

    assert missing == []


def is_found(town: Town, operation: Operation, slot: Slot, patron: Patron) -> bool:
    """Whether some id of theirs is answered otherwise than one of nobody's."""
    for who in (patron.member, town.admin):
        unknown = town.ask(who, operation.request(NOBODYS, slot))
        if permission_missing(unknown):
            continue
        for value in patron.belongings.fitting(slot):
            answer = town.ask(who, operation.request(value, slot))
            if answer.is_success and answer.text != unknown.text:
                return True
    return False
