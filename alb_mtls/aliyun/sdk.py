"""The one place where the official SDK is imported, called and its exceptions end.

Its generic client takes any API by name. The clients that are generated for CAS and ALB call it with the same
parameters and cost three times as much to load (docs/decisions/2026-11-28-what-program-and-provider-load.md).
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final, TypeVar

from alb_mtls.aliyun.answers import Members, members
from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.sdk_errors import failure_of
from alb_mtls.aliyun.spared_imports import spared_imports
from alb_mtls.aliyun.transient import Call, TransientError, TransientReason
from alb_mtls.imports import import_turn
from alb_mtls.version import USER_AGENT

_CONNECT_TIMEOUT_MILLISECONDS: Final = 5_000
_READ_TIMEOUT_MILLISECONDS: Final = 10_000

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Service:
    """One cloud service: its name in messages, the version of its API, its namespace in RAM actions."""

    name: str
    version: str
    ram_namespace: str


CAS: Final = Service(name="CAS", version="2020-04-07", ram_namespace="yundun-cert")
ALB: Final = Service(name="ALB", version="2020-06-16", ram_namespace="alb")


class SdkClient:
    """Calls APIs of one service by name, with retries; thread-safe."""

    def __init__(self, *, service: Service, endpoint: Endpoint, credential: Any, policy: RetryPolicy) -> None:
        """Keep the parameters; nothing is imported or connected before the first call."""
        self._service = service
        self._endpoint = endpoint
        self._credential = credential
        self._policy = policy

    def call(
        self,
        api: str,
        request: Mapping[str, Any],
        *,
        target: str,
        read: Callable[[Members], T],
        after_lost_reply: Callable[[], T | None] | None = None,
    ) -> T:
        """Call `api` and return what `read` makes of its answer.

        Args:
            api: The name of the API, such as `UploadPCACert`.
            request: Its parameters; None leaves one out.
            target: The thing it is about, for messages.
            read: Takes the members of the answer. What it finds to be no answer of this API is tried again.
            after_lost_reply: See `RetryPolicy.run`.

        Raises:
            CloudError: The call failed for good.
        """
        call = Call(
            service=self._service.name,
            ram_namespace=self._service.ram_namespace,
            host=self._endpoint.host,
            api=api,
            target=target,
        )
        return self._policy.run(lambda: read(self._once(call, request)), call, after_lost_reply)

    def _once(self, call: Call, request: Mapping[str, Any]) -> Members:
        with import_turn:
            from Tea.exceptions import TeaException, UnretryableException

        send = self._send
        try:
            answer = send(call.api, request)
        except TeaException as exception:
            failure = failure_of(exception, call)
        except Exception as exception:  # noqa: BLE001 - JSON that is too deep, for instance; its text may quote the answer
            failure = failure_of(UnretryableException(None, exception), call)
        else:
            if answer is not None:
                return members(answer)
            # JSON, but no object: as something else than the cloud may answer.
            failure = TransientError(TransientReason.UNREADABLE)
        # Raised out here so that it has no context: the SDK's exceptions quote the whole request.
        raise failure

    @cached_property
    def _send(self) -> Callable[[str, Mapping[str, Any]], Any]:
        with spared_imports():
            from alibabacloud_tea_openapi.client import Client
            from alibabacloud_tea_openapi.utils import Utils
            from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params
            from darabonba.runtime import RuntimeOptions

            from alb_mtls.aliyun import http_session
        http_session.install()
        # With DEBUG=sdk in the environment darabonba prints every header, security token and signature among
        # them.
        logging.getLogger("darabonba-core").setLevel(logging.INFO)
        config = Config(
            credential=self._credential,
            endpoint=self._endpoint.host,
            protocol=self._endpoint.scheme,
            user_agent=USER_AGENT,
        )
        runtime = RuntimeOptions(connect_timeout=_CONNECT_TIMEOUT_MILLISECONDS, read_timeout=_READ_TIMEOUT_MILLISECONDS)
        client = Client(config)

        def send(api: str, request: Mapping[str, Any]) -> Any:
            params = Params(
                action=api,
                version=self._service.version,
                protocol="HTTPS",
                pathname="/",
                method="POST",
                auth_type="AK",
                style="RPC",
                req_body_type="formData",
                body_type="json",
            )
            given = {name: value for name, value in sorted(request.items()) if value is not None}
            return client.call_api(params, OpenApiRequest(query=Utils.query(given)), runtime)["body"]

        return send
