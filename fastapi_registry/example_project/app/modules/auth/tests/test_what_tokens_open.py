"""Every kind of token at every place that takes one: R43; and every string of the database: R48."""

from collections.abc import Mapping
from typing import Final

import httpx2
import pytest
from sqlalchemy import select

from app.core.runtime import Runtime
from app.core.tables import Base
from app.modules.auth.composition import Auth
from app.modules.auth.models import Purpose
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, Person

ANOTHER_ADDRESS: Final = "lovelace@example.com"
PAGES: Final = {
    "verify-email": Purpose.VERIFY_EMAIL,
    "reset-password": Purpose.RESET_PASSWORD,
    "magic-link/verify": Purpose.MAGIC_LINK,
    "change-email/approve": Purpose.APPROVE_EMAIL_CHANGE,
    "change-email/confirm": Purpose.CHANGE_EMAIL,
    "change-email/undo": Purpose.UNDO_EMAIL_CHANGE,
    "account/restore": Purpose.RESTORE_ACCOUNT,
}
"""Where a mailed token opens something. Tokens of other purposes are asked for by other blocks."""
MOVING: Final = {purpose for page, purpose in PAGES.items() if page.startswith("change-email")}
PLACES: Final = {
    "access token": "access",
    "access cookie": "access",
    "refresh token": "refresh",
    "refresh cookie": "refresh",
    **PAGES,
}


@pytest.fixture
def auth_options() -> dict[str, object]:
    return {"auth_mode": "both", "cookie_secure": False}


@pytest.fixture
def rate_limited() -> bool:
    return False


async def use(client: httpx2.AsyncClient, token: str, place: str) -> int:
    """The status of the answer to `token` at `place`, from a client that shows nothing else."""
    client.cookies.clear()
    auth, from_our_page = "/api/v1/auth", {"Origin": "http://localhost:3000"}
    match place:
        case "access token":
            answer = await client.get(
                f"{auth}/me", headers={"Authorization": f"Bearer {printable(token)}"}
            )
        case "access cookie":
            cookie = {"Cookie": f"access={printable(token)}"}
            answer = await client.get(f"{auth}/me", headers=from_our_page | cookie)
        case "refresh token":
            answer = await client.post(f"{auth}/refresh", json={"refreshToken": token})
        case "refresh cookie":
            cookie = {"Cookie": f"refresh={printable(token)}"}
            answer = await client.post(f"{auth}/refresh", headers=from_our_page | cookie)
        case _:
            body = {"token": token, "newPassword": ANOTHER_PASSWORD}
            answer = await client.post(f"{auth}/{place}", json=body)
    return answer.status_code


def printable(text: str) -> str:
    return "".join(character for character in text if " " < character < "\x7f")


async def mailed(runtime: Runtime, person: Person, purpose: Purpose) -> str:
    """As if it came by mail. Made by the service itself, so that none is missing here."""
    async with runtime.unit_of_work() as work:
        links = Auth(work).links
        user = await links.users.by_email_key(person.email)
        assert user is not None
        address = ANOTHER_ADDRESS if purpose in MOVING else None
        return await links.make(user, purpose, address=address)


async def every_kind(runtime: Runtime, person: Person) -> Mapping[str, str]:
    """All tokens that auth makes, by what they are for. Each of them is good."""
    made: dict[str, str] = {purpose: await mailed(runtime, person, purpose) for purpose in Purpose}
    async with runtime.unit_of_work() as work:
        auth = Auth(work)
        session_id = auth.browsers.refresh_tokens.read(person.tokens["refreshToken"]).session_id
        made["csrf"] = auth.browsers.csrf_tokens.issue(session_id)
        made["device"] = auth.device_tokens.issue(person.email)
    made["access"] = person.tokens["accessToken"]
    made["refresh"] = person.tokens["refreshToken"]
    return made


async def test_r43_no_token_passes_for_another(ada: Person, runtime: Runtime) -> None:
    kinds = await every_kind(runtime, ada)

    opened = {
        (kind, place)
        for kind, token in kinds.items()
        for place, takes in PLACES.items()
        if kind != takes and await use(ada.client, token, place) < 400
    }

    assert opened == set()


@pytest.mark.parametrize("place", PAGES)
@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_r43_each_opens_what_it_is_for(ada: Person, runtime: Runtime, place: str) -> None:
    """Else the other test could not fail."""
    token = await mailed(runtime, ada, PAGES[place])

    assert await use(ada.client, token, place) == 200


# One storage will do: what is stored does not depend on where.
@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_r48_a_dump_of_the_database_opens_nothing(ada: Person, runtime: Runtime) -> None:
    await every_kind(runtime, ada)
    dump: set[str] = set()
    async with runtime.unit_of_work() as work:
        for table in Base.metadata.sorted_tables:
            for row in await work.fetch(select(table)):
                dump |= {value.hex() if isinstance(value, bytes) else str(value) for value in row}

    assert len(dump) > 20
    for value in dump:
        for place in PLACES:
            assert await use(ada.client, value, place) >= 400, (value, place)
