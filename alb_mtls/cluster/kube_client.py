"""The few Kubernetes calls that the program needs, as plain JSON, with retries; failures are ClusterErrors."""

from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from alb_mtls.cluster.errors import (
    ClusterError,
    CrdMissing,
    DeadlinePassed,
    PatchConflict,
    ReplyLost,
    UnexpectedReply,
    Unreachable,
)
from alb_mtls.cluster.field_managers import FIELD_MANAGER
from alb_mtls.cluster.gateways import GatewayApi
from alb_mtls.cluster.go_json import encode
from alb_mtls.cluster.kube_answers import albconfig_in, body_of, is_object, items_in, member, refusal_of
from alb_mtls.cluster.transport import PATCH, AdmissionRefusal, Reply, TransientError, Transport
from alb_mtls.retrying import growing, repeat

_ALBCONFIGS: Final = "/apis/alibabacloud.com/v1/albconfigs"
_CRD: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/albconfigs.alibabacloud.com"
_NETWORKING: Final = "/apis/networking.k8s.io/v1"
_GATEWAY_API: Final = "/apis/gateway.networking.k8s.io/v1"
_PAGE: Final = "500"
# Far above what a cluster can hold of what is listed here.
_MOST_ITEMS: Final = 1_000_000
# Nobody should wait long to learn that a context is wrong; an API server that restarts deserves more
# patience.
_UNREACHABLE_SECONDS: Final = 3.0
_FAILING_SECONDS: Final = 30.0
_LONGEST_HINT_SECONDS: Final = 10.0

_Object = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class KubeAccess:
    """Which cluster, and as whom.

    Attributes:
        kubeconfig: path or content; None means KUBECONFIG, then `~/.kube/config`.
        context: None means the kubeconfig's current one.
    """

    kubeconfig: str | None
    context: str | None


class KubeClient:
    """A cluster. Threads may share one; nothing is read or connected before the first call.

    Attributes:
        field_manager: under which it writes.
    """

    def __init__(self, access: KubeAccess) -> None:
        """Remember where the cluster is."""
        self.field_manager = FIELD_MANAGER
        self._transport = Transport(access.kubeconfig, access.context)
        self._kube_system_uid: str | None = None

    def albconfig(self, name: str) -> _Object:
        """Return an AlbConfig.

        Raises:
            NoSuchAlbConfig: it does not exist.
            ClusterError: it cannot be read.
        """
        return albconfig_in(self._get(f"{_ALBCONFIGS}/{name}"), name)

    def albconfigs(self) -> list[_Object]:
        """Return all AlbConfigs."""
        return self._list(_ALBCONFIGS)

    def albconfigs_beside(self, name: str) -> list[_Object]:
        """Return all AlbConfigs but one."""
        return [one for one in self.albconfigs() if one["metadata"]["name"] != name]

    def ingresses(self) -> list[_Object]:
        """Return the Ingresses of all namespaces."""
        return self._list(f"{_NETWORKING}/ingresses")

    def ingress_classes(self) -> list[_Object]:
        """Return all IngressClasses."""
        return self._list(f"{_NETWORKING}/ingressclasses")

    def services(self) -> list[_Object]:
        """Return the Services of all namespaces."""
        return self._list("/api/v1/services")

    def gateway_api(self) -> GatewayApi:
        """Return what the Gateway API holds; nothing where its CRDs are not installed.

        Whoever may not list them is rejected before the API server looks whether they are there; which kinds are
        served, it tells everybody.
        """
        reply = self._get(_GATEWAY_API)
        if reply.status == HTTPStatus.NOT_FOUND:
            return GatewayApi()
        resources = body_of(reply, f"GET {_GATEWAY_API}").get("resources")
        listed = resources if isinstance(resources, list) else []
        served = [one.get("name") for one in listed if isinstance(one, dict)]
        classes, gateways, routes = (
            self._list(f"{_GATEWAY_API}/{kind}") if kind in served else []
            for kind in ("gatewayclasses", "gateways", "httproutes")
        )
        return GatewayApi(classes=classes, gateways=gateways, routes=routes)

    def deployments(self, namespace: str) -> list[_Object]:
        """Return the Deployments of a namespace."""
        return self._list(f"/apis/apps/v1/namespaces/{namespace}/deployments")

    def events(self, albconfig: str, uid: str) -> list[_Object]:
        """Return the events about an AlbConfig, oldest first; the controller reports its errors nowhere else.

        Anybody who may write events in a namespace of their own could name an AlbConfig in one; those about an object
        without a namespace lie in `default`, with its uid.
        """
        about = f"involvedObject.kind=AlbConfig,involvedObject.name={albconfig},involvedObject.uid={uid}"
        return sorted(self._list("/api/v1/namespaces/default/events", {"fieldSelector": about}), key=_time_of)

    def kube_system_uid(self) -> str:
        """Return the uid of namespace kube-system, which identifies a cluster."""
        if self._kube_system_uid is None:
            namespace = body_of(self._get("/api/v1/namespaces/kube-system"), "namespace kube-system")
            if not is_object(namespace):
                sentence = "namespace kube-system: the API server answered with an object that has no metadata"
                raise UnexpectedReply(sentence)
            self._kube_system_uid = str(namespace["metadata"].get("uid"))
        return self._kube_system_uid

    def where(self) -> str:
        """Return how messages name the cluster, by context and server, without a call.

        Raises:
            BadKubeconfig: it has neither.
        """
        return self._transport.where()

    def crd(self) -> _Object:
        """Return the CustomResourceDefinition of AlbConfig.

        Raises:
            CrdMissing: the cluster has none.
        """
        reply = self._get(_CRD)
        if reply.status == HTTPStatus.NOT_FOUND:
            raise CrdMissing
        return body_of(reply, "the CustomResourceDefinition of AlbConfig")

    def patch_albconfig(self, name: str, operations: list[_Object]) -> _Object:
        """Apply a JSON patch to an AlbConfig and return it as it is then.

        Repeated only while the server surely did nothing. Callers use `guarded_patch.guarded_patch`, which reads
        again.

        Raises:
            PatchConflict: it was not applied.
            ReplyLost: it may or may not have been applied.
            AdmissionDenied, WebhookUnavailable: a webhook or a policy of the cluster did not let it through.
            ClusterError: it was not applied, and trying again does not help.
        """
        return self._patch(name, operations, {})

    def try_patch_albconfig(self, name: str, operations: list[_Object]) -> _Object:
        """Return what a JSON patch would make of an AlbConfig, by the permissions, guards and webhooks of a real one.

        Nothing is stored (`dryRun=All`).

        Raises:
            PatchConflict, AdmissionDenied, WebhookUnavailable, Forbidden: the patch would end so, too.
            DryRunUnsupported: that cannot be found out.
            ClusterError: nobody answered.
        """
        return self._patch(name, operations, {"dryRun": "All"})

    def _patch(self, name: str, operations: list[_Object], query: dict[str, str]) -> _Object:
        what, body, is_dry_run = f"patch of AlbConfig {name}", encode(operations), "dryRun" in query

        def attempt() -> Reply:
            all_of_it = {"fieldManager": self.field_manager, **query}
            return self._transport.request(PATCH, f"{_ALBCONFIGS}/{name}", all_of_it, body)

        try:
            reply = _repeat(attempt, what, lambda error: is_dry_run or not error.may_have_had_effect)
        except TransientError as error:
            sentence = f"{what}: {error.reason}; whether it was applied is not known"
            raise ReplyLost(sentence) from None
        except AdmissionRefusal as error:
            raise refusal_of(error, name, is_dry_run=is_dry_run) from None
        if reply.status in {HTTPStatus.CONFLICT, HTTPStatus.UNPROCESSABLE_ENTITY}:
            sentence = f"{what} was rejected with HTTP {reply.status}: {reply.message}"
            raise PatchConflict(sentence)
        return albconfig_in(reply, name)

    def close(self) -> None:
        """Close the connections; the next call opens new ones."""
        self._transport.close()

    def _get(self, path: str, query: dict[str, str] | None = None) -> Reply:
        return _repeat(lambda: self._transport.request("GET", path, query), f"GET {path}", lambda _: True)

    def _list(self, path: str, query: dict[str, str] | None = None) -> list[_Object]:
        items: list[_Object] = []
        page = {**(query or {}), "limit": _PAGE}
        while True:
            reply = self._get(path, page)
            if reply.status == HTTPStatus.GONE and "continue" in page:
                # The list changed too much since its first page; all of it at once cannot go stale.
                items, page = [], dict(query or {})
                continue
            if reply.status == HTTPStatus.NOT_FOUND and path == _ALBCONFIGS:
                raise CrdMissing
            body = body_of(reply, f"list {path}")
            items += items_in(body, path)
            token = member(body, "metadata").get("continue")
            if not token:
                return items
            if token == page.get("continue") or len(items) > _MOST_ITEMS:
                sentence = f"list {path}: the API server does not come to an end after {len(items)} items; report it"
                raise UnexpectedReply(sentence)
            page["continue"] = str(token)


def _repeat(attempt: Callable[[], Reply], what: str, may_repeat: Callable[[TransientError], bool]) -> Reply:
    def give_up(last: TransientError, _attempts: int, seconds: float) -> ClusterError:
        if last.connected:
            sentence = f"{what} failed for {seconds:.0f} s, last: {last.reason}; run the command again"
            return DeadlinePassed(sentence)
        sentence = f"{what} failed: {last.reason}; check kubernetes:context and the network path to the API server"
        return Unreachable(sentence)

    return repeat(
        attempt,
        TransientError,
        what=f"{what} to succeed",
        may_repeat=may_repeat,
        pause=growing(0.2, longest=4.0),
        requested_pause=lambda last: min(last.wait_seconds, _LONGEST_HINT_SECONDS),
        deadline_seconds=lambda last: _FAILING_SECONDS if last.connected else _UNREACHABLE_SECONDS,
        give_up=give_up,
    )


def _time_of(event: _Object) -> str:
    metadata = event.get("metadata") or {}
    return str(event.get("lastTimestamp") or event.get("eventTime") or metadata.get("creationTimestamp") or "")
