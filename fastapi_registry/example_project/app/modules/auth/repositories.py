"""Users, sessions and one-time tokens in the database: the only file of auth with queries.

Columns are selected, not entities: that is quicker, and what comes out is the plain dataclass of
`models.py`. Writes are flushed in the unit's transaction and never committed here.
"""

from collections.abc import Iterable, Sequence
from dataclasses import fields
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, insert, or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute

from app.core.errors import InvalidToken
from app.core.work import UnitOfWork
from app.modules.auth.db_models import OneTimeTokenRow, SessionRow, UserRow
from app.modules.auth.exceptions import EmailTaken
from app.modules.auth.interfaces import (
    OneTimeTokenRepositoryInterface,
    SessionRepositoryInterface,
    UserRepositoryInterface,
)
from app.modules.auth.models import (
    Device,
    OneTimeToken,
    Purpose,
    Session,
    SessionId,
    SignedInUser,
    User,
    UserId,
    folded,
)

_USER_FIELDS = [field.name for field in fields(User)]
_SESSION_FIELDS = [field.name for field in fields(Session)]
_TOKEN_FIELDS = [field.name for field in fields(OneTimeToken)]


def _columns(row: type, names: Iterable[str]) -> list[InstrumentedAttribute[Any]]:
    return [getattr(row, name) for name in names]


_USER_COLUMNS = _columns(UserRow, _USER_FIELDS)
_SESSION_COLUMNS = _columns(SessionRow, _SESSION_FIELDS)
_TOKEN_COLUMNS = _columns(OneTimeTokenRow, _TOKEN_FIELDS)


# Built once: on the path of every request and login, building takes as long as running.
_WITH_USER = (
    select(*_USER_COLUMNS, *_SESSION_COLUMNS)
    .join(SessionRow, SessionRow.user_id == UserRow.id)
    .where(SessionRow.id == bindparam("session_id"))
)
_BY_EMAIL_KEY = select(*_USER_COLUMNS).where(UserRow.email_key == bindparam("key"))
_OPEN_SESSIONS = (
    select(*_SESSION_COLUMNS)
    .where(
        SessionRow.user_id == bindparam("user_id"),
        SessionRow.revoked_at.is_(None),
        SessionRow.expires_at > bindparam("now"),
        SessionRow.refreshed_at > bindparam("idle_since"),
    )
    .order_by(SessionRow.created_at.desc(), SessionRow.id.desc())
    .offset(bindparam("skip"))
)
_OWN_SESSIONS = select(SessionRow.id).where(
    SessionRow.user_id == bindparam("user_id"), SessionRow.impersonator_id.is_(None)
)
# Not counted: whoever signs in often has many sessions, and one of them says it.
_SEEN_BEFORE = select(
    _OWN_SESSIONS.exists(),
    _OWN_SESSIONS.where(
        SessionRow.ip == bindparam("ip"), SessionRow.user_agent == bindparam("user_agent")
    ).exists(),
)


_ADD_SESSION = insert(SessionRow)
_CHANGE_USER = update(UserRow).where(UserRow.id == bindparam("user_id"))
_ADMIT = (
    update(UserRow)
    .where(
        UserRow.id == bindparam("user_id"),
        UserRow.is_active,
        UserRow.deletion_due_at.is_(None),
        UserRow.password_hash.is_not_distinct_from(bindparam("hash_seen")),
    )
    .values(last_login_at=bindparam("now"), failed_logins=0)
    .returning(UserRow.id)
)


def _fields_of(value: User | Session | OneTimeToken) -> dict[str, Any]:
    """Not `asdict`, which copies what cannot change anyway."""
    return {field.name: getattr(value, field.name) for field in fields(value)}


def _user(values: Sequence[Any]) -> User:
    return User(**dict(zip(_USER_FIELDS, values, strict=True)))


def _stored(values: dict[str, Any]) -> dict[str, Any]:
    """With what is derived of them."""
    return values | {"name_key": folded(values["name"])} if "name" in values else values


def _session(values: Sequence[Any]) -> Session:
    return Session(**dict(zip(_SESSION_FIELDS, values, strict=True)))


def _token(values: Sequence[Any]) -> OneTimeToken:
    named = dict(zip(_TOKEN_FIELDS, values, strict=True))
    return OneTimeToken(**named | {"purpose": Purpose(named["purpose"])})


class UserRepository(UserRepositoryInterface):
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def add(self, user: User) -> None:
        try:
            async with self._work.savepoint():  # so that a refusal leaves the unit usable
                await self._work.execute(insert(UserRow), _stored(_fields_of(user)))
        except IntegrityError as error:
            raise EmailTaken from error

    async def by_id(self, user_id: UserId) -> User | None:
        row = await self._work.fetch_one(select(*_USER_COLUMNS).where(UserRow.id == user_id))
        return _user(row) if row else None

    async def by_email_key(self, key: str) -> User | None:
        row = await self._work.fetch_one(_BY_EMAIL_KEY, {"key": key})
        return _user(row) if row else None

    async def save(self, user: User, *, instead_of: User) -> None:
        changed = {
            name: getattr(user, name)
            for name in _USER_FIELDS
            if getattr(user, name) != getattr(instead_of, name)
        }
        if not changed:
            return
        values = {"user_id": instead_of.id, **_stored(changed)}
        if "email_key" not in changed:  # nothing else can be taken, and a savepoint costs
            await self._work.execute(_CHANGE_USER, values)
            return
        try:
            async with self._work.savepoint():
                await self._work.execute(_CHANGE_USER, values)
        except IntegrityError as error:
            raise EmailTaken from error

    async def replace_password(self, user_id: UserId, *, old_hash: str, new_hash: str) -> bool:
        replaced = await self._work.execute(
            update(UserRow)
            .where(UserRow.id == user_id, UserRow.password_hash == old_hash)
            .values(password_hash=new_hash, failed_logins=0)
            .returning(UserRow.id)
        )
        return replaced.scalar() is not None

    async def count_failed_login(self, key: str) -> None:
        await self._work.execute(
            update(UserRow)
            .where(UserRow.email_key == key)
            .values(failed_logins=UserRow.failed_logins + 1)
        )

    async def admit(self, user: User, now: datetime) -> bool:
        asked = {"user_id": user.id, "hash_seen": user.password_hash, "now": now}
        admitted = await self._work.execute(_ADMIT, asked)
        return admitted.scalar() is not None

    async def delete_unproved(self, key: str, *, though_used: bool = False) -> None:
        unproved = and_(UserRow.email_key == key, UserRow.email_verified_at.is_(None))
        never_used = UserRow.last_login_at.is_(None)
        gone = unproved if though_used else and_(unproved, never_used)
        await self._work.execute(delete(UserRow).where(gone))

    async def lock_admins(self) -> frozenset[UserId]:
        # Always in one order, so that two who do this at once wait and do not block each other.
        # Whoever waited sees the rows as the first one left them. SQLite has one writer anyway.
        locked = await self._work.execute(
            select(UserRow.id)
            .where(UserRow.is_admin, UserRow.is_active, UserRow.deletion_due_at.is_(None))
            .order_by(UserRow.id)
            .with_for_update()
        )
        return frozenset(locked.scalars())

    async def delete(self, user_id: UserId) -> None:
        await self._work.execute(delete(UserRow).where(UserRow.id == user_id))

    async def delete_due(self, now: datetime) -> int:
        gone = await self._work.execute(
            delete(UserRow).where(UserRow.deletion_due_at <= now).returning(UserRow.id)
        )
        return len(gone.all())


class SessionRepository(SessionRepositoryInterface):
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def add(self, session: Session) -> None:
        await self._work.execute(_ADD_SESSION, _fields_of(session))

    async def with_user(self, session_id: SessionId) -> SignedInUser | None:
        row = await self._work.fetch_one(_WITH_USER, {"session_id": session_id})
        if row is None:
            return None
        of_user = len(_USER_COLUMNS)
        return SignedInUser(_user(row[:of_user]), _session(row[of_user:]))

    async def open_sessions(
        self, user_id: UserId, now: datetime, *, idle: timedelta, skip: int = 0
    ) -> Sequence[Session]:
        asked = {"user_id": user_id, "now": now, "idle_since": now - idle, "skip": skip}
        rows = await self._work.fetch(_OPEN_SESSIONS, asked)
        return [_session(row) for row in rows]

    async def is_new_device(self, user_id: UserId, device: Device) -> bool:
        asked = {"user_id": user_id, "ip": device.ip, "user_agent": device.user_agent}
        row = await self._work.fetch_one(_SEEN_BEFORE, asked)
        return row is not None and row[0] and not row[1]

    async def rotate(self, session_id: SessionId, *, counter: int, now: datetime) -> bool:
        rotated = await self._work.execute(
            update(SessionRow)
            .where(
                SessionRow.id == session_id,
                SessionRow.counter == counter,
                SessionRow.revoked_at.is_(None),
            )
            .values(counter=counter + 1, refreshed_at=now)
            .returning(SessionRow.id)
        )
        return rotated.scalar() is not None

    async def renew(
        self,
        session_id: SessionId,
        *,
        methods: tuple[str, ...],
        authenticated_at: datetime,
        now: datetime,
    ) -> int:
        renewed = await self._work.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
            .values(
                counter=SessionRow.counter + 1,
                methods=methods,
                authenticated_at=authenticated_at,
                refreshed_at=now,
            )
            .returning(SessionRow.counter)
        )
        counter: int | None = renewed.scalar()
        if counter is None:
            raise InvalidToken
        return counter

    async def revoke(self, session_id: SessionId, now: datetime) -> bool:
        revoked = await self._work.execute(
            update(SessionRow)
            .where(SessionRow.id == session_id, SessionRow.revoked_at.is_(None))
            .values(revoked_at=now)
            .returning(SessionRow.id)
        )
        return revoked.scalar() is not None

    async def revoke_all(
        self, user_id: UserId, now: datetime, *, keep: SessionId | None = None
    ) -> Sequence[SessionId]:
        open_ones = and_(SessionRow.user_id == user_id, SessionRow.revoked_at.is_(None))
        others = open_ones if keep is None else and_(open_ones, SessionRow.id != keep)
        revoked = await self._work.execute(
            update(SessionRow).where(others).values(revoked_at=now).returning(SessionRow.id)
        )
        return revoked.scalars().all()

    async def delete_ended(self, before: datetime) -> int:
        ended = or_(SessionRow.expires_at < before, SessionRow.revoked_at < before)
        gone = delete(SessionRow).where(ended).returning(SessionRow.id)
        return len((await self._work.execute(gone)).all())


class OneTimeTokenRepository(OneTimeTokenRepositoryInterface):
    def __init__(self, work: UnitOfWork) -> None:
        self._work = work

    async def put(self, token: OneTimeToken) -> None:
        # One at a time for each user: else two who ask at once would not see each other's token,
        # and both would stay good. SQLite has one writer anyway.
        await self._work.execute(
            select(UserRow.id).where(UserRow.id == token.user_id).with_for_update()
        )
        if token.purpose.is_voided_by_the_next:
            await self.void(token.user_id, token.purpose)
        await self._work.execute(insert(OneTimeTokenRow), _fields_of(token))

    async def find(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        row = await self._work.fetch_one(
            select(*_TOKEN_COLUMNS).where(_is_good(token_hash, purpose, now))
        )
        return _token(row) if row else None

    async def use(self, token_hash: bytes, purpose: Purpose, now: datetime) -> OneTimeToken | None:
        # One statement decides: looking first and writing later would let two through.
        used = await self._work.execute(
            update(OneTimeTokenRow)
            .where(_is_good(token_hash, purpose, now))
            .values(used_at=now)
            .returning(*_TOKEN_COLUMNS)
        )
        row = used.one_or_none()
        return _token(row) if row else None

    async def count_attempt(self, token_hash: bytes, *, limit: int) -> bool:
        counted = await self._work.execute(
            update(OneTimeTokenRow)
            .where(OneTimeTokenRow.token_hash == token_hash, OneTimeTokenRow.attempts < limit)
            .values(attempts=OneTimeTokenRow.attempts + 1)
            .returning(OneTimeTokenRow.attempts)
        )
        return counted.scalar() is not None

    async def void(
        self, user_id: UserId, *purposes: Purpose, made_after: datetime | None = None
    ) -> None:
        theirs = and_(OneTimeTokenRow.user_id == user_id, OneTimeTokenRow.purpose.in_(purposes))
        if made_after is not None:
            theirs = and_(theirs, OneTimeTokenRow.created_at > made_after)
        await self._work.execute(delete(OneTimeTokenRow).where(theirs))

    async def delete_expired(self, before: datetime) -> int:
        gone = await self._work.execute(
            delete(OneTimeTokenRow)
            .where(OneTimeTokenRow.expires_at < before)
            .returning(OneTimeTokenRow.token_hash)
        )
        return len(gone.all())


def _is_good(token_hash: bytes, purpose: Purpose, now: datetime) -> Any:
    return and_(
        OneTimeTokenRow.token_hash == token_hash,
        OneTimeTokenRow.purpose == purpose,
        OneTimeTokenRow.used_at.is_(None),
        OneTimeTokenRow.expires_at > now,
    )
