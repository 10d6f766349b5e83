"""Where the two services are reached.

The endpoint is always explicit: the region map inside the CAS SDK sends several regions outside the mainland,
cn-hongkong and us-west-1 among them, to the mainland site (docs/facts/alibaba-cloud.md, Sites).
"""

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from alb_mtls.addresses import is_dns_name, is_ip_address, is_loopback, join_host_port

CAS_SITES: Final = {"china": "cas.aliyuncs.com", "international": "cas.ap-southeast-1.aliyuncs.com"}
"""The CAS sites by name. The site follows the account, not the region (docs/facts/alibaba-cloud.md, Sites)."""

_FORMS: Final = "a host, host:port, or a URL without a path"
_DEFAULT_PORTS: Final = {"https": ":443", "http": ":80"}
_REGION: Final = re.compile(r"[a-z]{2,}(-[a-z0-9]+)+")
# `alb-….<region>.alb.aliyuncs.com`, or `.aliyuncsslb.com` and `.aliyuncsslbintl.com` since 2024, for an ALB in a
# private network with `internal.` before the region (docs/facts/alibaba-cloud.md, Names).
_NAME_OF_ALB: Final = re.compile(r".+\.(?P<region>[a-z]{2,}(?:-[a-z0-9]+)+)\.alb\.[a-z0-9.-]+", re.IGNORECASE)


class EndpointError(ValueError):
    """An endpoint or region that cannot be used; the message is one sentence for the person who set it."""


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a service is reached: `host` with an optional `:port`, and `scheme`, `https` or `http`."""

    host: str
    scheme: str


def cas_endpoint(value: str) -> Endpoint:
    """Return the endpoint that `cas.endpoint` means: a site of `CAS_SITES` by name, a host, or a URL.

    Raises:
        EndpointError: It is none of these, or plain HTTP to an address that is not loopback.
    """
    if not value.strip():
        sites = " or ".join(f"{name!r} ({host})" for name, host in CAS_SITES.items())
        message = f"the CAS endpoint is not set; set {sites}, or give {_FORMS}"
        raise EndpointError(message)
    text = value.strip()
    if text not in CAS_SITES and text.isalpha() and text != "localhost":
        # A misspelled site would pass for a host and fail only when it is called.
        message = f"{text!r} is not a site of CAS; set {' or '.join(CAS_SITES)}, or give {_FORMS}"
        raise EndpointError(message)
    endpoint = _parse("CAS", CAS_SITES.get(text, value))
    site = (urlsplit(f"//{endpoint.host}").hostname or "").lower()
    if site in CAS_SITES:
        message = f"{text!r} names the site {site} and more; set {site} alone, or give {_FORMS}"
        raise EndpointError(message)
    return endpoint


def is_region(text: str) -> bool:
    """Say whether a text has the form of a region id."""
    return _REGION.fullmatch(text) is not None


def region_in(dns_name: str) -> str | None:
    """Return the region in the DNS name of an ALB; None where it has another form."""
    found = _NAME_OF_ALB.fullmatch(dns_name.strip().removesuffix("."))
    return None if found is None else found["region"].lower()


def cas_url(value: str) -> str:
    """Return the one spelling of a CAS site that can be compared: its URL, without a default port.

    What is compared decides whether a repository and the CA in it are created again, so a spelling must not look like a
    move.

    Raises:
        EndpointError: as cas_endpoint.
    """
    found = cas_endpoint(value)
    return f"{found.scheme}://{found.host.removesuffix(_DEFAULT_PORTS[found.scheme])}"


def alb_endpoint(value: str | None, region: str) -> Endpoint:
    """Return the endpoint of the ALB API: `value` when it is set, otherwise the one of `region`.

    Raises:
        EndpointError: The value is no endpoint, or it is missing and so is a well-formed region.
    """
    if value and value.strip():
        return _parse("ALB", value)
    if not is_region(region):
        message = (
            f"{region!r} is not a region id, so the ALB endpoint is unknown; "
            "set alicloud:region to the region of the load balancer, such as ap-southeast-1"
        )
        raise EndpointError(message)
    return Endpoint(host=f"alb.{region}.aliyuncs.com", scheme="https")


def _parse(service: str, value: str) -> Endpoint:
    text = value.strip()
    parts = _split(service, text if "://" in text else f"https://{text}")
    if parts.username is not None or parts.password is not None:
        # Not quoted: what stands before the @ may be a password.
        message = f"the {service} endpoint must not contain a user name or password; give {_FORMS}"
        raise EndpointError(message)
    if parts.scheme not in {"http", "https"} or parts.path not in {"", "/"} or parts.query or parts.fragment:
        message = f"the {service} endpoint {text!r} is not usable; give {_FORMS}, https or http"
        raise EndpointError(message)
    host = parts.hostname or ""
    if not is_ip_address(host) and not is_dns_name(host):
        message = f"the {service} endpoint {text!r} has no valid host name; give {_FORMS}"
        raise EndpointError(message)
    if parts.scheme == "http" and not is_loopback(host):
        message = f"the {service} endpoint {text!r} is plain HTTP, allowed for loopback addresses only; use https"
        raise EndpointError(message)
    return Endpoint(host=join_host_port(host, parts.port), scheme=parts.scheme)


def _split(service: str, url: str) -> SplitResult:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError as error:
        message = f"the {service} endpoint is not usable: {error}; give {_FORMS}"
        raise EndpointError(message) from None
    return parts
