"""Where settings come from, who wins, and what is said about wrong ones."""

import tomllib
from pathlib import Path

import pytest

from app.core.config import CoreSettings, DatabaseSettings, InvalidSettings, JoinedSettings
from app.core.environment import variables


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in variables(CoreSettings):
        for name in variable.names:
            monkeypatch.delenv(name, raising=False)


@pytest.fixture
def env_file(tmp_path: Path) -> Path:
    return tmp_path / ".env"


def test_has_defaults_for_everything() -> None:
    settings = CoreSettings(_env_file=None)

    assert settings.database.url == "sqlite+aiosqlite:///./app.db"
    assert settings.is_development()
    assert not settings.is_production()


def test_flat_variables_set_nested_fields(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_POOL_SIZE", "7")
    monkeypatch.setenv("cors_origins", "https://a.example, https://b.example")

    settings = CoreSettings(_env_file=None)

    assert settings.database.pool_size == 7
    assert settings.server.cors_origins == ("https://a.example", "https://b.example")


def test_a_list_may_be_written_as_json_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORS_ORIGINS", '["https://a.example", "https://b.example"]')

    assert CoreSettings(_env_file=None).server.cors_origins == (
        "https://a.example",
        "https://b.example",
    )


def test_the_program_wins_over_the_environment_and_that_over_the_file(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    env_file.write_text("DATABASE_POOL_SIZE=1\nDATABASE_MAX_OVERFLOW=1\nDATABASE_POOL_RECYCLE=1\n")
    monkeypatch.setenv("DATABASE_POOL_SIZE", "2")
    monkeypatch.setenv("DATABASE_MAX_OVERFLOW", "2")

    settings = CoreSettings(_env_file=env_file, database=DatabaseSettings(pool_size=3))

    database = settings.database
    assert (database.pool_size, database.max_overflow, database.pool_recycle) == (3, 2, 1)


def test_auth_secret_key_is_read_before_secret_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "theirs")
    monkeypatch.setenv("AUTH_SECRET_KEY", "ours")

    assert CoreSettings(_env_file=None).security.secret_key.get_secret_value() == "ours"


def test_a_secret_key_outside_does_not_beat_the_auth_secret_key_of_the_file(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    env_file.write_text("AUTH_SECRET_KEY=ours\n")
    monkeypatch.setenv("SECRET_KEY", "theirs")

    settings = CoreSettings(_env_file=env_file)

    assert settings.security.secret_key.get_secret_value() == "ours"


def test_an_empty_variable_does_not_hide_the_one_of_the_file(
    monkeypatch: pytest.MonkeyPatch, env_file: Path
) -> None:
    env_file.write_text("AUTH_SECRET_KEY=ours\n")
    monkeypatch.setenv("AUTH_SECRET_KEY", "")

    settings = CoreSettings(_env_file=env_file)

    assert settings.security.secret_key.get_secret_value() == "ours"


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "")

    assert CoreSettings(_env_file=None).server.port == 8000


def test_keys_of_other_software_are_ignored(env_file: Path) -> None:
    env_file.write_text("\ufeffPORT=9\nSOMEBODY_ELSES=x\n", "utf-8")

    assert CoreSettings(_env_file=env_file).server.port == 9


@pytest.mark.parametrize("name", ["prod", "Produktion", "live", "PRODUCTION"])
def test_an_unknown_environment_counts_as_production(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ENVIRONMENT", name)

    assert CoreSettings(_env_file=None).is_production()


@pytest.mark.parametrize(
    ("short", "meant"), [("dev", "development"), ("testing", "test"), ("Stage", "staging")]
)
def test_an_environment_may_be_called_as_many_call_it(
    monkeypatch: pytest.MonkeyPatch, short: str, meant: str
) -> None:
    monkeypatch.setenv("ENVIRONMENT", short)

    assert CoreSettings(_env_file=None).app.environment == meant


BOOLEAN = "should be a valid boolean, unable to interpret input"
WRONG = [
    *((name, "hush", BOOLEAN) for name in ("DEBUG", "DOCS_ENABLED", "RELOAD", "CORS_CREDENTIALS")),
    *((f"DATABASE_{name}", "hush", BOOLEAN) for name in ("PGBOUNCER", "ECHO", "AUTO_MIGRATE")),
    *((name, "hush", BOOLEAN) for name in ("RATE_LIMIT_ENABLED", "METRICS_ENABLED")),
    *((name, "hush", BOOLEAN) for name in ("EMAIL_ENABLED", "SMTP_USE_TLS")),
    ("PORT", "hush", "should be a valid integer, unable to parse string"),
    ("PORT", "99999", "should be less than or equal to 65535"),
    ("PORT", "-1", "should be greater than or equal to 0"),
    ("DATABASE_URL", "mysql://me:hush@host/name", "`mysql` is not supported"),
    ("DATABASE_URL", "nonsense hush", "is not a database URL"),
    ("DATABASE_POOL_SIZE", "0", "should be greater than or equal to 1"),
    ("DATABASE_MAX_OVERFLOW", "-1", "should be greater than or equal to 0"),
    ("DATABASE_POOL_RECYCLE", "-2", "should be greater than or equal to -1"),
    ("RATE_LIMIT_DEFAULT_PER_MINUTE", "-1", "should be greater than or equal to 0"),
    ("RATE_LIMIT_DEFAULT_PER_HOUR", "-1", "should be greater than or equal to 0"),
    ("FRONTEND_URL", "hush.example", "must begin with http:// or https://"),
    ("LOG_LEVEL", "LOUD hush", "should match pattern '^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$'"),
    ("LOG_FORMAT", "hush", "should match pattern '^(auto|json|console)$'"),
    ("EMAIL_ADAPTER", "hush", "should match pattern '^(console|file|smtp)$'"),
    ("SMTP_PORT", "0", "should be greater than or equal to 1"),
    ("SMTP_PORT", "65536", "should be less than or equal to 65535"),
]


@pytest.mark.parametrize(("name", "value", "words"), WRONG)
def test_a_wrong_value_is_told_by_the_name_of_its_variable_and_not_repeated(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, words: str
) -> None:
    monkeypatch.setenv(name, value)

    with pytest.raises(InvalidSettings) as refused:
        CoreSettings(_env_file=None)

    [problem] = refused.value.problems
    assert problem.startswith(f"{name}: ")
    assert words in problem
    assert "hush" not in str(refused.value)


def test_whatever_refuses_nonsense_is_among_the_wrong_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refusing = set()
    for name in (variable.names[0] for variable in variables(CoreSettings)):
        with monkeypatch.context() as patch:
            patch.setenv(name, "nonsense")
            try:
                CoreSettings(_env_file=None)
            except InvalidSettings:
                refusing.add(name)

    assert refusing == {name for name, _, _ in WRONG}


def test_all_that_is_wrong_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "many")
    monkeypatch.setenv("LOG_LEVEL", "LOUD")

    with pytest.raises(InvalidSettings) as refused:
        CoreSettings(_env_file=None)

    assert [problem.split(":")[0] for problem in refused.value.problems] == ["PORT", "LOG_LEVEL"]


def test_a_file_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert CoreSettings(_env_file=tmp_path / "nowhere.env").server.port == 8000


def test_a_name_is_read_in_any_case_and_a_value_as_dotenv_says(env_file: Path) -> None:
    env_file.write_text("export port='9'  # why\nApp_Name=\"My Shop\"\n")

    settings = CoreSettings(_env_file=env_file)

    assert (settings.server.port, settings.app.name) == (9, "My Shop")


@pytest.mark.parametrize(("given", "prefix"), [("/", ""), ("api", "/api"), ("/api/v2/", "/api/v2")])
def test_the_prefix_is_a_path(monkeypatch: pytest.MonkeyPatch, given: str, prefix: str) -> None:
    monkeypatch.setenv("API_PREFIX", given)

    assert CoreSettings(_env_file=None).server.api_prefix == prefix


def test_a_section_that_nobody_brought_is_told_of() -> None:
    class NotInstalled(DatabaseSettings):
        pass

    with pytest.raises(LookupError, match="NotInstalled"):
        CoreSettings(_env_file=None).section(NotInstalled)


def test_blocks_in_another_app_do_not_read_that_apps_own_words(env_file: Path) -> None:
    theirs = "LOG_LEVEL=warn\nLOG_FORMAT=%(message)s\nPORT=tcp://10.0.0.1:80\nCORS_ORIGINS=*\n"
    env_file.write_text(f"{theirs}DEBUG=release\nDATABASE_URL=memory://\nAPI_PREFIX=/v2\n")

    settings = JoinedSettings(_env_file=env_file)

    assert settings.logging.level == "INFO"
    assert settings.server.cors_origins == ()
    assert settings.server.api_prefix == "/v2"


def test_blocks_in_another_app_open_no_database_of_their_own_accord() -> None:
    with pytest.raises(InvalidSettings, match="DATABASE_URL: is not set"):
        JoinedSettings(_env_file=None)

    assert JoinedSettings(_env_file=None, database=DatabaseSettings(url="memory://"))


def test_what_an_app_that_blocks_join_does_not_read_is_marked_in_the_manifest() -> None:
    manifest = tomllib.loads((Path(__file__).parents[1] / "block.toml").read_text())
    unread = {
        name
        for variable in variables(CoreSettings)
        if f"{variable.section}.{variable.field}" in JoinedSettings.left_out
        for name in variable.names
    }

    marked = {entry["name"] for entry in manifest["env"] if entry.get("whole_app")}

    assert marked == unread | {"DATABASE_AUTO_MIGRATE"}  # whose upgrade only `create_app` runs
