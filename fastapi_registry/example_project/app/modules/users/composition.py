"""Where the parts of users are put together, for one unit of work."""

from dataclasses import dataclass
from functools import cached_property

from app.core.config import AppSettings
from app.core.work import UnitOfWork
from app.modules.auth import Auth
from app.modules.users.emails import Emails
from app.modules.users.models import Powers
from app.modules.users.repositories import Directory, RoleRepository
from app.modules.users.service import Accounts, Invitations, People, Roles


@dataclass(frozen=True)
class Users:
    """All that users can do, for somebody with these `powers`."""

    auth: Auth
    powers: Powers

    @cached_property
    def people(self) -> People:
        return People(auth=self.auth, directory=Directory(self._work), powers=self.powers)

    @cached_property
    def accounts(self) -> Accounts:
        return Accounts(people=self.people, auth=self.auth, emails=self.emails, world=self._work)

    @cached_property
    def invitations(self) -> Invitations:
        return Invitations(auth=self.auth, roles=self.roles, emails=self.emails, world=self._work)

    @cached_property
    def roles(self) -> Roles:
        return Roles(
            roles=RoleRepository(self._work),
            auth=self.auth,
            emails=self.emails,
            powers=self.powers,
            permissions=self._work.permissions,
            world=self._work,
        )

    @cached_property
    def emails(self) -> Emails:
        app = self._work.section(AppSettings)
        return Emails(app_name=app.name, frontend_url=app.frontend_url)

    @property
    def _work(self) -> UnitOfWork:
        return self.auth.work
