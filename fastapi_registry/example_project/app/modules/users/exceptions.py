"""What can go wrong with users and roles.

BlockError
├── Forbidden ── BeyondYourRights   403 insufficient_scope
├── NotFound
│   ├── UserNotFound                404 not_found
│   └── RoleNotFound                404 not_found
├── Conflict
│   ├── RoleExists                  409 role_exists
│   ├── BuiltInRole                 409 built_in_role
│   └── AccountInactive             409 account_inactive
└── InvalidRequest
    ├── UnknownRole                 422 validation_error
    └── UnknownPermission           422 validation_error
"""

from app.core.errors import Conflict, Forbidden, InvalidRequest, NotFound


class BeyondYourRights(Forbidden):
    message = "This would reach beyond your own rights."


class UserNotFound(NotFound):
    message = "There is no such user."


class RoleNotFound(NotFound):
    message = "There is no such role."


class RoleExists(Conflict):
    code, title = "role_exists", "Role exists"
    message = "There is a role of this name."


class BuiltInRole(Conflict):
    code, title = "built_in_role", "Built-in role"
    message = "This role is part of the app."


class AccountInactive(Conflict):
    code, title = "account_inactive", "Account inactive"
    message = "This account may not sign in. Activate it first."


class UnknownRole(InvalidRequest):
    def __init__(self, name: str) -> None:
        message = f"There is no role `{name}`."
        super().__init__([{"pointer": "/roles", "code": "unknown_role", "message": message}])


class UnknownPermission(InvalidRequest):
    def __init__(self, name: str) -> None:
        message = f"No block asks for the permission `{name}`."
        error = {"pointer": "/permissions", "code": "unknown_permission", "message": message}
        super().__init__([error])
