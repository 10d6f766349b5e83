"""A simulator of the cloud APIs that the job needs, as strict as the cloud, spoken to by the official SDKs.

Each service keeps state and rules without HTTP (`models`), the wire (`responses`) and its error codes
(`exceptions`) apart. lab/README.md says what is documented, measured or assumed.
"""

from lab.cloud.alb import AlbService, Listener, LoadBalancer
from lab.cloud.applications import alb_app, cas_app
from lab.cloud.behaviour import Behaviour, Credentials, DuplicateUpload, SerialNumberFormat, Timings
from lab.cloud.cas import CasService
from lab.cloud.cloud import Cloud
from lab.cloud.exceptions import CloudFault

__all__ = [
    "AlbService",
    "Behaviour",
    "CasService",
    "Cloud",
    "CloudFault",
    "Credentials",
    "DuplicateUpload",
    "Listener",
    "LoadBalancer",
    "SerialNumberFormat",
    "Timings",
    "alb_app",
    "cas_app",
]
