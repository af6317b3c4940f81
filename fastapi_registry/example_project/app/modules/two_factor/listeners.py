"""What follows when something happens to an account, in the same transaction."""

from app.core.work import UnitOfWork
from app.modules.auth import AccountClaimed, EmailChangeUndone, SecurityEvent
from app.modules.two_factor.composition import TwoFactor
from app.modules.two_factor.events import FactorEvent


async def tell_the_owner(event: FactorEvent, work: UnitOfWork) -> None:
    two_factor = TwoFactor.of(work)
    user = await two_factor.auth.users.by_id(event.user_id)
    if user is not None:
        left = await two_factor.backup_codes.left(user.id)
        await work.send(two_factor.emails.about(event, user, codes_left=left))


async def forget_devices(event: SecurityEvent, work: UnitOfWork) -> None:
    """What was trusted with the old password or factor may be in the wrong hands."""
    await TwoFactor.of(work).trusted_devices.forget_all(event.user_id)


async def forget_factors(event: AccountClaimed, work: UnitOfWork) -> None:
    """They may be those of a stranger, who registered the owner's address first."""
    two_factor = TwoFactor.of(work)
    for factor in (two_factor.totp, two_factor.passkeys, two_factor.backup_codes):
        await factor.reset(event.user_id)
    await forget_devices(event, work)


async def forget_later_factors(event: EmailChangeUndone, work: UnitOfWork) -> None:
    """They may be those of a thief, who moved the account to an address of their own first."""
    two_factor = TwoFactor.of(work)
    for factor in (two_factor.totp, two_factor.passkeys, two_factor.backup_codes):
        await factor.forget_since(event.user_id, event.since)
    await forget_devices(event, work)  # the change itself ended the trust that there was before
