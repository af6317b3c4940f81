"""One contract for every place where users, sessions and tokens are kept.

`TestStores` runs it in memory, `TestRepositories` on SQLite, on `memory://` and, where
`TEST_DATABASE_URL` names a server, on PostgreSQL. A place of your own: one more class at the end.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from app.core.errors import InvalidToken
from app.core.ids import uuid7
from app.core.work import UnitOfWork
from app.modules.auth.exceptions import EmailTaken
from app.modules.auth.interfaces import (
    OneTimeTokenRepositoryInterface,
    SessionRepositoryInterface,
    UserRepositoryInterface,
)
from app.modules.auth.memory_stores import OneTimeTokenStore, SessionStore, UserStore
from app.modules.auth.models import (
    Device,
    OneTimeToken,
    Purpose,
    Session,
    SessionId,
    User,
    UserId,
)
from app.modules.auth.repositories import (
    OneTimeTokenRepository,
    SessionRepository,
    UserRepository,
)

NOW = datetime(2030, 1, 1, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
PHONE = Device("192.0.2.1", "phone")
IDLE = timedelta(days=60)


@dataclass(frozen=True)
class Places:
    users: UserRepositoryInterface
    sessions: SessionRepositoryInterface
    tokens: OneTimeTokenRepositoryInterface

    async def with_ada(self) -> User:
        ada = a_user()
        await self.users.add(ada)
        return ada


def a_user(email: str = "ada@example.com") -> User:
    return User(
        id=uuid7(),
        email=email,
        email_key=email.casefold(),
        name="Ada",
        password_hash="old hash",
        created_at=NOW,
    )


def a_session(user_id: UserId, *, created_at: datetime = NOW) -> Session:
    return Session(
        id=uuid7(),
        user_id=user_id,
        created_at=created_at,
        authenticated_at=created_at,
        methods=("pwd", "otp"),
        refreshed_at=created_at,
        expires_at=created_at + timedelta(days=30),
        ip=PHONE.ip,
        user_agent=PHONE.user_agent,
    )


def a_token(user_id: UserId, digest: bytes = b"1" * 32) -> OneTimeToken:
    return OneTimeToken(
        token_hash=digest,
        purpose=Purpose.RESET_PASSWORD,
        user_id=user_id,
        email="ada@example.com",
        methods=("pwd",),
        created_at=NOW,
        expires_at=LATER,
    )


class Contract:
    async def test_finds_a_user_by_id_and_by_address(self, places: Places) -> None:
        ada = await places.with_ada()

        assert await places.users.by_id(ada.id) == ada
        assert await places.users.by_email_key("ada@example.com") == ada

    async def test_an_unknown_user_is_none(self, places: Places) -> None:
        assert await places.users.by_id(uuid7()) is None
        assert await places.users.by_email_key("nobody@example.com") is None

    async def test_an_address_belongs_to_one_user(self, places: Places) -> None:
        await places.with_ada()

        with pytest.raises(EmailTaken):
            await places.users.add(a_user("ADA@example.com"))

    async def test_stays_usable_after_a_refusal(self, places: Places) -> None:
        ada = await places.with_ada()
        with pytest.raises(EmailTaken):
            await places.users.add(a_user())

        await places.users.add(a_user("grace@example.com"))

        assert await places.users.by_id(ada.id) == ada

    async def test_keeps_every_field_that_was_saved(self, places: Places) -> None:
        ada = await places.with_ada()
        changed = replace(
            ada,
            email="Countess@example.com",
            email_key="countess@example.com",
            name="Countess",
            password_hash=None,
            is_active=False,
            is_admin=True,
            email_verified_at=NOW,
            failed_logins=3,
            last_login_at=LATER,
            deletion_due_at=LATER,
        )

        await places.users.save(changed, instead_of=ada)

        assert await places.users.by_id(ada.id) == changed

    async def test_saving_leaves_alone_what_others_changed(self, places: Places) -> None:
        ada = await places.with_ada()
        await places.users.save(replace(ada, password_hash="new hash"), instead_of=ada)

        await places.users.save(replace(ada, name="Countess"), instead_of=ada)

        assert await places.users.by_id(ada.id) == replace(
            ada, name="Countess", password_hash="new hash"
        )

    async def test_saving_no_change_is_no_error(self, places: Places) -> None:
        ada = await places.with_ada()

        await places.users.save(ada, instead_of=ada)

        assert await places.users.by_id(ada.id) == ada

    async def test_a_taken_address_cannot_be_saved(self, places: Places) -> None:
        await places.with_ada()
        grace = a_user("grace@example.com")
        await places.users.add(grace)

        with pytest.raises(EmailTaken):
            await places.users.save(replace(grace, email_key="ada@example.com"), instead_of=grace)

        assert await places.users.by_id(grace.id) == grace

    async def test_replaces_a_password_and_forgets_the_failures(self, places: Places) -> None:
        ada = await places.with_ada()
        await places.users.count_failed_login(ada.email_key)

        replaced = await places.users.replace_password(
            ada.id, old_hash="old hash", new_hash="new hash"
        )

        assert replaced
        assert await places.users.by_id(ada.id) == replace(ada, password_hash="new hash")

    async def test_a_slow_upgrade_does_not_bring_an_old_password_back(self, places: Places) -> None:
        ada = await places.with_ada()
        after_reset = replace(ada, password_hash="from a reset")
        await places.users.save(after_reset, instead_of=ada)

        replaced = await places.users.replace_password(
            ada.id, old_hash="old hash", new_hash="upgraded old hash"
        )

        assert not replaced
        assert await places.users.by_id(ada.id) == after_reset

    async def test_counts_failed_logins(self, places: Places) -> None:
        ada = await places.with_ada()

        await places.users.count_failed_login(ada.email_key)
        await places.users.count_failed_login(ada.email_key)
        await places.users.count_failed_login("nobody@example.com")

        assert await places.users.by_id(ada.id) == replace(ada, failed_logins=2)

    async def test_deletes_who_neither_proved_an_address_nor_signed_in(
        self, places: Places
    ) -> None:
        unproved, verified, used = (a_user(f"{name}@example.com") for name in ("a", "b", "c"))
        verified = replace(verified, email_verified_at=NOW)
        used = replace(used, last_login_at=NOW)
        for user in (unproved, verified, used):
            await places.users.add(user)

        for user in (unproved, verified, used):
            await places.users.delete_unproved(user.email_key)

        assert await places.users.by_id(unproved.id) is None
        assert await places.users.by_id(verified.id) == verified
        assert await places.users.by_id(used.id) == used

        for user in (verified, used):
            await places.users.delete_unproved(user.email_key, though_used=True)

        assert await places.users.by_id(verified.id) == verified
        assert await places.users.by_id(used.id) is None

    async def test_notes_a_login_of_who_is_as_they_were(self, places: Places) -> None:
        ada = replace(a_user(), failed_logins=3)
        await places.users.add(ada)

        assert await places.users.admit(ada, LATER)

        assert await places.users.by_id(ada.id) == ada.after_login(LATER)

    @pytest.mark.parametrize(
        "meanwhile",
        [
            {"password_hash": "new hash"},
            {"password_hash": None},
            {"is_active": False},
            {"deletion_due_at": LATER},
        ],
        ids=str,
    )
    async def test_admits_nobody_who_changed_meanwhile(
        self, places: Places, meanwhile: dict[str, Any]
    ) -> None:
        ada = await places.with_ada()
        changed = replace(ada, **meanwhile)
        await places.users.save(changed, instead_of=ada)

        assert not await places.users.admit(ada, LATER)

        assert await places.users.by_id(ada.id) == changed

    async def test_who_has_no_password_is_admitted_too(self, places: Places) -> None:
        ada = replace(a_user(), password_hash=None)
        await places.users.add(ada)

        assert await places.users.admit(ada, LATER)

    async def test_the_admins_who_count_may_sign_in(self, places: Places) -> None:
        ada, grace, eve, joan = (a_user(f"{name}@example.com") for name in "abcd")
        ada = replace(ada, is_admin=True)
        grace = replace(grace, is_admin=True, is_active=False)
        eve = replace(eve, is_admin=True, deletion_due_at=LATER)
        for user in (ada, grace, eve, joan):
            await places.users.add(user)

        assert await places.users.lock_admins() == {ada.id}

    async def test_deletes_a_user_with_their_sessions(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)

        await places.users.delete(ada.id)

        assert await places.users.by_id(ada.id) is None
        assert await places.sessions.with_user(session.id) is None

    async def test_deletes_the_accounts_that_are_due_with_their_sessions(
        self, places: Places
    ) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)
        await places.users.save(replace(ada, deletion_due_at=LATER), instead_of=ada)

        early = await places.users.delete_due(NOW)
        in_time = await places.users.delete_due(LATER)

        assert (early, in_time) == (0, 1)
        assert await places.users.by_id(ada.id) is None
        assert await places.sessions.with_user(session.id) is None

    async def test_finds_a_session_with_its_user(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)

        await places.sessions.add(session)

        found = await places.sessions.with_user(session.id)
        assert found is not None
        assert (found.user, found.session) == (ada, session)
        assert await places.sessions.with_user(uuid7()) is None

    async def test_lists_open_sessions_the_newest_first(self, places: Places) -> None:
        ada = await places.with_ada()
        first, second, revoked = (
            a_session(ada.id, created_at=NOW + timedelta(minutes=minute)) for minute in range(3)
        )
        for session in (first, second, revoked):
            await places.sessions.add(session)
        await places.sessions.revoke(revoked.id, NOW)

        async def listed(after: timedelta = timedelta(), skip: int = 0) -> list[SessionId]:
            found = await places.sessions.open_sessions(ada.id, NOW + after, idle=IDLE, skip=skip)
            return [session.id for session in found]

        assert await listed() == [second.id, first.id]
        assert await listed(skip=1) == [first.id]
        assert await listed(after=timedelta(days=31)) == []

    async def test_leaves_out_idle_sessions(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)

        async def listed(after: timedelta) -> int:
            moment = session.refreshed_at + after
            idle = timedelta(days=7)
            return len(await places.sessions.open_sessions(ada.id, moment, idle=idle))

        assert await listed(timedelta(days=6)) == 1
        assert await listed(timedelta(days=7)) == 0

    async def test_knows_the_devices_of_a_user(self, places: Places) -> None:
        ada = await places.with_ada()
        before_any_session = await places.sessions.is_new_device(ada.id, PHONE)
        await places.sessions.add(a_session(ada.id))

        assert not before_any_session
        assert not await places.sessions.is_new_device(ada.id, PHONE)
        assert await places.sessions.is_new_device(ada.id, Device("192.0.2.1", "laptop"))

    async def test_a_device_is_not_known_by_who_acted_there(self, places: Places) -> None:
        ada = await places.with_ada()
        await places.sessions.add(a_session(ada.id))
        acting = replace(
            a_session(ada.id),
            ip="192.0.2.9",
            impersonator_id=ada.id,
            impersonator_session_id=uuid7(),
        )

        await places.sessions.add(acting)

        assert await places.sessions.is_new_device(ada.id, Device("192.0.2.9", "phone"))

    async def test_a_counter_is_rotated_once(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)

        first = await places.sessions.rotate(session.id, counter=0, now=LATER)
        again = await places.sessions.rotate(session.id, counter=0, now=LATER)

        found = await places.sessions.with_user(session.id)
        assert (first, again) == (True, False)
        assert found is not None
        assert found.session == replace(session, counter=1, refreshed_at=LATER)

    async def test_a_revoked_session_is_not_rotated(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)
        await places.sessions.revoke(session.id, NOW)

        assert not await places.sessions.rotate(session.id, counter=0, now=LATER)

    async def test_a_renewed_session_counts_on(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)

        counter = await places.sessions.renew(
            session.id, methods=("hwk",), authenticated_at=NOW, now=LATER
        )

        found = await places.sessions.with_user(session.id)
        assert counter == 1
        assert found is not None
        assert found.session == replace(
            session, counter=1, methods=("hwk",), authenticated_at=NOW, refreshed_at=LATER
        )

    async def test_a_revoked_session_is_not_renewed(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)
        await places.sessions.revoke(session.id, NOW)

        with pytest.raises(InvalidToken):
            await places.sessions.renew(
                session.id, methods=("pwd",), authenticated_at=LATER, now=LATER
            )

    async def test_a_session_is_revoked_once(self, places: Places) -> None:
        ada = await places.with_ada()
        session = a_session(ada.id)
        await places.sessions.add(session)

        first = await places.sessions.revoke(session.id, NOW)
        again = await places.sessions.revoke(session.id, LATER)

        found = await places.sessions.with_user(session.id)
        assert (first, again) == (True, False)
        assert found is not None
        assert found.session.revoked_at == NOW

    async def test_all_sessions_are_revoked_but_the_one_to_keep(self, places: Places) -> None:
        ada = await places.with_ada()
        grace = a_user("grace@example.com")
        await places.users.add(grace)
        kept, other, of_grace = a_session(ada.id), a_session(ada.id), a_session(grace.id)
        for session in (kept, other, of_grace):
            await places.sessions.add(session)

        revoked = await places.sessions.revoke_all(ada.id, NOW, keep=kept.id)

        assert list(revoked) == [other.id]
        left = await places.sessions.open_sessions(ada.id, NOW, idle=IDLE)
        assert [session.id for session in left] == [kept.id]
        assert len(await places.sessions.open_sessions(grace.id, NOW, idle=IDLE)) == 1

    async def test_forgets_sessions_that_ended_long_ago(self, places: Places) -> None:
        ada = await places.with_ada()
        running, revoked = a_session(ada.id), a_session(ada.id)
        await places.sessions.add(running)
        await places.sessions.add(revoked)
        await places.sessions.revoke(revoked.id, NOW)

        gone = await places.sessions.delete_ended(LATER)

        assert gone == 1
        assert await places.sessions.with_user(revoked.id) is None
        assert await places.sessions.with_user(running.id) is not None

    async def test_a_token_is_found_for_its_purpose_and_in_time(self, places: Places) -> None:
        ada = await places.with_ada()
        token = a_token(ada.id)
        await places.tokens.put(token)
        find = places.tokens.find

        assert await find(token.token_hash, token.purpose, NOW) == token
        assert await find(token.token_hash, Purpose.VERIFY_EMAIL, NOW) is None
        assert await find(token.token_hash, token.purpose, LATER) is None
        assert await find(b"2" * 32, token.purpose, NOW) is None

    async def test_a_token_is_used_once(self, places: Places) -> None:
        ada = await places.with_ada()
        token = a_token(ada.id)
        await places.tokens.put(token)

        first = await places.tokens.use(token.token_hash, token.purpose, NOW)
        again = await places.tokens.use(token.token_hash, token.purpose, NOW)

        assert first == replace(token, used_at=NOW)
        assert again is None
        assert await places.tokens.find(token.token_hash, token.purpose, NOW) is None

    async def test_a_token_is_not_used_for_something_else_or_too_late(self, places: Places) -> None:
        ada = await places.with_ada()
        token = a_token(ada.id)
        await places.tokens.put(token)

        assert await places.tokens.use(token.token_hash, Purpose.MAGIC_LINK, NOW) is None
        assert await places.tokens.use(token.token_hash, token.purpose, LATER) is None

    async def test_a_newer_token_voids_the_older_ones_of_its_purpose(self, places: Places) -> None:
        ada = await places.with_ada()
        older, newer = a_token(ada.id), a_token(ada.id, b"2" * 32)
        other = replace(a_token(ada.id, b"3" * 32), purpose=Purpose.VERIFY_EMAIL)
        for token in (older, other, newer):
            await places.tokens.put(token)

        assert await places.tokens.find(older.token_hash, older.purpose, NOW) is None
        assert await places.tokens.find(newer.token_hash, newer.purpose, NOW) == newer
        assert await places.tokens.find(other.token_hash, other.purpose, NOW) == other

    async def test_each_address_that_was_left_keeps_its_way_back(self, places: Places) -> None:
        ada = await places.with_ada()
        first = replace(a_token(ada.id), purpose=Purpose.UNDO_EMAIL_CHANGE)
        later = replace(first, token_hash=b"2" * 32, created_at=NOW + timedelta(seconds=1))
        for token in (first, later):
            await places.tokens.put(token)
        assert await places.tokens.find(first.token_hash, first.purpose, NOW) == first

        await places.tokens.void(ada.id, first.purpose, made_after=first.created_at)

        assert await places.tokens.find(first.token_hash, first.purpose, NOW) == first
        assert await places.tokens.find(later.token_hash, later.purpose, NOW) is None

    async def test_attempts_are_counted_up_to_a_limit(self, places: Places) -> None:
        ada = await places.with_ada()
        token = a_token(ada.id)
        await places.tokens.put(token)

        counted = [await places.tokens.count_attempt(token.token_hash, limit=2) for _ in range(3)]

        assert counted == [True, True, False]

    async def test_tokens_can_be_voided_and_forgotten(self, places: Places) -> None:
        ada = await places.with_ada()
        voided = a_token(ada.id)
        expired = replace(a_token(ada.id, b"2" * 32), purpose=Purpose.MAGIC_LINK)
        await places.tokens.put(voided)
        await places.tokens.put(expired)

        await places.tokens.void(ada.id, Purpose.RESET_PASSWORD)
        early = await places.tokens.delete_expired(NOW)
        in_time = await places.tokens.delete_expired(LATER + timedelta(seconds=1))

        assert await places.tokens.find(voided.token_hash, voided.purpose, NOW) is None
        assert (early, in_time) == (0, 1)


class TestStores(Contract):
    @pytest.fixture
    def places(self) -> Places:
        users = UserStore()
        return Places(users, SessionStore(users), OneTimeTokenStore())


class TestRepositories(Contract):
    @pytest.fixture
    def places(self, work: UnitOfWork) -> Places:
        return Places(UserRepository(work), SessionRepository(work), OneTimeTokenRepository(work))


async def test_a_store_can_be_seeded() -> None:
    ada = a_user()

    assert await UserStore([ada]).by_email_key("ada@example.com") == ada
