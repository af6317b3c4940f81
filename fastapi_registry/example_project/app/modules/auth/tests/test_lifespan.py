"""What auth does beside the requests."""

import pytest

from app.core.runtime import Runtime
from app.modules.auth.lifespan import lifespan
from app.modules.auth.tests.conftest import PASSWORD, Person

SEEDED = {
    "seed_email": "Dev@example.com",
    "seed_password": PASSWORD,
    "seed_admin": True,
}


@pytest.mark.parametrize("auth_options", [SEEDED])
async def test_a_seeded_user_can_sign_in_and_is_made_once(
    runtime: Runtime, stranger: Person
) -> None:
    for _ in range(2):
        async with lifespan(runtime):
            pass

    login = await stranger.named("dev@example.com").login()

    assert login.status_code == 200
    assert login.json()["user"]["isAdmin"] is True


async def test_without_the_settings_nobody_is_seeded(runtime: Runtime, stranger: Person) -> None:
    async with lifespan(runtime):
        assert (await stranger.named("dev@example.com").login()).status_code == 401
