"""Roles, and lists of people, in the database: the only file of users with queries."""

from collections.abc import Mapping, Sequence, Set
from typing import Any

from sqlalchemy import (
    ColumnElement,
    String,
    UnaryExpression,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from app.core.work import UnitOfWork
from app.modules.auth import Grants, UserId, UserRow, folded
from app.modules.users.db_models import RolePermissionRow, RoleRow, UserRoleRow
from app.modules.users.exceptions import RoleExists, RoleNotFound, UnknownRole
from app.modules.users.interfaces import DirectoryInterface, RoleRepositoryInterface
from app.modules.users.models import (
    ADMIN,
    EVERYBODY,
    Criteria,
    Headcount,
    ListedUser,
    Role,
    Sort,
    role_names,
)


class RoleRepository(RoleRepositoryInterface):
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def all(self) -> Sequence[Role]:
        return await self._roles()

    async def by_name(self, name: str) -> Role | None:
        found = await self._roles(RoleRow.name == name)
        return found[0] if found else None

    async def add(self, role: Role) -> None:
        try:
            async with self._work.savepoint():  # so that a refusal leaves the unit usable
                await self._work.execute(insert(RoleRow).values(name=role.name, about=role.about))
        except IntegrityError as error:
            raise RoleExists from error
        await self._allow(role)

    async def save(self, role: Role) -> None:
        # The row is locked by this, so that two changes at once do not mix their permissions.
        saved = await self._work.execute(
            update(RoleRow)
            .where(RoleRow.name == role.name)
            .values(about=role.about)
            .returning(RoleRow.name)
        )
        if saved.scalar() is None:
            raise RoleNotFound
        await self._work.execute(
            delete(RolePermissionRow).where(RolePermissionRow.role == role.name)
        )
        await self._allow(role)

    async def delete(self, name: str) -> None:
        await self._work.execute(delete(RoleRow).where(RoleRow.name == name))

    async def of(self, user_id: UserId) -> frozenset[str]:
        await self._work.execute(select(UserRow.id).where(UserRow.id == user_id).with_for_update())
        rows = await self._work.execute(
            select(UserRoleRow.role).where(UserRoleRow.user_id == user_id)
        )
        return frozenset(rows.scalars())

    async def give(self, user_id: UserId, names: Set[str]) -> None:
        for name in sorted(names):
            try:
                async with self._work.savepoint():
                    await self._work.execute(insert(UserRoleRow).values(user_id=user_id, role=name))
            except IntegrityError as error:  # it was deleted a moment ago
                raise UnknownRole(name) from error

    async def take(self, user_id: UserId, names: Set[str]) -> None:
        await self._work.execute(
            delete(UserRoleRow).where(
                UserRoleRow.user_id == user_id, UserRoleRow.role.in_(sorted(names))
            )
        )

    async def grants(self, user_id: UserId) -> Grants:
        rows = await self._work.fetch(_GRANTED, {"user_id": user_id})
        roles = frozenset(row.name for row in rows)
        permissions = {row.permission for row in rows if row.permission is not None}
        if ADMIN in roles:
            permissions |= self._known
        return Grants(roles, frozenset(permissions))

    async def _roles(self, *conditions: ColumnElement[bool]) -> Sequence[Role]:
        rows = await self._work.fetch(
            _ROLES_WITH_PERMISSIONS.where(*conditions).order_by(_in_code_points(RoleRow.name))
        )
        abouts = {row.name: row.about for row in rows}
        allowed: dict[str, set[str]] = {ADMIN: self._known}
        for row in rows:
            allowed.setdefault(row.name, set()).update({row.permission} - {None})
        return [Role(name, about, frozenset(allowed[name])) for name, about in abouts.items()]

    async def _allow(self, role: Role) -> None:
        allowed = [{"role": role.name, "permission": each} for each in sorted(role.permissions)]
        if allowed:
            await self._work.execute(insert(RolePermissionRow), allowed)

    @property
    def _known(self) -> set[str]:
        return {permission.name for permission in self._work.permissions}


_ROLES_WITH_PERMISSIONS = select(
    RoleRow.name, RoleRow.about, RolePermissionRow.permission
).outerjoin(RolePermissionRow, RolePermissionRow.role == RoleRow.name)

_USER_ID = bindparam("user_id", type_=UserRow.id.type)
# Built once: on the path of every request, building it would take as long as running it.
_GRANTED = _ROLES_WITH_PERMISSIONS.where(
    or_(
        RoleRow.name == EVERYBODY,
        RoleRow.name.in_(select(UserRoleRow.role).where(UserRoleRow.user_id == _USER_ID)),
        and_(RoleRow.name == ADMIN, exists().where(UserRow.id == _USER_ID, UserRow.is_admin)),
    )
)

_LISTED = (
    UserRow.id,
    UserRow.email,
    UserRow.name,
    UserRow.is_active,
    UserRow.is_admin,
    UserRow.email_verified_at,
    UserRow.last_login_at,
    UserRow.deletion_due_at,
    UserRow.created_at,
)


class Directory(DirectoryInterface):
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def page(self, wanted: Criteria, *, skip: int, limit: int) -> Sequence[ListedUser]:
        rows = await self._work.fetch(
            select(*_LISTED)
            .where(*_conditions(wanted))
            .order_by(_order(wanted.sort), UserRow.id)
            .offset(skip)
            .limit(limit)
        )
        given = await self._given([row.id for row in rows])
        return [
            ListedUser(
                **row._mapping,
                roles=role_names(given.get(row.id, set()), is_admin=row.is_admin),
            )
            for row in rows
        ]

    async def count(self, wanted: Criteria) -> int:
        row = await self._work.fetch_one(select(func.count()).where(*_conditions(wanted)))
        return row[0] if row else 0

    async def headcount(self) -> Headcount:
        row = await self._work.fetch_one(
            select(
                func.count(UserRow.id),
                func.count(UserRow.id).filter(_may_sign_in()),
                func.count(UserRow.id).filter(UserRow.is_admin),
                func.count(UserRow.id).filter(UserRow.email_verified_at.is_(None)),
                func.count(UserRow.id).filter(UserRow.last_login_at.is_(None)),
                func.count(UserRow.id).filter(UserRow.deletion_due_at.is_not(None)),
            )
        )
        return Headcount(*row) if row else Headcount(0, 0, 0, 0, 0, 0)

    async def _given(self, user_ids: Sequence[UserId]) -> Mapping[UserId, set[str]]:
        rows = await self._work.fetch(
            select(UserRoleRow.user_id, UserRoleRow.role).where(UserRoleRow.user_id.in_(user_ids))
        )
        given: dict[UserId, set[str]] = {}
        for user_id, role in rows:
            given.setdefault(user_id, set()).add(role)
        return given


def _conditions(wanted: Criteria) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [UserRow.id.is_not(None)]
    if wanted.search:
        part = folded(wanted.search)
        conditions.append(
            or_(
                # Escaped: `%` and `_` are letters here, not wildcards.
                UserRow.email_key.contains(part, autoescape=True),
                UserRow.name_key.contains(part, autoescape=True),
            )
        )
    if wanted.role is not None:
        conditions.append(_has(wanted.role))
    if wanted.is_admin is not None:
        conditions.append(UserRow.is_admin.is_(wanted.is_admin))
    if wanted.is_active is False:
        conditions.append(~_may_sign_in())
    elif wanted.is_active or not wanted.include_inactive:
        conditions.append(_may_sign_in())
    return conditions


def _may_sign_in() -> ColumnElement[bool]:
    return and_(UserRow.is_active, UserRow.deletion_due_at.is_(None))


def _has(role: str) -> ColumnElement[bool]:
    if role == EVERYBODY:
        return UserRow.id.is_not(None)
    if role == ADMIN:
        return UserRow.is_admin.is_(True)
    return UserRow.id.in_(select(UserRoleRow.user_id).where(UserRoleRow.role == role))


def _order(sort: Sort) -> UnaryExpression[Any]:
    columns: Mapping[str, ColumnElement[Any]] = {
        "created_at": UserRow.created_at.expression,
        "last_login_at": UserRow.last_login_at.expression,
        "email": _in_code_points(UserRow.email_key),
        "name": _in_code_points(UserRow.name_key),
    }
    column = columns[sort.removeprefix("-")]
    ordered = column.desc() if sort.startswith("-") else column.asc()
    return ordered.nulls_last()  # databases disagree where nothing belongs


class _in_code_points(FunctionElement[str]):
    """The same order everywhere: PostgreSQL would sort by the language of its host."""

    type = String()
    inherit_cache = True


@compiles(_in_code_points)
def _as_it_is(element: _in_code_points, compiler: SQLCompiler, **options: Any) -> str:
    return compiler.process(element.clauses, **options)


@compiles(_in_code_points, "postgresql")
def _without_a_language(element: _in_code_points, compiler: SQLCompiler, **options: Any) -> str:
    return f'{compiler.process(element.clauses, **options)} COLLATE "C"'
