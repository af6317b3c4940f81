"""Runs inside of a project, with its packages: its own tests, then what strangers see of it.

One process for both, since importing FastAPI takes longer than either. Prints the answers as
JSON in its last line. `python -P probe.py MODULE:ATTR`, in the project's folder.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from inspect import isfunction
from pathlib import Path
from typing import Any

PATHS = ("/ping", "/api/ping", "/v1/items", "/api/v1/auth/login", "/nothing/here", "/health", "/")


def seen(client: Any) -> dict[str, list[Any]]:
    """What the old routes answer, also those that are wrong."""
    asked = ((method, path) for method in ("GET", "POST") for path in PATHS)
    return {f"{method} {path}": _answer(client, method, path) for method, path in asked}


def _answer(client: Any, method: str, path: str) -> list[Any]:
    body: dict[str, Any] = {"json": {}} if method == "POST" else {}
    answer = client.request(method, path, **body)
    return [answer.status_code, answer.headers.get("x-orders"), answer.text]


def served(target: str) -> Any:
    """The app as its start command finds it: a name, a factory, or an object that holds it."""
    module, _, attribute = target.partition(":")
    found = getattr(import_module(module), attribute)
    made = found() if isfunction(found) or isinstance(found, type) else found
    return getattr(made, "app", made) if isinstance(found, type) else made


def main() -> None:
    import pytest
    from fastapi.testclient import TestClient

    sys.path.insert(0, str(Path.cwd()))
    if ended := pytest.main(["-q", "-p", "no:cacheprovider"]):
        sys.exit(ended)
    sys.path.insert(0, str(Path.cwd() / "src"))
    app = served(sys.argv[1])
    with TestClient(app, raise_server_exceptions=False, follow_redirects=False) as client:
        sys.stdout.write(json.dumps(seen(client)))


if __name__ == "__main__":
    main()
