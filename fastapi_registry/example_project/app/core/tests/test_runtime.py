"""What an app has while it lives."""

from app.core.config import CoreSettings
from app.core.runtime import build_runtime


class Connections:
    def __init__(self) -> None:
        self.are_open = True

    async def close(self) -> None:
        self.are_open = False


async def test_what_a_block_keeps_is_one_and_is_closed_with_the_app() -> None:
    settings = CoreSettings(_env_file=None, database={"url": "memory://"})
    runtime = build_runtime(settings, ())
    connections = runtime.kept(Connections, Connections)
    assert runtime.kept(Connections, Connections) is connections
    assert connections.are_open

    await runtime.close()

    assert not connections.are_open
