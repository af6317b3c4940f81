"""Seals secrets for the database. A dump of it holds none that works."""

from dataclasses import dataclass, field
from typing import Self

from app.core.crypto import derive_key, key_id, seal, unseal
from app.modules.two_factor.exceptions import SecretUnreadable
from app.modules.two_factor.models import Sealed


@dataclass(frozen=True, slots=True)
class Vault:
    keys: dict[str, bytes] = field(repr=False)
    """By their ids. The first seals; the others open what they sealed before."""

    @classmethod
    def of(cls, *texts: str) -> Self:
        derived = (derive_key(text, "two_factor: secrets at rest") for text in texts)
        return cls({key_id(key): key for key in derived})

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return next(iter(self.keys))

    def seal(self, plain: bytes, context: bytes) -> Sealed:
        return Sealed(self.current, seal(self.keys[self.current], plain, context))

    def open(self, sealed: Sealed, context: bytes) -> bytes:
        """Raises `SecretUnreadable` if its key is gone, and `BrokenSeal` if somebody changed it."""
        if sealed.key_id not in self.keys:
            raise SecretUnreadable
        return unseal(self.keys[sealed.key_id], sealed.text, context)

    def is_old(self, sealed: Sealed) -> bool:
        """Whether it should be sealed anew, so that the key that sealed it can go."""
        return sealed.key_id != self.current
