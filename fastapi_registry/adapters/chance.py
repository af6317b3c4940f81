"""Where secrets come from: the operating system."""

from __future__ import annotations

import os
from base64 import urlsafe_b64encode


def fresh_secret(kind: str) -> str:
    """A secret for `generate` of a manifest, such as `key:32` or `token:48`.

    The number counts random bytes. A key keeps its padding, so that what decodes it
    finds all bytes; a token is only ever compared.
    """
    shape, _, size = kind.partition(":")
    text = urlsafe_b64encode(os.urandom(int(size))).decode("ascii")
    return text if shape == "key" else text.rstrip("=")
