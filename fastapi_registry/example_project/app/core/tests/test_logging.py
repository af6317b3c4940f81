"""Logs: one line a request, an id in each, and no secret in any."""

import json
import logging
from collections.abc import Iterator, Sequence
from pathlib import Path
from uuid import UUID

import httpx2
import pytest
import structlog

from app.core.blocks import Block
from app.core.caller import CALLERS
from app.core.config import CoreSettings
from app.core.logging_config import configure_logging
from app.core.tests.test_caller import ByHeader
from app.core.tests.test_caller import router as who


@pytest.fixture
def log_file(tmp_path: Path) -> Iterator[Path]:
    file = tmp_path / "app.log"
    configure_logging(
        CoreSettings(_env_file=None, logging={"format": "json", "file": str(file), "level": "INFO"})
    )
    yield file
    configure_logging(CoreSettings(_env_file=None))


def lines(file: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


async def test_a_request_is_one_line_with_its_id(
    client: httpx2.AsyncClient, log_file: Path
) -> None:
    configure_logging(
        CoreSettings(_env_file=None, logging={"format": "json", "file": str(log_file)})
    )

    await client.get(
        "/api/v1/notes?token=hush", headers={"x-request-id": "trace-0001", "authorization": "hush"}
    )

    [line] = [line for line in lines(log_file) if line["logger"] == "access"]
    assert line["request_id"] == "trace-0001"
    assert (line["method"], line["path"], line["status"]) == ("GET", "/api/v1/notes", 200)
    assert "hush" not in json.dumps(line)


class TestWithSomebodyToAnswer:
    @pytest.fixture
    def blocks(self) -> Sequence[Block]:
        return (Block(name="who", router=who, provides=[CALLERS.provided_by(ByHeader)]),)

    async def test_the_lines_of_a_request_name_its_caller_and_no_later_ones(
        self, client: httpx2.AsyncClient, log_file: Path
    ) -> None:
        configure_logging(
            CoreSettings(_env_file=None, logging={"format": "json", "file": str(log_file)})
        )

        await client.get("/api/v1/who", headers={"authorization": "reader"})
        await client.get("/api/v1/who")

        known, unknown = (line for line in lines(log_file) if line["logger"] == "access")
        assert UUID(str(known["user_id"]))
        assert "user_id" not in unknown


def test_r98_secrets_are_hidden_wherever_they_stand(log_file: Path) -> None:
    structlog.get_logger("x").info(
        "calling postgresql://me:hush@host with Bearer hush",
        password="hush",
        api_key="hush",
        refresh_token="hush",
        user="ada",
    )

    [line] = lines(log_file)
    assert "hush" not in json.dumps(line)
    assert line["user"] == "ada"


def test_a_line_break_cannot_fake_a_line(log_file: Path) -> None:
    structlog.get_logger("x").info("hello", name="ada\n{}")

    assert len(log_file.read_text().splitlines()) == 1


def test_lines_of_libraries_look_like_ours(log_file: Path) -> None:
    logging.getLogger("somebody.else").warning("password in ://me:hush@host")

    [line] = lines(log_file)
    assert (line["logger"], line["level"]) == ("somebody.else", "warning")
    assert "hush" not in json.dumps(line)


def test_an_error_carries_its_traceback(log_file: Path) -> None:
    try:
        raise RuntimeError("why")
    except RuntimeError:
        structlog.get_logger("x").exception("failed")

    [line] = lines(log_file)
    assert "RuntimeError: why" in str(line["exception"])


def test_the_level_rules(log_file: Path) -> None:
    structlog.get_logger("x").debug("quiet")

    assert log_file.exists() is False or lines(log_file) == []


@pytest.mark.parametrize(
    ("environment", "is_json"),
    [("local", False), ("development", False), ("staging", True), ("production", True)],
)
def test_machines_read_json_and_people_read_lines(
    tmp_path: Path, log_file: Path, environment: str, is_json: bool
) -> None:
    logging_to = {"file": str(tmp_path / "auto.log")}
    configure_logging(
        CoreSettings(_env_file=None, app={"environment": environment}, logging=logging_to)
    )

    structlog.get_logger("x").info("hello", name="ada")

    [line] = (tmp_path / "auto.log").read_text().splitlines()
    assert line.startswith("{") == is_json
    assert "hello" in line
