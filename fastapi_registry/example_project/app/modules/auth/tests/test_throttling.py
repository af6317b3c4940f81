"""Guessing gets slower, and locks nobody out: R34, R35, R37."""

import asyncio
from collections.abc import AsyncIterator, Callable
from datetime import timedelta

import httpx2
import pytest
from fastapi import FastAPI

from app.core.testing import Clock
from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, Person
from app.modules.auth.throttling import network_of
from app.modules.auth.tokens import DeviceTokens

From = Callable[[str], Person]


@pytest.fixture
async def calling_from(app: FastAPI, ada: Person) -> AsyncIterator[From]:
    """Somebody elsewhere in the network, who knows Ada's address, but no password."""
    clients: list[httpx2.AsyncClient] = []

    def call_from(address: str) -> Person:
        transport = httpx2.ASGITransport(app, client=(address, 4711))
        clients.append(httpx2.AsyncClient(transport=transport, base_url="https://test"))
        return Person(clients[-1], ada.outbox, password="a guess of a stranger")

    yield call_from
    for client in clients:
        await client.aclose()


async def attack(calling_from: From, tries: int) -> httpx2.Response:
    """From all over the world, one try from each network. The last answer."""
    for number in range(tries):
        answer = await calling_from(f"203.{number}.113.7").login()
    return answer


@pytest.mark.parametrize("email", ["ada@example.com", "nobody@example.com"])
async def test_r34_the_wait_grows_with_each_failure_in_a_row(
    calling_from: From, clock: Clock, email: str
) -> None:
    waits = []
    for number in range(31):
        guesser, waited = calling_from(f"203.{number}.113.7"), 0
        guesser.email = email
        while (answer := await guesser.login()).status_code == 429:
            waited += int(answer.headers["Retry-After"])
            clock.advance(timedelta(seconds=int(answer.headers["Retry-After"])))
        assert answer.status_code == 401
        waits.append(waited)

    assert waits == sorted(waits)
    assert waits[:12] == [*[0] * 10, 6, 6]
    assert {60, 300, 900} <= set(waits)


async def test_r31_registering_a_taken_address_sends_no_flood(
    ada: Person, calling_from: From
) -> None:
    before = len(await ada.mails())

    answers = [await calling_from(f"203.{n}.113.7").register() for n in range(10)]

    assert {answer.status_code for answer in answers} == {202}
    assert len(await ada.mails()) == before + 5


async def test_r34_the_right_password_ends_the_row(ada: Person, clock: Clock) -> None:
    for _ in range(3):
        for _ in range(8):
            guess = ada.on_another_device()
            guess.password = "forgotten again"
            assert (await guess.login()).status_code == 401
        assert (await ada.login()).status_code == 200
        clock.advance(timedelta(minutes=1))


async def test_r34_a_network_of_many_clients_has_a_limit_too(calling_from: From) -> None:
    answers = [
        await calling_from(f"203.0.113.{number}").named(f"user-{number}@example.com").login()
        for number in range(101)
    ]

    assert [answer.status_code for answer in answers] == [*[401] * 100, 429]


async def test_r37_the_limit_holds_when_all_come_at_once(calling_from: From) -> None:
    guessers = [calling_from(f"203.{number}.113.7") for number in range(50)]

    answers = await asyncio.gather(*(guesser.login() for guesser in guessers))

    assert sorted(answer.status_code for answer in answers) == [*[401] * 10, *[429] * 40]


async def test_r34_one_client_at_many_accounts_has_a_limit(stranger: Person) -> None:
    answers = [await stranger.named(f"user-{number}@example.com").login() for number in range(11)]

    assert [answer.status_code for answer in answers] == [*[401] * 10, 429]


async def test_r35_who_signed_in_here_before_still_can(ada: Person, calling_from: From) -> None:
    assert (await attack(calling_from, 12)).status_code == 429

    assert (await ada.on_another_device().login()).status_code == 200


async def test_r35_a_known_device_is_no_way_to_guess(ada: Person) -> None:
    guesser = ada.on_another_device()
    guesser.password = "a guess on the owner's laptop"

    answers = [await guesser.login() for _ in range(11)]

    assert [answer.status_code for answer in answers] == [*[401] * 10, 429]


async def test_r35_nobody_else_becomes_known_by_signing_in(
    ada: Person, stranger: Person, calling_from: From
) -> None:
    eve = calling_from("198.51.100.7").named(stranger.email)
    eve.password = stranger.password
    await eve.register()
    await eve.verify()
    assert (await eve.login()).status_code == 200
    await attack(calling_from, 10)

    eve.email = ada.email

    assert (await eve.login()).status_code == 429


async def test_r35_sessions_resets_and_mailed_links_go_on(ada: Person, calling_from: From) -> None:
    await attack(calling_from, 12)
    ada.client.cookies.clear()

    assert (await ada.refresh()).status_code == 200
    assert (await ada.get("me")).status_code == 200
    assert (await ada.post("reauthenticate", password=ada.password)).status_code == 200
    await ada.post("magic-link", email=ada.email)
    link = await ada.mailed_token("magic-link")
    assert (await ada.post("magic-link/verify", token=link)).status_code == 200
    await ada.post("forgot-password", email=ada.email)
    token = await ada.mailed_token("reset-password")
    reset = await ada.post("reset-password", token=token, newPassword=ANOTHER_PASSWORD)
    assert reset.status_code == 200


async def test_r35_nobody_uses_up_the_mails_of_another(ada: Person, calling_from: From) -> None:
    eve = calling_from("198.51.100.7")
    asked = [await eve.post("magic-link", email=ada.email) for _ in range(6)]
    assert asked[-1].status_code == 429
    elsewhere = calling_from("192.0.2.7")

    assert (await elsewhere.post("forgot-password", email=ada.email)).status_code == 202
    assert (await elsewhere.post("magic-link", email=ada.email)).status_code == 429
    assert (await ada.post("magic-link", email=ada.email)).status_code == 202


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.7", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("unknown", "unknown"),
    ],
)
def test_r34_neighbours_are_in_one_network(address: str, network: str) -> None:
    assert network_of(address) == network


@pytest.mark.parametrize("forged", ["", "v1..", "v1.a.b", "é.é.é", "v2", "v1.a.b.c"])
def test_a_forged_device_token_fits_nobody(forged: str) -> None:
    tokens = DeviceTokens(keys=[b"d" * 64])

    token = tokens.issue("ada@example.com")

    assert tokens.fits(token, "ada@example.com")
    assert not tokens.fits(token, "eve@example.com")
    assert not tokens.fits(forged, "ada@example.com")
