"""`python -m app users …`: people, from a terminal of the server."""

import click


@click.group()
def users() -> None:
    """Create, find and manage accounts."""
