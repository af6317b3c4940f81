"""A small app whose orchard is guarded, and the trail that tells what was picked there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import httpx2
import pytest
from fastapi import Request

from app.core.audit_trail import AuditableEvent
from app.core.blocks import Block
from app.core.caller import CALLERS, Caller, CurrentCaller
from app.core.errors import BlockError, Conflict
from app.core.ids import uuid7
from app.core.routing import BlockRouter
from app.core.work import UnitOfWork, Work
from app.modules import audit

ADA, EVE, ROOT = uuid7(), uuid7(), uuid7()
PEOPLE = {"ada": ADA, "eve": EVE, "root": ROOT}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplePicked(AuditableEvent):
    kind = "apple_picked"

    owner_id: UUID
    notes: Mapping[str, str] = field(default_factory=dict)

    @property
    def subject_id(self) -> UUID:
        return self.owner_id

    @property
    def details(self) -> Mapping[str, str]:
        return self.notes


class WaspStung(AuditableEvent):
    kind = "wasp_stung"
    outcome = "failure"


class Stung(BlockError):
    status, code, title = 400, "stung", "Stung"
    keeps_writes = True


router = BlockRouter(prefix="/orchard", tags=["orchard"])


@router.post("/{owner_id}", status_code=204)
async def pick(
    owner_id: UUID, caller: CurrentCaller, work: Work, note: str = "", ending: str = "well"
) -> None:
    notes = {"note": note, "picker_token": note} if note else {}
    await work.publish(ApplePicked(owner_id=owner_id, notes=notes))
    if ending == "stung":
        await work.publish(WaspStung())
        raise Stung
    if ending == "undone":
        raise Conflict


class ByName:
    """`Authorization: ada` is Ada; root may read the trail, and `root as ada` acts for her."""

    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def identify(self, request: Request) -> Caller | None:
        name, _, acting_as = request.headers.get("authorization", "").partition(" as ")
        if name not in PEOPLE:
            return None
        return Caller(
            user_id=PEOPLE[acting_as or name],
            session_id=None,
            permissions=frozenset({"audit:read"} if name == "root" else ()),
            is_admin=False,
            authenticated_at=self._work.now(),
            methods=("pwd",),
            impersonator_id=PEOPLE[name] if acting_as else None,
        )


@pytest.fixture
def blocks() -> Sequence[Block]:
    orchard = Block(name="orchard", router=router, provides=[CALLERS.provided_by(ByName)])
    return (audit.block, orchard)


def _told(asked: Mapping[str, str | int | UUID]) -> dict[str, str]:
    return {name: str(value) for name, value in asked.items()}


@dataclass(frozen=True)
class Person:
    name: str
    client: httpx2.AsyncClient

    async def pick(self, owner: UUID = ADA, **how: str) -> httpx2.Response:
        return await self.client.post(f"/api/v1/orchard/{owner}", params=how, headers=self._headers)

    async def get(self, path: str, **asked: str | int | UUID) -> httpx2.Response:
        return await self.client.get(
            f"/api/v1/audit/{path}", params=_told(asked), headers=self._headers
        )

    async def events(self, **asked: str | int | UUID) -> list[dict[str, object]]:
        answer = await self.get("events", **asked)
        assert answer.status_code == 200, answer.text
        items: list[dict[str, object]] = answer.json()["items"]
        return items

    @property
    def _headers(self) -> dict[str, str]:
        return {"authorization": self.name, "user-agent": "basket/1", "x-request-id": "pick-0001"}


@pytest.fixture
def ada(client: httpx2.AsyncClient) -> Person:
    return Person("ada", client)


@pytest.fixture
def root(client: httpx2.AsyncClient) -> Person:
    """May read the trail."""
    return Person("root", client)
