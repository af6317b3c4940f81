"""The Dockerfiles and compose files of a new project, without an engine: read, and done by hand."""

from __future__ import annotations

import fnmatch
import json
import re
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]

from tests.project.environments import uv
from tests.project.generated import Project, new_project
from tests.project.test_serving import started
from tests.services import free_port

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Stage:
    """What stands between one FROM and the next."""

    instructions: tuple[tuple[str, str], ...]

    def all(self, keyword: str) -> list[str]:
        return [value for word, value in self.instructions if word == keyword]

    def last(self, keyword: str) -> str:
        return self.all(keyword)[-1]

    @property
    def environment(self) -> dict[str, str]:
        pairs = (re.findall(r'(\w+)=("[^"]*"|\S+)', value) for value in self.all("ENV"))
        return {name: value.strip('"') for found in pairs for name, value in found}


def stages_of(dockerfile: Path) -> list[Stage]:
    """One instruction a line: the generated files continue none."""
    stages: list[list[tuple[str, str]]] = []
    for line in dockerfile.read_text().splitlines():
        if line and line[0] != "#":
            keyword, _, value = line.partition(" ")
            if keyword == "FROM":
                stages.append([])
            stages[-1].append((keyword, value))
    return [Stage(tuple(stage)) for stage in stages]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    return new_project(tmp_path_factory.mktemp("contained") / "shop", "--with", "auth")


@pytest.fixture(scope="module")
def final(project: Project) -> Stage:
    return stages_of(project.folder / "Dockerfile")[-1]


@pytest.fixture(scope="module")
def image(project: Project, final: Stage, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """What the last stage copies of the project, with its environment."""
    root = tmp_path_factory.mktemp("image")
    for copied in final.all("COPY"):
        if not copied.startswith("--from"):
            *sources, target = copied.split()
            for source in sources:
                copy(project.folder / source, root / (source if target == "./" else target))
    return Project(root).with_variables(
        ENVIRONMENT=final.environment["ENVIRONMENT"],
        SECRET_KEY=secrets.token_urlsafe(48),
        EMAIL_ADAPTER="smtp",
        DATABASE_URL=f"sqlite:///{root}/volume.db",
    )


def copy(source: Path, target: Path) -> None:
    """As an engine does: without what .dockerignore names."""
    lines = (source.parent / ".dockerignore").read_text().splitlines()
    patterns = [line.removeprefix("**/") for line in lines if line and line[0] != "#"]

    def ignored(_: str, names: list[str]) -> list[str]:
        return [name for name in names if any(fnmatch.fnmatch(name, each) for each in patterns)]

    assert not ignored("", [source.name]), f"`{source.name}` is copied and ignored"
    if source.is_dir():
        shutil.copytree(source, target, ignore=ignored)
    else:
        shutil.copy(source, target)


def test_production_is_built_apart_and_runs_as_nobody(project: Project, final: Stage) -> None:
    assert len(stages_of(project.folder / "Dockerfile")) == 2
    assert final.all("RUN") == [f"useradd --system --uid 10001 {final.last('USER')}"]
    assert [word for word, _ in final.instructions].index("USER") > max(
        place for place, (word, _) in enumerate(final.instructions) if word in ("RUN", "COPY")
    )


@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.dev"])
def test_no_shell_stands_between_a_signal_and_the_server(project: Project, name: str) -> None:
    assert json.loads(stages_of(project.folder / name)[-1].last("CMD"))[0] in ("python", "fastapi")


def test_no_secret_no_history_and_no_tests_are_in_the_image(image: Project) -> None:
    inside = {path.relative_to(image.folder).as_posix() for path in image.folder.rglob("*")}

    assert {"manage.py", "alembic.ini", "app/main.py", "migrations/env.py"} <= inside
    assert [p for p in inside if re.search(r"(^|/)(\.env|\.blocks|\.git|tests|.*\.db)$", p)] == []


def test_the_image_migrates_serves_and_is_healthy(
    image: Project, final: Stage, tmp_path: Path
) -> None:
    port = free_port()
    serving = image.with_variables(PORT=str(port))
    check = json.loads(final.last("HEALTHCHECK").partition("CMD ")[2])

    image.manage("db", "upgrade")
    serving.run(sys.executable, *check[1:], expected=1)
    command = json.loads(final.last("CMD"))[1:]
    with started(serving, *command, url=f"http://127.0.0.1:{port}", log=tmp_path / "log"):
        serving.run(sys.executable, *check[1:])


@pytest.mark.parametrize("flags", [(), ("--requirements",)], ids=["pyproject", "requirements"])
@pytest.mark.parametrize("name", ["Dockerfile", "Dockerfile.dev"])
def test_what_is_installed_is_named_by_files_that_are_copied(
    tmp_path: Path, flags: tuple[str, ...], name: str
) -> None:
    """The step itself takes the network: what it reads is there, and understood."""
    project = new_project(tmp_path / "shop", *flags)
    stage = stages_of(project.folder / name)[0]
    [copied] = stage.all("COPY")
    installs = stage.last("RUN").split(" && ")[-1]

    for pattern in copied.split()[:-1]:
        assert list(project.folder.glob(pattern)) or pattern == "uv.lock*", pattern
    if flags:
        assert re.fullmatch(r"uv pip install -r (requirements(-dev)?\.txt)", installs)
    else:
        assert "the following arguments" not in uv(*installs.split()[1:], "--help")


def compose(project: Project, *names: str) -> dict[str, Any]:
    """The services, later files merged into earlier ones."""
    services: dict[str, Any] = {}
    for name in names:
        for service, said in yaml.safe_load((project.folder / name).read_text())[
            "services"
        ].items():
            services[service] = {**services.get(service, {}), **said}
            if isinstance(said.get("build"), dict):
                services[service]["build"] = {"context": ".", **said["build"]}
    return services


def test_compose_has_all_that_production_has(project: Project) -> None:
    services = compose(project, "compose.yaml")
    example = (project.folder / ".env.example").read_text()

    assert set(services) == {"app", "database", "redis", "mail"}
    for name, condition in services["app"]["depends_on"].items():
        waits_for_health = condition["condition"] == "service_healthy"
        assert waits_for_health == ("healthcheck" in services[name])
    for variable, value in services["app"]["environment"].items():
        assert f"# {variable}=" in example
        if "://" in value:
            assert re.split(r"[@/:]+", value.split("://")[1].split("@")[-1])[0] in services
    assert services["app"]["environment"]["SMTP_HOST"] in services


def test_nothing_but_this_machine_reaches_what_compose_starts(project: Project) -> None:
    for service in compose(project, "compose.yaml").values():
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", []))


def test_the_settings_of_compose_start_the_app(project: Project) -> None:
    environment = compose(project, "compose.yaml")["app"]["environment"]

    said = project.with_variables(**environment).manage("check", expected=1)

    assert said.startswith("ok     settings\n")


def test_in_development_the_folder_is_mounted_and_the_packages_are_not_hidden(
    project: Project,
) -> None:
    app = compose(project, "compose.yaml", "compose.dev.yaml")["app"]
    [stage] = stages_of(project.folder / app["build"]["dockerfile"])

    assert app["volumes"] == [f".:{stage.last('WORKDIR')}"]
    assert not stage.environment["VIRTUAL_ENV"].startswith(stage.last("WORKDIR"))
    assert app["env_file"] == ".env"


def test_what_the_container_writes_into_the_folder_is_the_developers(project: Project) -> None:
    """Not `UID`: bash has that, but exports it to nobody."""
    app = compose(project, "compose.yaml", "compose.dev.yaml")["app"]

    assert app["user"] == "${USER_ID:-1000}"
