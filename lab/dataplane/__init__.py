"""Terminates TLS for real and forwards to a backend that answers `old` (Caddy behind small fronts)."""

from lab.dataplane.dataplane import DataPlane
from lab.dataplane.routes import Action, PathType, Route

__all__ = [
    "Action",
    "DataPlane",
    "PathType",
    "Route",
]
