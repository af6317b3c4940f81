"""Every command and code sample of README, docs and the READMEs of blocks and projects, run."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.documents.inline import commands, mistake_in
from tests.documents.pages import AGENTS, ROOT, SHOWN, Page, page, pages
from tests.documents.session import ACTIONS, Session
from tests.project.databases import postgres_database
from tests.services import free_port

POSTGRESQL = "postgresql://shop:secret@localhost/shop"
POSTGRESQL_OF_TESTS = f"{POSTGRESQL}_test"
ANY_POSTGRESQL = "postgresql://… "
REDIS = "redis://localhost"
NEW_PROJECT = re.compile(r"a new project with ([\w, ]+)")
ALL_PAGES = [each.path for each in pages()]


@pytest.fixture(params=ALL_PAGES, ids=lambda path: path.relative_to(ROOT).as_posix())
def read(request: pytest.FixtureRequest) -> Page:
    return page(request.param)


@pytest.fixture
def session(read: Page, tmp_path: Path, mypy_cache: str) -> Iterator[Session]:
    port = free_port()
    with ExitStack() as stack:
        has_database = POSTGRESQL in read.text
        replaced = {
            POSTGRESQL_OF_TESTS: os.environ["TEST_DATABASE_URL"],
            POSTGRESQL: stack.enter_context(postgres_database()) if has_database else "",
            ANY_POSTGRESQL: f"{os.environ['TEST_DATABASE_URL']} ",
            REDIS: os.environ["TEST_REDIS_URL"],
            "localhost:8000": f"localhost:{port}",
            "127.0.0.1:8000": f"127.0.0.1:{port}",
            "--port 8000": f"--port {port}",
            "--workers 4": "--workers 2",
        }
        session = Session(tmp_path / "notes", replaced, port)
        begin(session, read.starts_in, tmp_path)
        session.type(f"export MYPY_CACHE_DIR={mypy_cache}")
        stack.callback(session.end)
        yield session


def begin(session: Session, where: str, folder: Path) -> None:
    session.begin(ROOT if where == "this repository" else folder)
    if asked := NEW_PROJECT.fullmatch(where):
        session.type(f"fastapi-blocks init shop --with '{asked[1]}'\ncd shop\n")
    else:
        assert where in {"this repository", "an empty folder"}, where


@pytest.mark.slow
def test_a_page_does_what_it_says(read: Page, session: Session) -> None:
    for sample in read.samples():
        if sample.language not in SHOWN and not sample.not_run:
            try:
                session.do(sample)
            except AssertionError as error:
                raise AssertionError(f"{read.name}:{sample.line}: {error}") from None


def test_every_sample_is_run_or_says_why_not(
    record_property: Callable[[str, object], None],
) -> None:
    for each in pages():
        for sample in filter(lambda sample: sample.not_run, each.samples()):
            record_property(f"not run, {each.name}:{sample.line}", sample.not_run)

    assert [
        f"{each.name}:{sample.line}: {sample.language or 'no language'}"
        for each in pages()
        for sample in each.samples()
        if not (sample.not_run or sample.file or sample.language in {*ACTIONS, *SHOWN})
    ] == []


def test_no_page_has_code_that_the_runner_does_not_see() -> None:
    """Four spaces make a block, too: but one without a language."""
    assert [
        f"{each.name}: {indented}"
        for each in pages()
        for indented in re.findall(r"\n\n {4}(\S.*)", without_fences(each.text))
    ] == []


def test_commands_in_running_text_could_be_typed() -> None:
    mistakes = {
        f"{each.name}: {' '.join(words)}": mistake_in(words)
        for each in (*pages(), page(AGENTS))
        for words in commands(each)
    }

    assert mistakes
    assert {place: mistake for place, mistake in mistakes.items() if mistake} == {}


def without_fences(text: str) -> str:
    return re.sub(r"^( *)```.*?^\1```$", "", text, flags=re.DOTALL | re.MULTILINE)
