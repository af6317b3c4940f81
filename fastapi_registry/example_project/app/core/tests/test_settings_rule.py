"""Every variable of core has an effect that somebody outside of the app can see."""

import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from app.core.config import CoreSettings
from app.core.logging_config import configure_logging
from app.core.tests import observers as see
from app.core.tests.effects import Effect, unobserved

OBSERVED_ELSEWHERE: Final = {
    "FRONTEND_URL": "blocks write it into their mails",
    **dict.fromkeys(("HOST", "PORT", "RELOAD", "ROOT_PATH"), "`serve` is for a whole project"),
}


CORS: Final = {"CORS_ORIGINS": see.FRONT_END}
LOG: Final = {"LOG_FILE": "app.log"}
ONCE: Final = {"RATE_LIMIT_DEFAULT_PER_MINUTE": "1"}
OURS: Final = ["from no-reply@example.com"]

EFFECTS: Final = (
    Effect("APP_NAME", "Shop", see.documented("title"), "FastAPI Blocks", "Shop"),
    Effect("APP_VERSION", "2.1", see.documented("version"), "0.1.0", "2.1"),
    Effect("APP_DESCRIPTION", "Sells", see.documented("description"), None, "Sells"),
    Effect(
        "DEBUG",
        "true",
        see.answer(lambda broken: "traceback" in broken.json(), "/api/v1/notes/broken", "POST"),
        False,
        True,
    ),
    Effect(
        "ENVIRONMENT",
        "production",
        see.answer(lambda healthy: "strict-transport-security" in healthy.headers, "/health"),
        False,
        True,
        {"EMAIL_ADAPTER": "file"},
    ),
    Effect("DOCS_ENABLED", "false", see.answer(see.status, "/docs"), 200, 404),
    Effect(
        "CORS_ORIGINS",
        see.FRONT_END,
        see.answer(
            see.header("access-control-allow-origin"), "/health", headers={"Origin": see.FRONT_END}
        ),
        None,
        see.FRONT_END,
    ),
    Effect(
        "CORS_CREDENTIALS",
        "true",
        see.answer(
            see.header("access-control-allow-credentials"),
            "/health",
            headers={"Origin": see.FRONT_END},
        ),
        None,
        "true",
        CORS,
    ),
    Effect("CORS_METHODS", "PURGE", see.preflight(Method="PURGE"), 400, 200, CORS),
    Effect("CORS_HEADERS", "X-Mine", see.preflight(Headers="X-Mine"), 400, 200, CORS),
    Effect("API_PREFIX", "/v2", see.answer(see.status, "/v2/notes"), 404, 200),
    Effect(
        "TRUSTED_PROXIES", "127.0.0.0/8", see.two_clients_of_one_proxy, [200, 429], [200, 200], ONCE
    ),
    Effect(
        "SECRET_KEY",
        "weak",
        see.start,
        "started",
        "AUTH_SECRET_KEY, or else SECRET_KEY, is shorter than 32 bytes. Make a good one",
    ),
    Effect(
        "AUTH_SECRET_KEY",
        "weak",
        see.start,
        "started",
        "AUTH_SECRET_KEY, or else SECRET_KEY, is shorter than 32 bytes. Make a good one",
    ),
    *(
        Effect(
            name,
            see.EARLIER_SECRET,
            see.mail_that_an_earlier_app_left,
            [],
            ["mails"],
            {"EMAIL_ADAPTER": "file"},
        )
        for name in ("AUTH_PREVIOUS_SECRET_KEYS", "AUTH_NEXT_SECRET_KEY")
    ),
    Effect(
        "DATABASE_URL",
        "sqlite:///./another.db",
        see.databases,
        ["ordinary.db"],
        ["another.db", "ordinary.db"],
    ),
    Effect("DATABASE_POOL_SIZE", "1", see.new_connections_of_a_second_rush, 0, 2),
    Effect(
        "DATABASE_MAX_OVERFLOW",
        "0",
        see.a_second_reader,
        "reads",
        "waits",
        {"DATABASE_POOL_SIZE": "1"},
    ),
    Effect("DATABASE_POOL_RECYCLE", "0", see.connection_of_a_second_read, "the same", "another"),
    Effect(
        "DATABASE_PGBOUNCER",
        "true",
        see.prepared_statements,
        True,
        False,
        {"DATABASE_URL": os.environ.get("TEST_DATABASE_URL", "")},
    ),
    Effect(
        "DATABASE_ECHO",
        "true",
        see.logged(see.contains("SELECT 1"), "/health/ready"),
        False,
        True,
        LOG,
    ),
    Effect(
        "DATABASE_AUTO_MIGRATE",
        "true",
        see.start_with_a_dead_database,
        "started",
        "could not be upgraded",
        {"DATABASE_URL": f"postgresql://nobody@{see.NOBODY}/none"},
    ),
    Effect("REDIS_URL", f"redis://{see.NOBODY}", see.answer(see.status, "/health/ready"), 200, 503),
    Effect(
        "RATE_LIMIT_ENABLED", "false", see.two_clients_of_one_proxy, [200, 429], [200, 200], ONCE
    ),
    Effect(
        "RATE_LIMIT_STORAGE_URL",
        f"redis://{see.NOBODY}",
        see.logged(see.contains("limits are local: Redis does not answer"), "/api/v1/notes"),
        False,
        True,
        LOG,
    ),
    Effect(
        "RATE_LIMIT_DEFAULT_PER_MINUTE", "1", see.two_clients_of_one_proxy, [200, 200], [200, 429]
    ),
    Effect(
        "RATE_LIMIT_DEFAULT_PER_HOUR", "1", see.two_clients_of_one_proxy, [200, 200], [200, 429]
    ),
    Effect("LOG_LEVEL", "ERROR", see.logged(see.contains("/health")), True, False, LOG),
    Effect("LOG_FORMAT", "json", see.logged(see.is_json), False, True, LOG),
    Effect("LOG_FILE", "my.log", see.log_files, [], ["my.log"]),
    Effect("METRICS_ENABLED", "true", see.metrics, 404, 200),
    Effect("METRICS_TOKEN", "a-token", see.metrics, 200, 401, {"METRICS_ENABLED": "true"}),
    Effect("EMAIL_ENABLED", "false", see.at_the_post, OURS, [], see.MAIL_SERVER),
    Effect("EMAIL_ADAPTER", "file", see.where_mail_goes, [], ["mails"]),
    Effect(
        "EMAIL_FILE_PATH",
        "./sent",
        see.where_mail_goes,
        ["mails"],
        ["mails", "sent"],
        {"EMAIL_ADAPTER": "file"},
    ),
    Effect("SMTP_HOST", "127.0.0.9", see.at_the_post, OURS, [], see.MAIL_SERVER),
    Effect("SMTP_PORT", "1", see.at_the_post, OURS, [], see.MAIL_SERVER),
    Effect(
        "SMTP_USER",
        "shop",
        see.at_the_post,
        OURS,
        ["shop logs in", *OURS],
        see.MAIL_SERVER | {"SMTP_PASSWORD": "right"},
    ),
    Effect(
        "SMTP_PASSWORD",
        "right",
        see.at_the_post,
        ["shop logs in"],
        ["shop logs in", *OURS],
        see.MAIL_SERVER | {"SMTP_USER": "shop"},
    ),
    Effect(
        "SMTP_FROM",
        "shop@example.com",
        see.at_the_post,
        OURS,
        ["from shop@example.com"],
        see.MAIL_SERVER,
    ),
    Effect("SMTP_USE_TLS", "true", see.at_the_post, OURS, [], see.MAIL_SERVER),
)


@pytest.fixture(autouse=True)
def _logs_as_before() -> Iterator[None]:
    yield
    configure_logging(CoreSettings(_env_file=None))
    logging.getLogger("sqlalchemy.engine").setLevel(logging.NOTSET)


@pytest.mark.parametrize("effect", EFFECTS, ids=lambda effect: effect.variable)
async def test_a_variable_rules(
    effect: Effect, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if effect.variable == "DATABASE_PGBOUNCER" and "TEST_DATABASE_URL" not in os.environ:
        pytest.skip("TEST_DATABASE_URL is not set")
    monkeypatch.chdir(tmp_path)

    assert await effect.observed(CoreSettings, monkeypatch) == (effect.otherwise, effect.then)


def test_no_variable_is_forgotten() -> None:
    assert unobserved(CoreSettings, EFFECTS) == set(OBSERVED_ELSEWHERE)
