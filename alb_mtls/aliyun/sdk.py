"""The one place where an official SDK is imported, called and its exceptions end."""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from alb_mtls.aliyun.endpoints import Endpoint
from alb_mtls.aliyun.retry import RetryPolicy
from alb_mtls.aliyun.sdk_errors import failure_of
from alb_mtls.aliyun.spared_imports import spared_imports
from alb_mtls.aliyun.transient import Call, TransientError, TransientReason
from alb_mtls.imports import import_turn
from alb_mtls.version import USER_AGENT

_CONNECT_TIMEOUT_MILLISECONDS: Final = 5_000
_READ_TIMEOUT_MILLISECONDS: Final = 10_000

_METHODS: Final = {
    "CreateWarehouse": "create_warehouse",
    "DeletePCACert": "delete_pcacert",
    "DeleteWarehouse": "delete_warehouse",
    "DescribeWarehouseCert": "describe_warehouse_cert",
    "GetCertWarehouseQuota": "get_cert_warehouse_quota",
    "GetListenerAttribute": "get_listener_attribute",
    "GetLoadBalancerAttribute": "get_load_balancer_attribute",
    "ListCert": "list_cert",
    "ListCertWarehouse": "list_cert_warehouse",
    "ListListeners": "list_listeners",
    "UploadPCACert": "upload_pcacert",
}
"""The generated method of each API that is called; their spelling follows no rule."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """One cloud service: its name in messages, the package of its SDK, its namespace in RAM actions."""

    name: str
    package: str
    ram_namespace: str


CAS: Final = Service(name="CAS", package="alibabacloud_cas20200407", ram_namespace="yundun-cert")
ALB: Final = Service(name="ALB", package="alibabacloud_alb20200616", ram_namespace="alb")


class SdkClient:
    """Calls APIs of one service by name, with retries; thread-safe."""

    def __init__(self, *, service: Service, endpoint: Endpoint, credential: Any, policy: RetryPolicy) -> None:
        """Keep the parameters; nothing is imported or connected before the first call."""
        self._service = service
        self._endpoint = endpoint
        self._credential = credential
        self._policy = policy

    def call(
        self, api: str, *, target: str, after_lost_reply: Callable[[], Any] | None = None, **parameters: Any
    ) -> Any:
        """Call `api` and return the body of its answer.

        Args:
            api: The name of the API, such as `UploadPCACert`.
            target: The thing it is about, for messages.
            after_lost_reply: See `RetryPolicy.run`. What it returns stands in for the body.
            parameters: The request, in the SDK's snake case; None leaves a parameter out.

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
        return self._policy.run(lambda: self._once(call, parameters), call, after_lost_reply)

    def _once(self, call: Call, parameters: dict[str, Any]) -> Any:
        with import_turn:
            from Tea.exceptions import TeaException, UnretryableException

        client, models, runtime = self._sdk
        request_class = getattr(models, f"{call.api}Request", None)
        arguments = (runtime,) if request_class is None else (request_class(**parameters), runtime)
        method = getattr(client, f"{_METHODS[call.api]}_with_options")
        try:
            body = method(*arguments).body
        except TeaException as exception:
            failure = failure_of(exception, call)
        except Exception as exception:  # noqa: BLE001 - JSON that is too deep, for instance; its text may quote the answer
            failure = failure_of(UnretryableException(None, exception), call)
        else:
            if body is not None:
                return body
            # JSON, but none of its models: null or a list, as something else than the cloud may answer.
            failure = TransientError(TransientReason.UNREADABLE)
        # Raised out here so that it has no context: the SDK's exceptions quote the whole request.
        raise failure

    @cached_property
    def _sdk(self) -> tuple[Any, Any, Any]:
        with spared_imports():
            from alibabacloud_tea_openapi.utils_models import Config
            from darabonba.runtime import RuntimeOptions

            from alb_mtls.aliyun import http_session

            generated = importlib.import_module(f"{self._service.package}.client")
            models = importlib.import_module(f"{self._service.package}.models")
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
        return generated.Client(config), models, runtime
