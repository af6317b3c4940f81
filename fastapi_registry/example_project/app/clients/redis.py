"""Redis, for what several workers or machines share. The app runs without it."""

from __future__ import annotations

from asyncio import AbstractEventLoop, get_running_loop
from hashlib import sha1
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from redis.asyncio import Redis as Client

# A limit is asked in nearly every request: better a local limit than a slow answer.
_TIMEOUT_SECONDS: Final = 0.5


class RedisDown(Exception):
    """Redis does not answer, or is not configured."""


class Script:
    """A Lua script, named by its digest so that its text is sent only once."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.digest = sha1(source.encode(), usedforsecurity=False).hexdigest()


class Redis:
    """A pool of connections for each event loop, opened on first use."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._clients: WeakKeyDictionary[AbstractEventLoop, Client] = WeakKeyDictionary()

    @property
    def is_configured(self) -> bool:
        return bool(self.url)

    async def answers(self) -> None:
        """Raises `RedisDown`."""
        await self._command("PING")

    async def run(self, script: Script, *, keys: list[str], args: list[int]) -> list[bytes]:
        """Raises `RedisDown`."""
        from redis.exceptions import NoScriptError

        try:
            answer = await self._command("EVALSHA", script.digest, len(keys), *keys, *args)
        except NoScriptError:
            answer = await self._command("EVAL", script.source, len(keys), *keys, *args)
        if not isinstance(answer, list):
            raise RedisDown(f"unexpected answer {type(answer).__name__}")
        return answer

    async def delete(self, key: str) -> None:
        """Raises `RedisDown`."""
        await self._command("DEL", key)

    async def close(self) -> None:
        if (client := self._clients.pop(get_running_loop(), None)) is not None:
            await client.aclose()

    @property
    def _client(self) -> Client:
        loop = get_running_loop()
        if loop not in self._clients:
            self._clients[loop] = self._new_client()
        return self._clients[loop]

    def _new_client(self) -> Client:
        from redis.asyncio import Redis as Client
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff

        return Client.from_url(
            self.url,
            socket_timeout=_TIMEOUT_SECONDS,
            socket_connect_timeout=_TIMEOUT_SECONDS,
            retry=Retry(NoBackoff(), 0),  # a second try would only double the wait
        )

    async def _command(self, *words: str | int) -> object:
        from redis.exceptions import NoScriptError, RedisError

        if not self.is_configured:
            raise RedisDown("`REDIS_URL` is not set")
        try:
            answer: object = await self._client.execute_command(*words)  # type: ignore[no-untyped-call]
        except NoScriptError:
            raise
        except (RedisError, OSError, ValueError) as error:
            raise RedisDown(str(error)) from error
        return answer
