"""Users that need no registration: for development, and for a database that forgets."""

from app.core.ids import uuid7
from app.core.work import UnitOfWork
from app.modules.auth.addresses import EmailAddress
from app.modules.auth.composition import password_policy
from app.modules.auth.exceptions import EmailTaken
from app.modules.auth.models import User
from app.modules.auth.repositories import UserRepository
from app.modules.auth.settings import AuthSettings


async def add_user(
    work: UnitOfWork, email: EmailAddress, password: str, name: str, *, is_admin: bool
) -> User:
    """A user whose address counts as proved. Raises `EmailTaken` or `WeakPassword`."""
    settings = work.section(AuthSettings)
    await password_policy(work).check(password, name=name, email=email.address)
    user = User(
        id=uuid7(),
        email=email.address,
        email_key=email.key,
        name=name,
        password_hash=await settings.hashing.hash(password),
        is_admin=is_admin,
        email_verified_at=work.now(),
        created_at=work.now(),
    )
    await UserRepository(work).add(user)
    return user


async def seed(work: UnitOfWork) -> None:
    """The user that `AUTH_SEED_EMAIL` and `AUTH_SEED_PASSWORD` ask for, unless it is there."""
    settings = work.section(AuthSettings)
    password = settings.seed_password.get_secret_value()
    if not settings.seed_email or not password:
        return
    email = EmailAddress.parse(settings.seed_email)
    if await UserRepository(work).by_email_key(email.key) is not None:
        return
    try:
        await add_user(work, email, password, "Seeded user", is_admin=settings.seed_admin)
    except EmailTaken:
        return  # another worker, which started at the same moment, was faster
