"""Cuts listings into pages, in the two styles of the APIs."""

import base64
import binascii
import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Any, Final, TypeVar

from lab.cloud.exceptions import InvalidParameter
from lab.cloud.parameters import Parameters

Item = TypeVar("Item")

_DEFAULT_SHOW_SIZE: Final = 50
_DEFAULT_MAX_RESULTS: Final = 20
_MOST_RESULTS: Final = 100
_DIGEST_BYTES: Final = 12

# Tokens of another run of the lab mean nothing.
_TOKEN_KEY: Final = secrets.token_bytes(16)


def numbered_page(parameters: Parameters, items: Sequence[Item]) -> tuple[list[Item], dict[str, Any]]:
    """Return one page and its members of the answer, in the style of CurrentPage and ShowSize.

    Raises:
        InvalidParameter: one of the two is no number from 1.
    """
    page = parameters.integer("CurrentPage", least=1) or 1
    size = parameters.integer("ShowSize", least=1) or _DEFAULT_SHOW_SIZE
    start = (page - 1) * size
    about = {"CurrentPage": page, "ShowSize": size, "TotalCount": len(items)}
    return list(items[start : start + size]), about


def token_page(parameters: Parameters, items: Sequence[Item]) -> tuple[list[Item], dict[str, Any]]:
    """Return one page and its members of the answer, in the style of MaxResults and NextToken.

    The last page has no NextToken.

    Raises:
        InvalidParameter: MaxResults is no number from 1 to 100, or NextToken none that a page gave.
    """
    size = parameters.integer("MaxResults", least=1, most=_MOST_RESULTS) or _DEFAULT_MAX_RESULTS
    token = parameters.text("NextToken")
    start = 0 if token is None else _position(token)
    about: dict[str, Any] = {"MaxResults": size, "TotalCount": len(items)}
    if start + size < len(items):
        about["NextToken"] = _token(start + size)
    return list(items[start : start + size]), about


def _token(position: int) -> str:
    text = position.to_bytes(4, "big")
    return base64.urlsafe_b64encode(_digest(text) + text).decode()


def _position(token: str) -> int:
    try:
        raw = base64.b64decode(token, altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raw = b""
    digest, text = raw[:_DIGEST_BYTES], raw[_DIGEST_BYTES:]
    if not hmac.compare_digest(digest, _digest(text)):
        raise InvalidParameter("NextToken", "the token of a page before")
    return int.from_bytes(text, "big")


def _digest(text: bytes) -> bytes:
    return hmac.new(_TOKEN_KEY, text, hashlib.sha256).digest()[:_DIGEST_BYTES]
