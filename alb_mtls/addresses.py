"""What names of the network look like: of hosts, of Kubernetes objects, of places to connect to."""

import ipaddress
import re

MAX_PORT = 65535
LONGEST_NAME = 253
"""Characters of a DNS name as text (RFC 1035, 2.3.4)."""
LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
"""One label of a DNS name (RFC 1123, 2.1), as a regular expression."""

_LABEL = re.compile(LABEL)
_NAME = re.compile(rf"{LABEL}(\.{LABEL})*")
_PLACE = re.compile(r"(?:\[(?P<ipv6>[^\]]*:[^\]]*)\]|(?P<host>[^\[\]:]+))(?::(?P<port>[0-9]{1,5}))?")


def is_dns_name(text: str) -> bool:
    """Say whether a text is a DNS name of RFC 1123; a wildcard is none, nor is a name that ends in a dot."""
    return len(text) <= LONGEST_NAME and _NAME.fullmatch(text) is not None


def is_host(text: str) -> bool:
    """Say whether a text is a host name, which may end in a dot."""
    return is_dns_name(text.removesuffix("."))


def is_kubernetes_name(text: str) -> bool:
    """Say whether an object can be called so: a DNS name in lower case."""
    return text == text.lower() and is_dns_name(text)


def is_kubernetes_label(text: str) -> bool:
    """Say whether a namespace can be called so: a DNS label in lower case, at most 63 characters."""
    return text == text.lower() and _LABEL.fullmatch(text) is not None


def is_ip_address(host: str) -> bool:
    """Say whether a host is written as an IP address; such a one has no place in SNI (RFC 6066, 3)."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def is_loopback(host: str) -> bool:
    """Say whether a host is this machine, by address or as `localhost`."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def split_host_port(text: str) -> tuple[str, int | None] | None:
    """Return host and port of `host`, `host:port`, `IPv6`, `[IPv6]` or `[IPv6]:port`; None when it is none of these."""
    if is_ip_address(text):
        return text, None
    found = _PLACE.fullmatch(text)
    if found is None or (found["ipv6"] and not is_ip_address(found["ipv6"])):
        return None
    port = int(found["port"]) if found["port"] else None
    if port is not None and not 1 <= port <= MAX_PORT:
        return None
    return found["ipv6"] or found["host"], port


def join_host_port(host: str, port: int | None) -> str:
    """Return `host:port`, or the host alone; an IPv6 address in brackets."""
    bracketed = f"[{host}]" if ":" in host else host
    return bracketed if port is None else f"{bracketed}:{port}"


def is_host_and_port(text: str) -> bool:
    """Say whether a text is `host:port`; an IPv6 address stands in brackets."""
    host, port = split_host_port(text) or ("", None)
    return port is not None and (is_host(host) or is_ip_address(host))
