"""What names of the outside world look like: of Kubernetes objects, of hosts, of places to connect to."""

import ipaddress
import re

MAX_PORT = 65535

_LONGEST_NAME = 253
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_KUBERNETES_LABEL = re.compile(_LABEL)
_KUBERNETES_NAME = re.compile(rf"{_LABEL}(\.{_LABEL})*")
_HOST = re.compile(rf"{_LABEL}(\.{_LABEL})*\.?", re.IGNORECASE | re.ASCII)


def is_kubernetes_name(text: str) -> bool:
    """Say whether an object can be called so: a DNS subdomain of RFC 1123, at most 253 characters."""
    return len(text) <= _LONGEST_NAME and _KUBERNETES_NAME.fullmatch(text) is not None


def is_kubernetes_label(text: str) -> bool:
    """Say whether a namespace can be called so: a DNS label of RFC 1123, at most 63 characters."""
    return _KUBERNETES_LABEL.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Say whether a text is a host name; a wildcard is none."""
    return len(text) <= _LONGEST_NAME and _HOST.fullmatch(text) is not None


def is_host_and_port(text: str) -> bool:
    """Say whether a text is `host:port`; an IPv6 address stands in brackets."""
    host, _, port = text.rpartition(":")
    if not (port.isascii() and port.isdecimal() and len(port) <= len(str(MAX_PORT)) and 1 <= int(port) <= MAX_PORT):
        return False
    if host.startswith("[") and host.endswith("]"):
        return _is_ipv6(host[1:-1])
    return is_host(host)


def _is_ipv6(text: str) -> bool:
    try:
        ipaddress.IPv6Address(text)
    except ValueError:
        return False
    return True
