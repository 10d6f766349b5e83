"""One CAS site, however it is spelled: `international`, its host, or its URL.

What is compared decides whether a repository and the CA in it are made anew, so a spelling must not look like a move.
"""

from typing import Any

from alb_mtls.aliyun.endpoints import EndpointError, cas_endpoint
from components.providers.base import Properties

_DEFAULT_PORTS = {"https": ":443", "http": ":80"}


def site_of(endpoint: Any) -> Any:
    """Return the URL of the site that an endpoint means; unchanged what is none, such as a value not known yet."""
    if not isinstance(endpoint, str):
        return endpoint
    try:
        found = cas_endpoint(endpoint)
    except EndpointError:
        return endpoint
    return f"{found.scheme}://{found.host.removesuffix(_DEFAULT_PORTS[found.scheme])}"


def with_site(properties: Properties, key: str = "endpoint") -> Properties:
    """Return the properties with the endpoint under `key` spelled in the one way that can be compared."""
    return {**properties, key: site_of(properties[key])} if key in properties else properties
