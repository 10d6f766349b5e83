"""The Certificate Management Service, API 2020-04-07: repositories and the certificates in them."""

from lab.cloud.cas.models import CasService
from lab.cloud.cas.responses import cas_operations

__all__ = ["CasService", "cas_operations"]
