"""What others do to the keys of identity headers."""

from typing import Any, Final

from alb_mtls.cluster.identity_headers import HEADER_POINTERS, PARENT, key_of

ALIAS: Final = "XForwardedForClientCertSubjectDNAlias"
THEIR_ALIAS: Final = "theirs"

HEADER_EDITED: Final = "somebody sets another alias of a header"
HEADERS_AS_GO: Final = "the controller writes all keys of headers back as Go has them"


def set_alias(element: dict[str, Any]) -> None:
    """Set one key of a header."""
    element[PARENT] = {**(element.get(PARENT) or {}), ALIAS: THEIR_ALIAS}


def write_back(element: dict[str, Any]) -> None:
    """Write each key that is not there as zero."""
    keys = map(key_of, HEADER_POINTERS)
    zero = {key: "" if key.endswith("Alias") else False for key in keys}
    element[PARENT] = {"XForwardedForProtoEnabled": False, **zero, **(element.get(PARENT) or {})}
