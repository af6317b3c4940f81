"""Devices on which the second factor is not asked for again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from app.core.crypto import hash_token, new_token
from app.core.ids import uuid7
from app.modules.auth import Device, Surroundings, UserId
from app.modules.two_factor.events import DeviceTrusted
from app.modules.two_factor.exceptions import TrustedDeviceNotFound
from app.modules.two_factor.models import TrustedDevice
from app.modules.two_factor.repositories import TrustedDeviceRepository


@dataclass(frozen=True, kw_only=True)
class TrustedDevices:
    devices: TrustedDeviceRepository
    lifetime: timedelta
    """Zero: no device is trusted."""
    world: Surroundings

    async def trust(self, user_id: UserId, device: Device) -> str:
        """What the device must show. Only its hash is kept, so a dump of it is no such device."""
        token, now = new_token(), self.world.now()
        await self.devices.add(
            TrustedDevice(
                id=uuid7(),
                user_id=user_id,
                token_hash=hash_token(token),
                ip=device.ip,
                user_agent=device.user_agent,
                created_at=now,
                last_used_at=now,
                expires_at=now + self.lifetime,
            )
        )
        await self.world.publish(DeviceTrusted(user_id=user_id, device=device))
        return token

    async def trusts(self, user_id: UserId, token: str) -> bool:
        return bool(self.lifetime) and await self.devices.use(
            user_id, hash_token(token), self.world.now()
        )

    async def listed(self, user_id: UserId) -> Sequence[TrustedDevice]:
        return await self.devices.of_user(user_id, self.world.now())

    async def forget(self, user_id: UserId, device_id: UUID) -> None:
        """Raises `TrustedDeviceNotFound`, also for somebody else's."""
        if not await self.devices.remove(user_id, device_id):
            raise TrustedDeviceNotFound

    async def forget_all(self, user_id: UserId) -> None:
        await self.devices.remove_all(user_id)
