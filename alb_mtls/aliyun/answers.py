"""Turning answers of the cloud into records: one of another shape than its API describes is an error of the cloud.

Where an object or a list is something else, another server has answered, and the call is tried again. Of each value
that is used the type is checked too, where it is made part of a record.
"""

import functools
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from alb_mtls.aliyun.errors import RequestRejected
from alb_mtls.aliyun.transient import TransientError, TransientReason

Members = Mapping[str, Any]
"""The members of one object of an answer; what is absent and what is null are alike."""

_Convert = TypeVar("_Convert", bound=Callable[..., object])


def members(value: object) -> Members:
    """Return the members of an object; null and whatever else is empty has none.

    Raises:
        TransientError: it is no object.
    """
    if not value:
        return {}
    if not isinstance(value, dict):
        raise TransientError(TransientReason.UNREADABLE)
    return value


def entries(value: object) -> list[Members]:
    """Return the members of each object of a list; null, an empty object and an empty text have no entries.

    Raises:
        TransientError: it is no list, or one with something else than objects.
    """
    if value in (None, "", {}):
        return []
    if not isinstance(value, list):
        raise TransientError(TransientReason.UNREADABLE)
    return [members(one) for one in value]


def of_answer(api: str) -> Callable[[_Convert], _Convert]:
    """Return a decorator for a function that takes an answer, or an entry of one, of this API.

    The cloud's JSON has types of its own: null for a number, or a text, comes through.
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
