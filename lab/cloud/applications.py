"""The endpoints of the services as ASGI applications."""

import json
import uuid
from collections.abc import Mapping
from typing import Any, Final

from starlette.applications import Starlette
from starlette.requests import Request as HttpRequest
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from lab.cloud.alb import alb_operations
from lab.cloud.cas import cas_operations
from lab.cloud.cloud import Cloud
from lab.cloud.exceptions import (
    CloudFault,
    InternalError,
    InvalidActionNotFound,
    InvalidVersion,
    MissingParameter,
    NoPermission,
    ServiceUnavailable,
    ThrottlingUser,
)
from lab.cloud.parameters import Parameters
from lab.cloud.ram import Decision
from lab.cloud.rpc import Answer, Operation, RpcService
from lab.cloud.signature import SignedRequest, claimed_access_key_id
from lab.cloud.throttle import WINDOW_SECONDS
from lab.interception import FaultKind, Interceptor, Reply, Request

_RETRY_AFTER: Final = "x-acs-retry-after"


def cas_app(cloud: Cloud, interceptor: Interceptor) -> ASGIApp:
    """Return the CAS endpoint, API 2020-04-07."""
    service = RpcService(
        name="cas",
        version="2020-04-07",
        ram_namespace="yundun-cert",
        denied_code="NoPermission",
        operations=cas_operations(cloud.cas, cloud.behaviour),
    )
    return _application(service, cloud, interceptor)


def alb_app(cloud: Cloud, interceptor: Interceptor) -> ASGIApp:
    """Return the ALB endpoint, API 2020-06-16."""
    service = RpcService(
        name="alb",
        version="2020-06-16",
        ram_namespace="alb",
        denied_code="Forbidden.NoPermission",
        operations=alb_operations(cloud.alb, cloud.behaviour),
    )
    return _application(service, cloud, interceptor)


def _application(service: RpcService, cloud: Cloud, interceptor: Interceptor) -> ASGIApp:
    endpoint = _Endpoint(service, cloud, interceptor)
    return Starlette(routes=[Route("/{path:path}", endpoint)])


class _Endpoint:
    """The gateway of a service: verifies, throttles, dispatches, and words the answer."""

    def __init__(self, service: RpcService, cloud: Cloud, interceptor: Interceptor) -> None:
        self._service = service
        self._cloud = cloud
        self._interceptor = interceptor

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        http = HttpRequest(scope, receive)
        call = _Call(http, await http.body())
        operation = self._service.operations.get(call.action)
        target = call.parameters.text(operation.target) if operation and operation.target else None
        request = Request(
            service=self._service.name,
            api=call.action or "unknown",
            caller=claimed_access_key_id(call.signed.headers),
            target=target or "",
        )

        async def perform() -> Reply:
            try:
                answer = self._answer(call, operation, request.caller)
            except CloudFault as fault:
                return self._failure(fault, call)
            body = {"RequestId": call.request_id, **answer.body}
            if self._cloud.behaviour.unknown_members:
                body = _with_unknown_members(body)
            return _reply(200, body, effect=answer.effect)

        def error_reply(kind: FaultKind) -> Reply:
            return self._failure(self._fault(kind, request), call)

        await self._interceptor.handle(request, scope, send, perform, error_reply)

    def _answer(self, call: "_Call", operation: Operation | None, caller: str) -> Answer:
        if not call.action:
            raise MissingParameter("Action")
        if operation is None or call.signed.path != "/" or call.signed.method not in {"GET", "POST"}:
            raise InvalidActionNotFound
        if call.signed.headers.get("x-acs-version") != self._service.version:
            raise InvalidVersion
        self._cloud.signatures.verify(call.signed)
        self._cloud.throttle.enter(f"{self._service.name} {call.action}", caller)
        decision = self._cloud.decide(caller, self._service.ram_action(call.action))
        if decision is not Decision.ALLOW:
            raise self._no_permission(call.action, caller, kind=decision)
        return operation.run(call.parameters)

    def _fault(self, kind: FaultKind, request: Request) -> CloudFault:
        match kind:
            case FaultKind.THROTTLE:
                return ThrottlingUser()
            case FaultKind.UNAVAILABLE:
                return ServiceUnavailable()
            case FaultKind.ACCESS_DENIED:
                return self._no_permission(request.api, request.caller)
            case _:
                return InternalError()

    def _no_permission(self, api: str, caller: str, *, kind: str = Decision.IMPLICIT_DENY) -> NoPermission:
        return NoPermission(
            code=self._service.denied_code, action=self._service.ram_action(api), principal=caller, kind=kind
        )

    def _failure(self, fault: CloudFault, call: "_Call") -> Reply:
        troubleshooting = (
            f"https://api.aliyun.com/troubleshoot?q={fault.code}&product={self._service.name}"
            f"&requestId={call.request_id}"
        )
        body = {
            "RequestId": call.request_id,
            "Message": fault.message,
            "Recommend": troubleshooting,
            "HostId": call.signed.headers.get("host", ""),
            "Code": fault.code,
            **fault.details(),
        }
        waits = isinstance(fault, ThrottlingUser) and self._cloud.behaviour.throttling_sends_retry_after
        extra = [(_RETRY_AFTER, str(int(WINDOW_SECONDS * 1000)))] if waits else []
        return _reply(fault.http_status, body, code=fault.code, effect=fault.effect, headers=extra)


class _Call:
    """A request, read."""

    def __init__(self, http: HttpRequest, body: bytes) -> None:
        headers: dict[str, str] = {}
        for name, value in http.headers.items():
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
        self.request_id = str(uuid.uuid4()).upper()
        self.action = headers.get("x-acs-action", "")
        self.parameters = Parameters(dict(http.query_params))
        self.signed = SignedRequest(
            method=http.method,
            path=http.scope["raw_path"].decode("latin-1").partition("?")[0],
            query=http.scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
        )


def _with_unknown_members(value: Any) -> Any:
    """Return an answer as a later version of the API may give it: more members, and no other ones less."""
    if isinstance(value, Mapping):
        return {
            **{name: _with_unknown_members(member) for name, member in value.items()},
            "MemberOfALaterVersion": {"Mode": "UnknownMode", "Values": [None]},
        }
    return [_with_unknown_members(one) for one in value] if isinstance(value, list) else value


def _reply(
    status: int,
    body: dict[str, Any],
    *,
    code: str = "",
    effect: str = "",
    headers: list[tuple[str, str]] | None = None,
) -> Reply:
    return Reply(
        status=status,
        headers=[
            ("content-type", "application/json;charset=utf-8"),
            ("x-acs-request-id", body["RequestId"]),
            *(headers or []),
        ],
        body=json.dumps(body, ensure_ascii=False).encode(),
        code=code,
        effect=effect,
    )
