"""`/metrics`, where `prometheus-client` is installed, and what is said where it is not."""

import re
import sys

import httpx2
import pytest

from app.core.app_factory import create_app
from app.core.blocks import Block
from app.core.config import CoreSettings, InvalidSettings
from app.core.tests.conftest import router

NOTES = (Block(name="notes", router=router),)


@pytest.fixture
def settings(settings: CoreSettings) -> CoreSettings:
    settings.metrics.enabled = True
    return settings


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
async def test_requests_are_counted_by_route_and_outcome(settings: CoreSettings) -> None:
    pytest.importorskip("prometheus_client")
    app = create_app(settings, NOTES)
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="https://test") as client:
        await client.get("/api/v1/notes")
        await client.get("/api/v1/notes?limit=0")
        await client.get("/nowhere/1")
        await client.get("/nowhere/2")

        said = (await client.get("/metrics")).text

    # Older versions of FastAPI name a route by its whole path.
    counted = re.findall(r"_count\{(.*)\} (\S+)", said.replace("/api/v1/notes", "/notes"))
    assert counted == [
        ('method="GET",route="/notes",status="200"', "1.0"),
        ('method="GET",route="/notes",status="422"', "1.0"),
        ('method="GET",route="(none)",status="404"', "2.0"),
    ]


@pytest.mark.parametrize("database_url", ["memory"], indirect=True)
def test_without_the_package_the_start_says_which_to_add(
    settings: CoreSettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "prometheus_client", None)

    with pytest.raises(InvalidSettings, match="add `prometheus-client` to your dependencies"):
        create_app(settings, NOTES)
