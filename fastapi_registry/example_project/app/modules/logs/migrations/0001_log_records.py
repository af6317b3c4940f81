"""Log records."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "logs_0001"
down_revision = None
branch_labels = None
depends_on = None

_RECORDS = table("log_records")


def upgrade() -> None:
    op.create_table(
        _RECORDS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("level", sa.String(8), nullable=False),
        sa.Column("module", sa.String(200), nullable=False),
        sa.Column("message", sa.Text(), nullable=False),
        sa.Column("exception", sa.Text(), nullable=True),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("context", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_RECORDS}")),
    )
    op.create_index(op.f(f"ix_{_RECORDS}_at_id"), _RECORDS, ["at", "id"])
    op.create_index(op.f(f"ix_{_RECORDS}_level_at"), _RECORDS, ["level", "at"])
    op.create_index(op.f(f"ix_{_RECORDS}_request_id"), _RECORDS, ["request_id"])
    op.create_index(op.f(f"ix_{_RECORDS}_user_id_at"), _RECORDS, ["user_id", "at"])


def downgrade() -> None:
    op.drop_table(_RECORDS)
