"""An app of our own, and the blocks in an app that somebody else built."""

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx2
import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from app.core.app_factory import attach, create_app
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.database_schema import SchemaNotUpgraded
from app.core.runtime import Runtime
from app.core.startup import InsecureSettings
from app.core.tables import Base


def settings_with(**sections: dict[str, object]) -> CoreSettings:
    given: dict[str, dict[str, object]] = {
        "app": {"environment": "test"},
        "security": {"secret_key": secrets.token_urlsafe(48)},
        "database": {"url": "memory://", "auto_migrate": False},
        **sections,
    }
    return CoreSettings(_env_file=None, **given)


def theirs() -> FastAPI:
    """An app as people have it, with its own 422."""
    app = FastAPI()

    class Item(BaseModel):
        price: int

    @app.post("/items")
    async def add_item(item: Item) -> Item:
        return item

    return app


def test_docs_are_there_in_development_and_gone_in_production(blocks: Sequence[Block]) -> None:
    development = create_app(settings_with(), blocks)
    production = create_app(
        settings_with(
            app={"environment": "production"},
            email={"adapter": "smtp"},
            database={"url": "sqlite:///x.db"},
        ),
        blocks,
    )

    assert (development.docs_url, development.openapi_url) == ("/docs", "/openapi.json")
    assert (production.docs_url, production.openapi_url) == (None, None)


def test_docs_can_be_asked_for(blocks: Sequence[Block]) -> None:
    assert create_app(settings_with(app={"docs_enabled": False}), blocks).docs_url is None


def test_refuses_to_be_made_with_a_weak_secret(blocks: Sequence[Block]) -> None:
    with pytest.raises(InsecureSettings):
        create_app(settings_with(security={"secret_key": "weak"}), blocks)
    with pytest.raises(InsecureSettings):
        attach(theirs(), settings_with(security={"secret_key": "weak"}), blocks)


def test_debug_shows_the_traceback(blocks: Sequence[Block]) -> None:
    app = create_app(settings_with(app={"debug": True}), blocks)

    @app.get("/broken")
    async def broken() -> None:
        raise RuntimeError("for the developer")

    answer = TestClient(app).get("/broken")

    assert answer.status_code == 500
    assert "for the developer" in "".join(answer.json()["traceback"])


async def test_r7_only_listed_origins_are_allowed(blocks: Sequence[Block]) -> None:
    app = create_app(
        settings_with(server={"cors_origins": "https://good.example", "cors_credentials": True}),
        blocks,
    )
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app), base_url="https://test"
    ) as client:
        allowed = {
            origin: (await client.get("/health", headers={"origin": origin})).headers.get(
                "access-control-allow-origin"
            )
            for origin in ("https://good.example", "https://evil.example", "null")
        }

    assert allowed == {
        "https://good.example": "https://good.example",
        "https://evil.example": None,
        "null": None,
    }


def test_the_lifespan_of_a_block_runs_with_the_app() -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(runtime: Runtime) -> AsyncIterator[None]:
        seen.append("started")
        yield
        seen.append("ended")

    app = create_app(settings_with(), (Block(name="background", lifespan=lifespan),))
    with TestClient(app):
        assert seen == ["started"]

    assert seen == ["started", "ended"]


def test_attached_blocks_answer_and_their_own_routes_are_as_before(
    blocks: Sequence[Block],
) -> None:
    before = TestClient(theirs()).post("/items", json={"price": "x"})
    app = theirs()
    attach(app, settings_with(), blocks, prefix="/blocks")
    client = TestClient(app)

    after = client.post("/items", json={"price": "x"})

    assert (after.status_code, after.json()) == (before.status_code, before.json())
    assert "x-request-id" not in after.headers
    assert client.get("/health").status_code == 404
    assert client.get("/nowhere").json() == {"detail": "Not Found"}
    assert client.post("/items/", follow_redirects=False).status_code == 307
    ours = client.post("/blocks/notes", json={"password": "xyz1"})
    assert ours.status_code == 422
    assert ours.headers["content-type"] == "application/problem+json"
    assert ours.headers["x-content-type-options"] == "nosniff"
    assert "xyz1" not in ours.text


def test_attaching_twice_changes_nothing(blocks: Sequence[Block]) -> None:
    app = theirs()
    attach(app, settings_with(), blocks)
    routes, runtime = len(app.routes), app.state.blocks

    attach(app, settings_with(), blocks)

    assert len(app.routes) == routes
    assert app.state.blocks is runtime


def test_attached_blocks_keep_the_lifespan_that_was_there(blocks: Sequence[Block]) -> None:
    seen: list[str] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        seen.append("started")
        yield
        seen.append("ended")

    app = FastAPI(lifespan=lifespan)
    attach(app, settings_with(), blocks)
    with TestClient(app):
        pass

    assert seen == ["started", "ended"]


def test_blocks_work_where_no_lifespan_runs(blocks: Sequence[Block], tmp_path: str) -> None:
    app = FastAPI()
    attach(app, settings_with(database={"url": f"sqlite:///{tmp_path}/x.db"}), blocks)
    outer = FastAPI()
    outer.mount("/inner", app)

    @app.post("/tables")
    async def create_tables() -> None:
        async with app.state.blocks.database.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)

    client = TestClient(outer)
    client.post("/inner/tables")

    assert client.get("/inner/api/v1/notes/count").json() == 0


def test_a_block_on_an_app_it_was_not_attached_to_says_so(blocks: Sequence[Block]) -> None:
    app = FastAPI()
    assert blocks[0].router is not None
    app.include_router(blocks[0].router)

    with pytest.raises(LookupError, match="install_blocks"):
        TestClient(app).get("/notes/count")


def test_a_database_that_cannot_be_upgraded_stops_the_start(blocks: Sequence[Block]) -> None:
    database = {"url": "postgresql://nobody@127.0.0.1:1/none", "auto_migrate": True}
    app = create_app(settings_with(database=database), blocks)

    with pytest.raises(SchemaNotUpgraded, match="DATABASE_AUTO_MIGRATE=false"), TestClient(app):
        pass
