"""Roles, what they allow, and who holds them. With the roles that each app begins with."""

import sqlalchemy as sa
from alembic import op

from app.core.tables import table

revision = "users_0001"
down_revision = "two_factor_0001"
branch_labels = None
depends_on = None

_USERS = table("users")
_ROLES = table("roles")
_ROLE_PERMISSIONS = table("role_permissions")
_USER_ROLES = table("user_roles")

FIRST_ROLES = [
    {"name": "user", "about": "Everybody who has an account"},
    {"name": "moderator", "about": "Sees accounts, and can stop them"},
    {"name": "admin", "about": "May do everything"},
]
FIRST_PERMISSIONS = [
    {"role": "moderator", "permission": "users:read"},
    {"role": "moderator", "permission": "users:update"},
]


def upgrade() -> None:
    roles = op.create_table(
        _ROLES,
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("about", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f(f"pk_{_ROLES}")),
    )
    role_permissions = op.create_table(
        _ROLE_PERMISSIONS,
        sa.Column("role", sa.String(50), nullable=False),
        sa.Column("permission", sa.String(100), nullable=False),
        _of_a_role(_ROLE_PERMISSIONS),
        sa.PrimaryKeyConstraint("role", "permission", name=op.f(f"pk_{_ROLE_PERMISSIONS}")),
    )
    op.create_table(
        _USER_ROLES,
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(50), nullable=False),
        sa.ForeignKeyConstraint(
            ["user_id"],
            [f"{_USERS}.id"],
            name=op.f(f"fk_{_USER_ROLES}_user_id_{_USERS}"),
            ondelete="CASCADE",
        ),
        _of_a_role(_USER_ROLES),
        sa.PrimaryKeyConstraint("user_id", "role", name=op.f(f"pk_{_USER_ROLES}")),
    )
    op.create_index(op.f(f"ix_{_USER_ROLES}_role"), _USER_ROLES, ["role"])
    op.bulk_insert(roles, FIRST_ROLES)
    op.bulk_insert(role_permissions, FIRST_PERMISSIONS)


def downgrade() -> None:
    op.drop_table(_USER_ROLES)
    op.drop_table(_ROLE_PERMISSIONS)
    op.drop_table(_ROLES)


def _of_a_role(owner: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{owner}_role_{_ROLES}")
    return sa.ForeignKeyConstraint(["role"], [f"{_ROLES}.name"], name=name, ondelete="CASCADE")
