"""Turning answers of the SDKs into records: one of another shape than the SDK describes is an error of the cloud."""

import functools
from collections.abc import Callable
from typing import TypeVar

from alb_mtls.aliyun.errors import RequestRejected

_Convert = TypeVar("_Convert", bound=Callable[..., object])


def of_answer(api: str) -> Callable[[_Convert], _Convert]:
    """Return a decorator for a function that takes an answer, or an entry of one, of this API.

    The SDKs check no types: null for an entry, or a text for a number, comes through.
    """

    def decorate(convert: _Convert) -> _Convert:
        @functools.wraps(convert)
        def checked(*arguments: object) -> object:
            try:
                return convert(*arguments)
            except (AttributeError, TypeError, ValueError) as error:
                sentence = (
                    f"{api} was answered with an entry of an unknown shape ({type(error).__name__}). Run it again; if "
                    "it stays so, report it with the versions of the alibabacloud packages."
                )
                raise RequestRejected(sentence, api=api, target="its answer") from None

        return checked  # type: ignore[return-value]  # the same signature, by wraps

    return decorate
