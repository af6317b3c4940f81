"""Mails that wait for their delivery."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "core_0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        table("mail_outbox"),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table('mail_outbox')}")),
    )
    op.create_index(op.f(f"ix_{table('mail_outbox')}_due_at"), table("mail_outbox"), ["due_at"])


def downgrade() -> None:
    op.drop_table(table("mail_outbox"))
