"""Users, their sessions, the tokens that are mailed to them, and what happened to them."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "auth_0001"
down_revision = "audit_0001"
branch_labels = None
depends_on = None

_USERS = table("users")
_SESSIONS = table("sessions")
_TOKENS = table("one_time_tokens")
_EVENTS = table("security_events")


def upgrade() -> None:
    op.create_table(
        _USERS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("email_key", sa.String(640), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_key", sa.String(300), nullable=False),
        sa.Column("password_hash", sa.String(255), nullable=True),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_admin", sa.Boolean(), nullable=False),
        sa.Column("email_verified_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_logins", sa.Integer(), nullable=False),
        sa.Column("last_login_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("deletion_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_USERS}")),
        sa.UniqueConstraint("email_key", name=op.f(f"uq_{_USERS}_email_key")),
    )
    op.create_index(op.f(f"ix_{_USERS}_email"), _USERS, ["email"])
    op.create_index(op.f(f"ix_{_USERS}_deletion_due_at"), _USERS, ["deletion_due_at"])
    op.create_table(
        _SESSIONS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("authenticated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("methods", sa.String(100), nullable=False),
        sa.Column("counter", sa.Integer(), nullable=False),
        sa.Column("refreshed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("impersonator_id", sa.Uuid(), nullable=True),
        sa.Column("impersonator_session_id", sa.Uuid(), nullable=True),
        _of_a_user(_SESSIONS),
        _of_a_user(_SESSIONS, "impersonator_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_SESSIONS}")),
    )
    op.create_index(op.f(f"ix_{_SESSIONS}_user_id"), _SESSIONS, ["user_id"])
    op.create_index(op.f(f"ix_{_SESSIONS}_expires_at"), _SESSIONS, ["expires_at"])
    op.create_table(
        _TOKENS,
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("purpose", sa.String(32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(320), nullable=False),
        sa.Column("methods", sa.String(100), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        _of_a_user(_TOKENS),
        sa.PrimaryKeyConstraint("token_hash", name=op.f(f"pk_{_TOKENS}")),
    )
    op.create_index(op.f(f"ix_{_TOKENS}_expires_at"), _TOKENS, ["expires_at"])
    op.create_index(op.f(f"ix_{_TOKENS}_user_id_purpose"), _TOKENS, ["user_id", "purpose"])
    op.create_table(
        _EVENTS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("session_id", sa.Uuid(), nullable=True),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        _of_a_user(_EVENTS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_EVENTS}")),
    )
    op.create_index(op.f(f"ix_{_EVENTS}_user_id_at"), _EVENTS, ["user_id", "at"])


def downgrade() -> None:
    op.drop_table(_EVENTS)
    op.drop_table(_TOKENS)
    op.drop_table(_SESSIONS)
    op.drop_table(_USERS)


def _of_a_user(owner: str, column: str = "user_id") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{owner}_{column}_{_USERS}")
    return sa.ForeignKeyConstraint([column], [f"{_USERS}.id"], name=name, ondelete="CASCADE")
