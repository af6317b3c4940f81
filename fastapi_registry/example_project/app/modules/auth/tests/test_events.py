"""What an auditor reads out of auth's events."""

from app.core.ids import uuid7
from app.modules.auth.events import SessionRevoked, SignInFailed, SignInOfNobody, UserSignedIn

ADA, SESSION = uuid7(), uuid7()


def test_r98_who_has_just_proved_to_be_the_owner_is_the_actor() -> None:
    signed_in = UserSignedIn(user_id=ADA, session_id=SESSION)

    assert (signed_in.subject_id, signed_in.actor_id) == (ADA, ADA)
    assert (signed_in.outcome, signed_in.details) == ("success", {"session_id": str(SESSION)})


def test_r98_a_wrong_password_is_a_failure_of_nobody_known() -> None:
    known, unknown = SignInFailed(user_id=ADA), SignInOfNobody()

    assert (known.kind, known.outcome, known.actor_id) == ("sign_in_failed", "failure", None)
    assert (unknown.kind, unknown.outcome, unknown.subject_id) == (known.kind, "failure", None)


def test_r98_an_ended_session_does_not_say_that_its_owner_ended_it() -> None:
    assert SessionRevoked(user_id=ADA).actor_id is None
