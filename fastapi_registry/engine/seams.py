"""What the seams of the lock stand for: facts in the hub, and in the user's own files."""

from __future__ import annotations

from fastapi_registry.engine.edits.fact import Fact
from fastapi_registry.engine.edits.hub import HubEntry
from fastapi_registry.engine.layout import Layout
from fastapi_registry.engine.lock import LockedBlock, Seam
from fastapi_registry.engine.manifest import settings_class_of


def fact_of(seam: Seam, block: LockedBlock, layout: Layout) -> Fact:
    """The fact, to look whether it holds, or to take it out."""
    if seam.kind != "hub":
        from fastapi_registry.engine.join import fact_of as joint  # reads Python: takes a while

        return joint(seam, layout)
    has_settings = any(file.src.endswith(f"{block.name}/settings.py") for file in block.files)
    settings_class = settings_class_of(block.name) if has_settings else None
    return HubEntry(block.name, layout.root_package, settings_class, seam.path)
