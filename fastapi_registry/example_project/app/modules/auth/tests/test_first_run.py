"""The way of a newcomer through all of it, on every storage."""

from app.modules.auth.tests.conftest import ANOTHER_PASSWORD, Person


async def test_register_verify_login_refresh_logout_and_reset(stranger: Person) -> None:
    registered = await stranger.register()
    assert registered.status_code == 202, registered.text
    assert (await stranger.login()).status_code == 401

    assert (await stranger.verify()).json() == {"verified": True}
    login = await stranger.login()
    assert login.status_code == 200, login.text
    assert login.json()["user"]["email"] == "eve@example.com"
    assert (await stranger.get("me")).json()["name"] == "Eve"

    refreshed = await stranger.refresh()
    assert refreshed.status_code == 200, refreshed.text
    assert (await stranger.get("me")).status_code == 200

    logout = await stranger.post("logout", refreshToken=stranger.tokens["refreshToken"])
    assert logout.status_code == 204, logout.text
    assert (await stranger.get("me")).status_code == 401
    stranger.tokens = {}

    assert (await stranger.post("forgot-password", email=stranger.email)).status_code == 202
    reset = await stranger.post(
        "reset-password",
        token=await stranger.mailed_token("reset-password"),
        newPassword=ANOTHER_PASSWORD,
    )
    assert reset.status_code == 200, reset.text
    assert (await stranger.login()).status_code == 401
    stranger.password = ANOTHER_PASSWORD
    assert (await stranger.login()).status_code == 200
