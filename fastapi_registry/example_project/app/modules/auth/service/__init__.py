"""What people can do with their accounts. Knows neither HTTP nor SQL.

One module for each story: registration, signing in, proving it again, sessions, passwords, the
account, changing the address, and deleting it all. `links` is what the stories about mail have in
common, `second_factors` what other blocks add to signing in.
"""

from app.modules.auth.service.account import Account
from app.modules.auth.service.deletion import Deletion
from app.modules.auth.service.email_change import EmailChange
from app.modules.auth.service.links import Links
from app.modules.auth.service.passwords import Passwords
from app.modules.auth.service.reauthentication import Reauthentication
from app.modules.auth.service.registration import Accepted, Registered, Registration
from app.modules.auth.service.second_factors import SecondFactors
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
    "Reauthentication",
    "Registered",
    "Registration",
    "SecondFactors",
    "SecondStepNeeded",
    "Sessions",
    "SignIn",
    "SignedIn",
]
