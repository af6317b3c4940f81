"""What an auditor wants to know. Any block publishes it; a block such as audit writes it down.

So who publishes need not know whether anybody keeps a trail, and who keeps one knows no block
by name. Who is calling, and from where, stands in the unit of work already.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias
from uuid import UUID

Outcome: TypeAlias = Literal["success", "failure", "denied"]


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditableEvent:
    """Something that belongs into an audit trail. Listen to this class for all of them.

    Nothing secret belongs into one, nor what people might type by mistake: a password in the
    field of a name would be kept for years.
    """

    kind: ClassVar[str]
    """Its name in the trail: what happened, as in `password_changed`."""
    outcome: ClassVar[Outcome] = "success"

    @property
    def subject_id(self) -> UUID | None:
        """The user to whom it happened."""
        return None

    @property
    def actor_id(self) -> UUID | None:
        """Who did it, where nobody was signed in yet. Otherwise it is who is calling."""
        return None

    @property
    def details(self) -> Mapping[str, str]:
        """What else there is to know."""
        return {}


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessDenied(AuditableEvent):
    """Somebody who is signed in asked for what needs a permission that they do not have."""

    kind = "access_denied"
    outcome = "denied"

    permission: str

    @property
    def details(self) -> Mapping[str, str]:
        return {"permission": self.permission}
