"""`make registry`: the example project's `.env.example`, as `init` writes it from the manifests."""

from __future__ import annotations

from tests.blocks.bundled import EXAMPLE
from tests.blocks.installing import ADDED, new_project

if __name__ == "__main__":
    (EXAMPLE / ".env.example").write_bytes(new_project(*ADDED).read(".env.example"))
