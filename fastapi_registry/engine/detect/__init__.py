"""What the tool finds out about a project that somebody else laid out."""

from fastapi_registry.engine.detect.evidence import Evidence
from fastapi_registry.engine.detect.facts import Facts, Finding, detect, findings
from fastapi_registry.engine.detect.place import layout_of, root_package_of

__all__ = ["Evidence", "Facts", "Finding", "detect", "findings", "layout_of", "root_package_of"]
