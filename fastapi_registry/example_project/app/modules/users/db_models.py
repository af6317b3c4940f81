"""The tables of roles. Users are auth's."""

from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.core.tables import Base, table

_USER = f"{table('users')}.id"
_ROLE = f"{table('roles')}.name"


class RoleRow(Base):
    __tablename__ = table("roles")

    name: Mapped[str] = mapped_column(String(50), primary_key=True)
    about: Mapped[str] = mapped_column(String(200))


class RolePermissionRow(Base):
    __tablename__ = table("role_permissions")

    role: Mapped[str] = mapped_column(ForeignKey(_ROLE, ondelete="CASCADE"), primary_key=True)
    permission: Mapped[str] = mapped_column(String(100), primary_key=True)


class UserRoleRow(Base):
    __tablename__ = table("user_roles")

    user_id: Mapped[UUID] = mapped_column(ForeignKey(_USER, ondelete="CASCADE"), primary_key=True)
    role: Mapped[str] = mapped_column(
        ForeignKey(_ROLE, ondelete="CASCADE"), primary_key=True, index=True
    )
