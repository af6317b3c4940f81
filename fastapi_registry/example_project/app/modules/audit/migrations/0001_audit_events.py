"""The audit trail, which the database itself refuses to change."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "audit_0001"
down_revision = None
branch_labels = None
depends_on = None

_EVENTS = table("audit_events")
_REFUSAL = "the audit trail is never changed"


def upgrade() -> None:
    op.create_table(
        _EVENTS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("outcome", sa.String(16), nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("impersonator_id", sa.Uuid(), nullable=True),
        sa.Column("subject_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_EVENTS}")),
    )
    op.create_index(op.f(f"ix_{_EVENTS}_at_id"), _EVENTS, ["at", "id"])
    op.create_index(op.f(f"ix_{_EVENTS}_actor_id_at"), _EVENTS, ["actor_id", "at"])
    op.create_index(op.f(f"ix_{_EVENTS}_subject_id_at"), _EVENTS, ["subject_id", "at"])
    op.create_index(op.f(f"ix_{_EVENTS}_request_id"), _EVENTS, ["request_id"])
    _refuse_updates()


def downgrade() -> None:
    op.drop_table(_EVENTS)
    if _is_postgresql():
        op.execute(f"DROP FUNCTION {_EVENTS}_stay()")


def _refuse_updates() -> None:
    """Deleting stays possible: it is how old events leave."""
    if not _is_postgresql():
        op.execute(
            f"CREATE TRIGGER {_EVENTS}_stay BEFORE UPDATE ON {_EVENTS} "
            f"BEGIN SELECT RAISE(ABORT, '{_REFUSAL}'); END"
        )
        return
    op.execute(
        f"CREATE FUNCTION {_EVENTS}_stay() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{_REFUSAL}'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {_EVENTS}_stay BEFORE UPDATE ON {_EVENTS} "
        f"FOR EACH ROW EXECUTE FUNCTION {_EVENTS}_stay()"
    )


def _is_postgresql() -> bool:
    return op.get_context().dialect.name == "postgresql"
