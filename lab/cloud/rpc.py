"""What all services share: an API is a name, a handler of parameters, and a word for the journal."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from lab.cloud.parameters import Parameters
from lab.interception.exchange import Service


@dataclass(frozen=True, kw_only=True)
class Answer:
    """The good end of a call.

    Attributes:
        body: members of the answer, RequestId apart.
        effect: what the call changed, for the journal; empty when it changed nothing.
    """

    body: Mapping[str, Any] = field(default_factory=dict)
    effect: str = ""


@dataclass(frozen=True, kw_only=True)
class Operation:
    """An API.

    Attributes:
        run: carries it out; raises `CloudFault`.
        target: the parameter that says what a call is about, for the journal; never one with a secret.
    """

    run: Callable[[Parameters], Answer]
    target: str = ""


@dataclass(frozen=True, kw_only=True)
class RpcService:
    """A service behind an endpoint.

    Attributes:
        name: in the journal and in rules of faults.
        version: the only API version.
        ram_namespace: first part of its RAM actions.
        denied_code: its code for a RAM user without permission.
        operations: by API name.
    """

    name: Service
    version: str
    ram_namespace: str
    denied_code: str
    operations: Mapping[str, Operation]

    def ram_action(self, api: str) -> str:
        """Return the RAM action that an API needs."""
        return f"{self.ram_namespace}:{api}"
