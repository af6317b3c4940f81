"""The audit trail: what happened to accounts and rights, who did it, and from where.

- Add to it: publish an `AuditableEvent` of your own (`core/audit_trail.py`).
- Read it over HTTP with the permission `audit:read`.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from app.core.audit_trail import AuditableEvent
from app.core.blocks import Block, Permission, on
from app.modules.audit.events import TrailExported, TrailPurged
from app.modules.audit.recording import record
from app.modules.audit.router import READ, router

if TYPE_CHECKING:
    import click

__all__ = ["TrailExported", "TrailPurged", "block"]


def _commands() -> "Sequence[click.Command]":
    from app.modules.audit.commands import audit

    return [audit]


block = Block(
    name="audit",
    router=router,
    permissions=[Permission(READ, "Read and export the audit trail")],
    listens=[on(AuditableEvent, record)],
    commands=_commands,
)
