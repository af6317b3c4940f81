"""What people break by hand, found again, each with the remedy for it."""

from fastapi_registry.engine.doctor.diagnosis import diagnose
from fastapi_registry.engine.doctor.finding import Finding, Paste, Remedy, Shell

__all__ = ["Finding", "Paste", "Remedy", "Shell", "diagnose"]
