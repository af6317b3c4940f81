"""What blocks say about themselves, seen together."""

from app.core.blocks import Block, Permission, Wiring


def test_the_permissions_of_all_blocks_are_known_by_name() -> None:
    read, write = Permission("notes:read", "Read notes"), Permission("notes:write", "Write notes")
    purge = Permission("logs:purge", "Delete logs")
    wiring = Wiring(
        (
            Block(name="notes", permissions=[write, read]),
            Block(name="quiet"),
            Block(name="logs", permissions=[purge]),
        )
    )

    assert wiring.permissions == [purge, read, write]
