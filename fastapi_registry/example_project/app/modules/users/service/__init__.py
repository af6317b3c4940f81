"""What can be done with other people's accounts. Knows neither HTTP nor SQL.

One module for each story: finding people, inviting them, managing their accounts, and roles.
"""

from app.modules.users.service.accounts import Accounts
from app.modules.users.service.invitations import Invitations
from app.modules.users.service.people import People
from app.modules.users.service.roles import Roles

__all__ = ["Accounts", "Invitations", "People", "Roles"]
