"""Terminates TLS for real and forwards to a backend that answers `old` (Caddy behind small fronts)."""

from lab.dataplane.dataplane import DataPlane
from lab.dataplane.routes import Action, PathType, Route
from lab.dataplane.server_certificates import SERVER_CERTIFICATE_ID, SERVER_NAME

__all__ = [
    "SERVER_CERTIFICATE_ID",
    "SERVER_NAME",
    "Action",
    "DataPlane",
    "PathType",
    "Route",
]
