"""A simulator of the cloud APIs that the job needs, as strict as the cloud, spoken to by the official SDKs.

Each service keeps state and rules without HTTP (`models`), the wire (`responses`) and its error codes
(`exceptions`) apart. lab/README.md says what is documented, measured or assumed.
"""

from lab.cloud.alb import AlbService, Listener, LoadBalancer
from lab.cloud.applications import alb_app, cas_app
from lab.cloud.cas import CasService
from lab.cloud.cloud import Cloud
from lab.cloud.exceptions import CloudFault
from lab.cloud.signature import Credentials

__all__ = [
    "AlbService",
    "CasService",
    "Cloud",
    "CloudFault",
    "Credentials",
    "Listener",
    "LoadBalancer",
    "alb_app",
    "cas_app",
]
