"""What a command has at hand: `@click.pass_obj def command(project: Project) -> None`."""

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

import click

from app.clients.database_url import normalised
from app.core.blocks import Block
from app.core.config import CoreSettings
from app.core.database_schema import upgrade_at_start
from app.core.runtime import Runtime, build_runtime
from app.core.startup import refuse_insecure


@dataclass(frozen=True)
class Project:
    blocks: Sequence[Block]
    load_settings: Callable[[], CoreSettings]

    @cached_property
    def settings(self) -> CoreSettings:
        """Raises `InvalidSettings`."""
        return self.load_settings()

    @asynccontextmanager
    async def runtime(self) -> AsyncIterator[Runtime]:
        """The parts of the app, closed at the end, after the mails that were posted went out.

        In development the tables are there, as when the app has started. Raises
        `InsecureSettings`, and refuses a database that only the server can see.
        """
        refuse_insecure(self.settings, self.blocks)
        self.refuse_memory()
        runtime = build_runtime(self.settings, self.blocks)
        try:
            await upgrade_at_start(runtime)
            yield runtime
            await runtime.outbox.drain()
        finally:
            await runtime.close()

    def refuse_memory(self) -> None:
        if normalised(self.settings.database.url).is_memory:
            raise click.ClickException(
                "DATABASE_URL is `memory://`: only the running server sees that database. "
                "Name a file or a PostgreSQL database to use commands"
            )
