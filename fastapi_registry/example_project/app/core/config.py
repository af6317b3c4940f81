"""The settings of the app, section by section. `installed.py` adds one for each block.

Values come from the program, then the environment, then `.env`, then the defaults here.
Nothing is read when this module is imported, and nothing here refuses a missing secret:
that is the work of `core/startup.py`, when an app is made.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    Field,
    PrivateAttr,
    SecretStr,
    ValidationError,
    field_validator,
)
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from app.clients.database_url import UnsupportedDatabase, normalised
from app.core.environment import CommaList, Flat, FlatSource, GivenByCode
from app.core.environment import variables as variables_of

S = TypeVar("S", bound=BaseModel)

ENVIRONMENTS: Final = ("local", "development", "test", "staging", "production")
_SHORT_FOR: Final = {"dev": "development", "testing": "test", "stage": "staging"}


class InvalidSettings(SystemExit):
    """The settings cannot be used. Says which variables, and what to do.

    It ends the process that imports the app, with these sentences and no traceback.
    """

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        listed = "".join(f"\n  - {problem}" for problem in problems)
        super().__init__(f"the settings cannot be used:{listed}")


def _known_environment(value: object) -> object:
    """What is misspelt must not switch protections off: it counts as production."""
    name = str(value).strip().lower()
    name = _SHORT_FOR.get(name, name)
    return name if name in ENVIRONMENTS else "production"


class AppSettings(BaseModel):
    name: Annotated[str, Flat("APP_NAME")] = "FastAPI Blocks"
    version: Annotated[str, Flat("APP_VERSION")] = "0.1.0"
    description: Annotated[str, Flat("APP_DESCRIPTION")] = ""
    debug: Annotated[bool, Flat("DEBUG")] = False
    environment: Annotated[str, BeforeValidator(_known_environment), Flat("ENVIRONMENT")] = (
        "development"
    )
    docs_enabled: Annotated[bool | None, Flat("DOCS_ENABLED")] = None
    """`/docs` and `/openapi.json`. Not set: everywhere but in production."""
    frontend_url: Annotated[str, Flat("FRONTEND_URL")] = "http://localhost:3000"
    """Links in mails begin with it, never with the `Host` that a request claims."""

    @field_validator("frontend_url")
    @classmethod
    def _is_an_address(cls, value: str) -> str:
        if not value.startswith(("http://", "https://")):
            raise ValueError("must begin with http:// or https://")
        return value.rstrip("/")


class ServerSettings(BaseModel):
    host: Annotated[str, Flat("HOST")] = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535), Flat("PORT")] = 8000
    reload: Annotated[bool, Flat("RELOAD")] = False
    cors_origins: Annotated[CommaList, Flat("CORS_ORIGINS")] = ()
    cors_credentials: Annotated[bool, Flat("CORS_CREDENTIALS")] = False
    cors_methods: Annotated[CommaList, Flat("CORS_METHODS")] = (
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
    )
    cors_headers: Annotated[CommaList, Flat("CORS_HEADERS")] = (
        "Authorization",
        "Content-Type",
        "X-CSRF-Token",
        "X-Request-ID",
    )
    api_prefix: Annotated[str, Flat("API_PREFIX")] = "/api/v1"
    root_path: Annotated[str, Flat("ROOT_PATH")] = ""
    """What a proxy cuts off paths, such as `/shop`: the docs ask for `/shop/openapi.json` then."""
    trusted_proxies: Annotated[CommaList, Flat("TRUSTED_PROXIES")] = ()
    """Addresses and networks whose `X-Forwarded-For` is believed. Nobody's by default."""

    @field_validator("api_prefix", "root_path")
    @classmethod
    def _is_a_path(cls, value: str) -> str:
        stripped = value.strip("/")
        return f"/{stripped}" if stripped else ""


class SecuritySettings(BaseModel):
    secret_key: Annotated[SecretStr, Flat("AUTH_SECRET_KEY", "SECRET_KEY")] = SecretStr("")
    """Every key of the app is derived from it. See `previous_secret_keys` before you change it."""
    next_secret_key: Annotated[SecretStr, Flat("AUTH_NEXT_SECRET_KEY")] = SecretStr("")
    """Accepted, but used for nothing new: it will be the secret soon."""
    previous_secret_keys: Annotated[SecretStr, Flat("AUTH_PREVIOUS_SECRET_KEYS")] = SecretStr("")
    """Separated by commas. What was made with them is good until they are removed here."""

    @property
    def secrets(self) -> tuple[str, ...]:
        """The one that new things are made with, then those whose work is good too."""
        return (self.secret_key.get_secret_value(), *self.other_secrets)

    @property
    def other_secrets(self) -> tuple[str, ...]:
        listed = (self.next_secret_key, self.previous_secret_keys)
        texts = ",".join(secret.get_secret_value() for secret in listed).split(",")
        return tuple(text.strip() for text in texts if text.strip())


class DatabaseSettings(BaseModel):
    url: Annotated[str, Flat("DATABASE_URL")] = "sqlite+aiosqlite:///./app.db"
    """`sqlite+aiosqlite:///./app.db`, `postgresql+asyncpg://…`, or `memory://`."""
    pool_size: Annotated[int, Field(ge=1), Flat("DATABASE_POOL_SIZE")] = 10
    max_overflow: Annotated[int, Field(ge=0), Flat("DATABASE_MAX_OVERFLOW")] = 20
    pool_recycle: Annotated[int, Field(ge=-1), Flat("DATABASE_POOL_RECYCLE")] = 1800
    """Seconds after which a connection is replaced, -1 for never."""
    pgbouncer: Annotated[bool, Flat("DATABASE_PGBOUNCER")] = False
    """Prepare no statements: behind PgBouncer the next one may run on another connection."""
    echo: Annotated[bool, Flat("DATABASE_ECHO")] = False
    auto_migrate: Annotated[bool | None, Flat("DATABASE_AUTO_MIGRATE")] = None
    """Upgrade the database at start. Not set: in development, and for `memory://`."""

    @field_validator("url")
    @classmethod
    def _is_supported(cls, value: str) -> str:
        try:
            normalised(value)
        except UnsupportedDatabase as error:
            raise ValueError(str(error)) from error
        return value


class RedisSettings(BaseModel):
    url: Annotated[SecretStr, Flat("REDIS_URL")] = SecretStr("")


class RateLimitSettings(BaseModel):
    enabled: Annotated[bool, Flat("RATE_LIMIT_ENABLED")] = True
    storage_url: Annotated[SecretStr, Flat("RATE_LIMIT_STORAGE_URL")] = SecretStr("")
    """`memory://` or `redis://…`. Not set: `REDIS_URL`, or else memory."""
    default_per_minute: Annotated[int, Field(ge=0), Flat("RATE_LIMIT_DEFAULT_PER_MINUTE")] = 300
    """Requests of one client address to the blocks, 0 for no limit."""
    default_per_hour: Annotated[int, Field(ge=0), Flat("RATE_LIMIT_DEFAULT_PER_HOUR")] = 6000


class LoggingSettings(BaseModel):
    level: Annotated[
        str,
        BeforeValidator(lambda value: str(value).upper()),
        Field(pattern="^(DEBUG|INFO|WARNING|ERROR|CRITICAL)$"),
        Flat("LOG_LEVEL"),
    ] = "INFO"
    format: Annotated[str, Field(pattern="^(auto|json|console)$"), Flat("LOG_FORMAT")] = "auto"
    """`auto` is JSON in production and staging, and readable lines elsewhere."""
    file: Annotated[str, Flat("LOG_FILE")] = ""


class MetricsSettings(BaseModel):
    enabled: Annotated[bool, Flat("METRICS_ENABLED")] = False
    token: Annotated[SecretStr, Flat("METRICS_TOKEN")] = SecretStr("")
    """Who reads them shows it as a bearer token. Production refuses to start without one."""


class EmailSettings(BaseModel):
    enabled: Annotated[bool, Flat("EMAIL_ENABLED")] = True
    adapter: Annotated[str, Field(pattern="^(console|file|smtp)$"), Flat("EMAIL_ADAPTER")] = (
        "console"
    )
    file_path: Annotated[str, Flat("EMAIL_FILE_PATH")] = "./mails"
    smtp_host: Annotated[str, Flat("SMTP_HOST")] = "localhost"
    smtp_port: Annotated[int, Field(ge=1, le=65535), Flat("SMTP_PORT")] = 587
    smtp_user: Annotated[str, Flat("SMTP_USER")] = ""
    smtp_password: Annotated[SecretStr, Flat("SMTP_PASSWORD")] = SecretStr("")
    smtp_from: Annotated[str, Flat("SMTP_FROM")] = "no-reply@example.com"
    smtp_use_tls: Annotated[bool, Flat("SMTP_USE_TLS")] = True


class CoreSettings(BaseSettings):
    """What every app has. Unknown variables in `.env` belong to somebody else: ignored."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8-sig", extra="ignore", hide_input_in_errors=True
    )

    left_out: ClassVar[frozenset[str]] = frozenset()
    """Fields, as `section.field`, that no variable sets."""

    _given: Mapping[str, Mapping[str, object]] = PrivateAttr(default_factory=dict)

    app: AppSettings = AppSettings()
    server: ServerSettings = ServerSettings()
    security: SecuritySettings = SecuritySettings()
    database: DatabaseSettings = DatabaseSettings()
    redis: RedisSettings = RedisSettings()
    rate_limit: RateLimitSettings = RateLimitSettings()
    logging: LoggingSettings = LoggingSettings()
    metrics: MetricsSettings = MetricsSettings()
    email: EmailSettings = EmailSettings()

    def __init__(self, **given: Any) -> None:
        """Raises `InvalidSettings`, which names variables and repeats no value."""
        try:
            super().__init__(**given)
        except ValidationError as error:
            raise InvalidSettings(_sentences(type(self), error)) from None
        self._given = GivenByCode(type(self), given)()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (
            GivenByCode(settings_cls, getattr(init_settings, "init_kwargs", {})),
            FlatSource(
                settings_cls,
                getattr(dotenv_settings, "env_vars", {}),
                getattr(env_settings, "env_vars", {}),
            ),
        )

    def section(self, kind: type[S]) -> S:
        """The section of class `kind`, so that a block needs not know the whole.

        Raises `LookupError` if no installed block brought such a section.
        """
        name = self._sections.get(kind)
        if name is None:
            name = self._sections[kind] = self._name_of(kind)
        found: S = getattr(self, name)
        return found

    @cached_property
    def _sections(self) -> dict[type[BaseModel], str]:
        """The names that were asked for. pydantic takes far longer to find a private attribute."""
        return {}

    def _name_of(self, kind: type[BaseModel]) -> str:
        for name in type(self).model_fields:
            if isinstance(getattr(self, name), kind):
                return name
        raise LookupError(f"no {kind.__name__} in `installed.py`: is its block installed?")

    def is_given_by_code(self, section: str, field: str) -> bool:
        """Whether the program itself chose the value, whatever the environment says."""
        return field in self._given.get(section, {})

    def is_development(self) -> bool:
        return self.app.environment in ("local", "development")

    def is_test(self) -> bool:
        return self.app.environment == "test"

    def is_production(self) -> bool:
        return self.app.environment == "production"


class JoinedSettings(CoreSettings):
    """For blocks inside an app that serves, logs and answers browsers by itself.

    Its `PORT` or `LOG_FORMAT` may be words of its own: what only a whole app needs is not
    read. The database has no default, so that blocks never open a second one beside the
    app's. Raises `InvalidSettings` without one.
    """

    left_out: ClassVar[frozenset[str]] = frozenset(
        {
            *{"app.version", "app.description", "app.debug", "app.docs_enabled"},
            *{"server.host", "server.port", "server.reload", "server.root_path"},
            *{f"server.cors_{part}" for part in ("origins", "credentials", "methods", "headers")},
            *{"logging.level", "logging.format", "logging.file"},
            *{"metrics.enabled", "metrics.token"},
        }
    )

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        if "url" not in self.database.model_fields_set:
            raise InvalidSettings(["DATABASE_URL: is not set. Name the database of your app"])


def _sentences(settings: type[BaseSettings], error: ValidationError) -> list[str]:
    names = {(each.section, each.field): each.names[0] for each in variables_of(settings)}
    sentences = []
    for problem in error.errors(include_input=False, include_context=False, include_url=False):
        place = tuple(str(part) for part in problem["loc"])
        name = names.get((place[0], place[1])) if len(place) > 1 else None
        message = problem["msg"].removeprefix("Value error, ")
        sentences.append(f"{name or '.'.join(place)}: {message}")
    return sentences
