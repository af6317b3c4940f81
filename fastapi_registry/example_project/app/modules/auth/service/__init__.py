"""What people can do with their accounts. Knows neither HTTP nor SQL.

One module for each story: registration, signing in, sessions, passwords, the account, changing
the address, and deleting it all. `links` is what the stories about mail have in common.
"""

from app.modules.auth.service.account import Account
from app.modules.auth.service.deletion import Deletion
from app.modules.auth.service.email_change import EmailChange
from app.modules.auth.service.links import Links
from app.modules.auth.service.passwords import Passwords
from app.modules.auth.service.registration import Accepted, Registered, Registration
from app.modules.auth.service.sessions import IssuedTokens, Sessions
from app.modules.auth.service.sign_in import SecondStepNeeded, SignedIn, SignIn

__all__ = [
    "Accepted",
    "Account",
    "Deletion",
    "EmailChange",
    "IssuedTokens",
    "Links",
    "Passwords",
    "Registered",
    "Registration",
    "SecondStepNeeded",
    "Sessions",
    "SignIn",
    "SignedIn",
]
