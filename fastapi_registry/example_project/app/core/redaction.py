"""What must never be kept, in a log or in a trail, wherever it comes from.

A net under the rule that nobody writes secrets down, not instead of it.
"""

import re
from collections.abc import Mapping
from typing import Any, Final

_HIDDEN: Final = "[hidden]"

# Names of fields, by their meaning …
_SECRET_NAME: Final = re.compile(
    r"passw|secret|token|authorization|cookie|api_?key|credential|otp|code$", re.IGNORECASE
)
# … and what stands inside a sentence: a bearer token, a password in a URL, `token=…` in a
# query, `'password': '…'` in a printed dictionary. The rest of a name is read so far and no
# further: `passwpasswpassw…` in a path would be read to its end again from every one of them.
_SECRET_VALUE: Final = re.compile(
    r"""(?ix)(
        bearer\s+
        | ://[^/\s:@]*:(?=[^/\s@]+@)
        | (?:passw\w{0,40}|secret\w{0,40}|token|api_?key) (?: = | ['"]\s*:\s* ) ['"]?
    ) [^\s@,;&"']+"""
)


def without_secrets(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The same fields, with secrets hidden, however deep they stand."""
    return {
        name: _HIDDEN if _SECRET_NAME.search(name) else _without(value)
        for name, value in fields.items()
    }


def hide_secrets(text: str) -> str:
    """The same sentence, without the credentials in it."""
    return _SECRET_VALUE.sub(rf"\1{_HIDDEN}", text)


def _without(value: object) -> object:
    match value:
        case str():
            return hide_secrets(value)
        case dict():
            return without_secrets({str(name): each for name, each in value.items()})
        case list() | tuple():
            return [_without(each) for each in value]
    return value
