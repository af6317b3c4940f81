"""Authenticator apps, passkeys, backup codes, trusted devices, and wrong answers to them."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "two_factor_0001"
down_revision = "logs_0001"
branch_labels = None
depends_on = None

_USERS = table("users")
_SECRETS = table("totp_secrets")
_SETUPS = table("totp_setups")
_CODES = table("backup_codes")
_PASSKEYS = table("passkeys")
_HOLDERS = table("passkey_holders")
_CHALLENGES = table("passkey_challenges")
_DEVICES = table("trusted_devices")
_WRONG = table("wrong_answers")


def upgrade() -> None:
    op.create_table(
        _SECRETS,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.String(6), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_a_user(_SECRETS),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{_SECRETS}")),
    )
    op.create_table(
        _SETUPS,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("algorithm", sa.String(6), nullable=False),
        sa.Column("digits", sa.Integer(), nullable=False),
        sa.Column("period", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user(_SETUPS),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{_SETUPS}")),
    )
    op.create_table(
        _CODES,
        sa.Column("code_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user(_CODES),
        sa.PrimaryKeyConstraint("code_hash", name=op.f(f"pk_{_CODES}")),
    )
    op.create_index(op.f(f"ix_{_CODES}_user_id"), _CODES, ["user_id"])
    op.create_table(
        _PASSKEYS,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("credential_id", sa.LargeBinary(1023), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.BigInteger(), nullable=False),
        sa.Column("backup_eligible", sa.Boolean(), nullable=False),
        sa.Column("backed_up", sa.Boolean(), nullable=False),
        sa.Column("transports", sa.String(100), nullable=False),
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        _of_a_user(_PASSKEYS),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_PASSKEYS}")),
        sa.UniqueConstraint("credential_id", name=op.f(f"uq_{_PASSKEYS}_credential_id")),
    )
    op.create_index(op.f(f"ix_{_PASSKEYS}_user_id"), _PASSKEYS, ["user_id"])
    op.create_table(
        _HOLDERS,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("handle", sa.LargeBinary(64), nullable=False),
        _of_a_user(_HOLDERS),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{_HOLDERS}")),
        sa.UniqueConstraint("handle", name=op.f(f"uq_{_HOLDERS}_handle")),
    )
    op.create_table(
        _CHALLENGES,
        sa.Column("challenge_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("ceremony", sa.String(16), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user(_CHALLENGES),
        sa.PrimaryKeyConstraint("challenge_hash", name=op.f(f"pk_{_CHALLENGES}")),
    )
    op.create_index(op.f(f"ix_{_CHALLENGES}_user_id"), _CHALLENGES, ["user_id"])
    op.create_index(op.f(f"ix_{_CHALLENGES}_expires_at"), _CHALLENGES, ["expires_at"])
    op.create_table(
        _DEVICES,
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.LargeBinary(32), nullable=False),
        sa.Column("ip", sa.String(45), nullable=False),
        sa.Column("user_agent", sa.String(255), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user(_DEVICES),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{_DEVICES}")),
        sa.UniqueConstraint("token_hash", name=op.f(f"uq_{_DEVICES}_token_hash")),
    )
    op.create_index(op.f(f"ix_{_DEVICES}_user_id"), _DEVICES, ["user_id"])
    op.create_table(
        _WRONG,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        _of_a_user(_WRONG),
        sa.PrimaryKeyConstraint("user_id", name=op.f(f"pk_{_WRONG}")),
    )


def downgrade() -> None:
    for name in (
        _WRONG,
        _DEVICES,
        _CHALLENGES,
        _HOLDERS,
        _PASSKEYS,
        _CODES,
        _SETUPS,
        _SECRETS,
    ):
        op.drop_table(name)


def _of_a_user(owner: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{owner}_user_id_{_USERS}")
    return sa.ForeignKeyConstraint(["user_id"], [f"{_USERS}.id"], name=name, ondelete="CASCADE")
