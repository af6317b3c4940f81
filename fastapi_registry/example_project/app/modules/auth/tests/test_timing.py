"""How long an answer takes must not tell whether there is an account: R19."""

import time
from collections.abc import Awaitable, Callable
from statistics import median
from typing import TypeAlias

import pytest
from httpx2 import Response

from app.modules.auth.tests.conftest import REAL_HASHES, Person

SAMPLES = 30
KNOWN = "eve@example.com"
Ask: TypeAlias = Callable[[Person, str], Awaitable[Response]]
QUESTIONS: dict[str, Ask] = {
    "login": lambda ada, email: ada.post("login", email=email, password="not the password"),
    "register": lambda ada, email: ada.post(
        "register", email=email, password=ada.password, name="Eve"
    ),
    "forgot": lambda ada, email: ada.post("forgot-password", email=email),
    "magic link": lambda ada, email: ada.post("magic-link", email=email),
    "resend": lambda ada, email: ada.post("verify-email/request", email=email),
    "change e-mail": lambda ada, email: ada.post("change-email", newEmail=email),
}


async def seconds(ada: Person, ask: Ask, email: str) -> float:
    started = time.perf_counter()
    response = await ask(ada, email)
    taken = time.perf_counter() - started
    assert response.status_code in {202, 401}
    await ada.mails()  # what goes on in the background is not part of the next sample
    return taken


async def medians(ada: Person, ask: Ask, attempt: int) -> tuple[float, float]:
    """Of a known and an unknown address, in turns: what slows down one slows down the other."""
    known, unknown = [], []
    for number in range(SAMPLES):
        known.append(await seconds(ada, ask, KNOWN))
        unknown.append(await seconds(ada, ask, f"nobody-{attempt}-{number}@example.com"))
    return median(known), median(unknown)


def are_alike(one: float, other: float) -> bool:
    """Less than a tenth apart, or less than the network hides."""
    return abs(one - other) < max(0.1 * max(one, other), 0.020)


# One storage will do: the time of a hash, and the mails that wait, are the same on each.
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("rate_limited", [False])
@pytest.mark.parametrize("auth_options", [REAL_HASHES])
@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
async def test_r19_known_and_unknown_addresses_take_as_long(
    ada: Person, stranger: Person, ask: Ask
) -> None:
    await stranger.register()

    found = []
    for attempt in range(3):  # a machine that is busy with something else gets another chance
        found.append(await medians(ada, ask, attempt))
        if are_alike(*found[-1]):
            break

    assert are_alike(*found[-1]), found
