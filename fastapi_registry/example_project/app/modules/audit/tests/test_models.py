"""What reaches the trail is one line, cut, and without secrets: R98."""

from datetime import UTC, datetime

from app.core.audit_trail import AccessDenied
from app.core.ids import uuid7
from app.core.origin import Origin
from app.modules.audit.models import MOST_OF_A_DETAIL, AuditEvent, audit_event, one_line
from app.modules.audit.tests.conftest import ADA, ApplePicked

NOWHERE = Origin()


def recorded(notes: dict[str, str], origin: Origin = NOWHERE) -> AuditEvent:
    return audit_event(
        ApplePicked(owner_id=ADA, notes=notes),
        id=uuid7(),
        at=datetime(2026, 1, 31, tzinfo=UTC),
        origin=origin,
        caller_id=None,
        impersonator_id=None,
    )


def test_r98_a_line_break_cannot_begin_a_line_of_its_own() -> None:
    event = recorded(
        {"note\r\n": "red\r\n2026 admin signed in\u2028\x1b[2J"}, Origin("a\nb", "c\nd")
    )

    assert event.details == {"note  ": "red  2026 admin signed in  [2J"}
    assert (event.ip, event.user_agent) == ("a b", "c d")


def test_r98_no_secret_gets_in_under_any_name() -> None:
    event = recorded({"reset_token": "hush", "note": "Bearer hush", "url": "https://x/?token=hush"})

    assert "hush" not in str(event)


def test_long_words_are_cut() -> None:
    event = recorded({"note": "x" * 5000}, Origin("x" * 99, "x" * 999, "x" * 99))

    assert len(event.details["note"]) == MOST_OF_A_DETAIL
    assert (len(event.ip), len(event.user_agent), len(event.request_id)) == (45, 255, 64)
    assert one_line("abc", 2) == "ab"


def test_who_is_signed_in_did_it_whatever_the_event_says() -> None:
    denied = audit_event(
        AccessDenied(permission="audit:read"),
        id=uuid7(),
        at=datetime(2026, 1, 31, tzinfo=UTC),
        origin=Origin(),
        caller_id=ADA,
        impersonator_id=None,
    )

    assert (denied.actor_id, denied.subject_id) == (ADA, None)
