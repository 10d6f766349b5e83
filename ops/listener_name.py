"""The listener that a person names on a command line. Pure."""

from alb_mtls.cluster.listener_key import ListenerKey
from ops.errors import OpsError

_PARTS = 3
_LARGEST_PORT = 65_535


def listener_named(text: str) -> ListenerKey:
    """Return the listener of `alb/443`, which is of protocol HTTPS, or of `alb/443/HTTPS`.

    Raises:
        OpsError: it is neither.
    """
    name, _, rest = text.partition("/")
    port, _, protocol = rest.partition("/")
    well_formed = len(text.split("/")) <= _PARTS and port.isascii() and port.isdecimal()
    if not name or not well_formed or not 0 < int(port) <= _LARGEST_PORT:
        message = f"{text!r} names no listener; write AlbConfig/port, such as alb/443, or alb/443/HTTPS"
        raise OpsError(message)
    return ListenerKey(alb_config=name, port=int(port), protocol=(protocol or "HTTPS").upper())
