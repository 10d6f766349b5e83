"""Connections of the lab to itself, which are not encrypted."""

import ssl
from typing import Final

NO_TLS: Final = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""For `verify` of a client that speaks HTTP alone: else each reads the CAs of the system, for 22 ms of a processor."""
