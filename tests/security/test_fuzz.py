"""Requests made from the API's own description, by schemathesis: no 5xx and no wrong acceptance.

Every operation is asked `EXAMPLES` times with what fits its description and as often with what does
not: by an admin, and by a stranger, whom only public operations may let in. The seed never changes.
PostgreSQL stores, since it is the strictest about what a text or a number may be.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from requests import Session
from schemathesis import Case, CheckFunction, GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from tests.project.databases import postgres_database
from tests.project.generated import Server
from tests.project.journey import ADA, FIRST_PASSWORD
from tests.security.shop import whole_shop

pytestmark = pytest.mark.slow

AnyCase: TypeAlias = Case[Any]
EXAMPLES = 6
KINDS = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS: tuple[CheckFunction, ...] = (
    not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Without limits, which would answer all but the first requests."""
    with postgres_database() as url:
        shop = whole_shop(tmp_path_factory.mktemp("fuzz") / "shop").with_variables(
            DATABASE_URL=url, RATE_LIMIT_ENABLED="false", LOG_LEVEL="WARNING"
        )
        shop.manage("db", "upgrade")
        shop.manage("create-dev-user", "--email", ADA, "--password", FIRST_PASSWORD, "--admin")
        with shop.served() as server:
            yield server


@dataclass
class Admin:
    """Signs in again whenever a request has ended the session that asks."""

    api: str
    connections: Session = field(default_factory=Session)

    def ask(self, case: AnyCase) -> Any:
        response = case.call(session=self.connections)
        if response.status_code != 401 or response.json()["code"] == "wrong_answer":
            return response
        self.sign_in()
        return case.call(session=self.connections)

    def sign_in(self) -> None:
        body = {"email": ADA, "password": FIRST_PASSWORD}
        answer = httpx2.post(f"{self.api}/auth/login", json=body).raise_for_status()
        token = answer.json()["accessToken"]
        self.connections.headers["Authorization"] = f"Bearer {token}"


@dataclass
class Stranger:
    connections: Session = field(default_factory=Session)

    def ask(self, case: AnyCase) -> Any:
        response = case.call(session=self.connections)
        wants_a_token = case.operation.definition.raw.get("security")
        assert response.status_code >= 400 or not wants_a_token, case.as_curl_command()
        return response


def checks_of(case: AnyCase) -> Sequence[CheckFunction]:
    """A query or a header that nobody asked for is ignored, as is usual: only bodies are strict."""
    return CHECKS if case.operation.body else CHECKS[:-1]


@dataclass
class Run:
    """What was asked, and what was found."""

    asked: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    findings: dict[str, str] = field(default_factory=dict)

    def note(self, case: AnyCase, response: Any) -> None:
        self.asked[case.operation.label] += 1
        self.statuses[response.status_code] += 1
        for check in checks_of(case):
            try:
                case.validate_response(response, checks=[check])
            except FailureGroup as error:
                self.findings.setdefault(f"{case.operation.label}: {check.__name__}", str(error))

    def summary(self) -> str:
        fewest, most = min(self.asked.values()), max(self.asked.values())
        return (
            f"{len(self.asked)} operations, {fewest} to {most} requests each,"
            f" {self.asked.total()} in all; answers: {dict(sorted(self.statuses.items()))}"
        )


def probe(operation: Any, kind: GenerationMode, who: Admin | Stranger, run: Run) -> None:
    """Ask one operation. Nothing breaks the description of one that takes no input at all."""

    @seed(0)
    @settings(
        max_examples=EXAMPLES,
        phases=[Phase.generate],
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy(generation_mode=kind))
    def ask(case: AnyCase) -> None:
        run.note(case, who.ask(case))

    try:
        ask()
    except Unsatisfiable:
        assert kind is GenerationMode.NEGATIVE, operation.label


def fuzzed(server: Server, who: Admin | Stranger) -> Run:
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    found = list(schema.get_all_operations())
    operations = [each.ok() for each in found if isinstance(each, Ok)]
    run = Run()
    for operation in operations:
        for kind in KINDS:
            probe(operation, kind, who, run)
    assert len(run.asked) == len(found)
    return run


def test_r3_whatever_an_admin_sends_no_operation_breaks_or_accepts_what_it_should_not(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    run = fuzzed(server, Admin(server.api))

    record_property("fuzzed by an admin", run.summary())
    assert run.findings == {}


def test_r3_whatever_a_stranger_sends_only_public_operations_let_them_in(
    server: Server, record_property: Callable[[str, object], None]
) -> None:
    run = fuzzed(server, Stranger())

    record_property("fuzzed by a stranger", run.summary())
    assert run.findings == {}
