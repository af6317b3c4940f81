"""`@human_check` on routes of your own."""

import pytest

from app.core.human_checks import HumanRequest
from app.core.schemas import ApiModel
from app.modules.captcha import human_check
from app.modules.captcha.tests.conftest import Person, contact
from app.modules.captcha.tests.siteverify import FakeSiteVerify


class Unguarded(ApiModel):
    text: str


async def test_the_route_keeps_its_parameters(ada: Person) -> None:
    body = {"text": "Hi", "captchaToken": "a-token"}
    answer = await ada.client.post("/api/v1/desk/contact?to=them", json=body)

    assert answer.json() == {"message": "Hi to them"}
    assert contact.__name__ == "contact"


async def test_the_description_shows_the_token_and_nothing_of_the_decorator(ada: Person) -> None:
    description = (await ada.client.get("/openapi.json")).json()

    operation = description["paths"]["/api/v1/desk/contact"]["post"]
    assert operation["operationId"] == "desk_contact"
    assert [parameter["name"] for parameter in operation["parameters"]] == ["to"]
    assert set(description["components"]["schemas"]["Letter"]["properties"]) == {
        "text",
        "captchaToken",
    }


async def test_a_mistake_in_the_body_costs_no_captcha(
    ada: Person, siteverify: FakeSiteVerify
) -> None:
    assert (await ada.write("a-token", text=["no text"])).status_code == 422
    assert siteverify.asked == []
    assert (await ada.write("a-token")).status_code == 200


def test_a_body_without_a_token_is_told_when_the_app_is_made() -> None:
    with pytest.raises(TypeError, match="derive it from `HumanRequest`"):

        @human_check("contact")
        async def contact(body: Unguarded) -> None:
            """Never called."""


def test_a_function_that_is_not_async_is_told_when_the_app_is_made() -> None:
    def contact(body: HumanRequest) -> None:
        """Never called."""

    with pytest.raises(TypeError, match="async def"):
        human_check("contact")(contact)  # type: ignore[arg-type]
