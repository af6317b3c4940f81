"""Taking blocks out again: the exact inverse of adding them."""

from fastapi_registry.engine.remove.choice import CannotBeRemoved, NotInstalled, RequiredBy
from fastapi_registry.engine.remove.planning import StillUsed, TablesStay, TiedUp, plan_remove

__all__ = [
    "CannotBeRemoved",
    "NotInstalled",
    "RequiredBy",
    "StillUsed",
    "TablesStay",
    "TiedUp",
    "plan_remove",
]
