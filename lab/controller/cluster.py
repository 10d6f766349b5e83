"""Reads the cluster and writes status and events, with the official Kubernetes client."""

import asyncio
import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kubernetes import client
from kubernetes.client import ApiException
from urllib3.exceptions import HTTPError

from lab.controller.events import Event, event_body, event_namespace
from lab.controller.state import ClusterState, Object, key_of

if TYPE_CHECKING:
    from lab.control_plane.access import Access

FIELD_MANAGER = "alb-ingress-controller"

_ALBCONFIGS = {"group": "alibabacloud.com", "version": "v1", "plural": "albconfigs"}
_INGRESSES = {"group": "networking.k8s.io", "version": "v1"}
_MERGE_PATCH = "application/merge-patch+json"
_APPLY_PATCH = "application/apply-patch+yaml"
_TIMEOUT_SECONDS = 10


class ClusterError(RuntimeError):
    """The cluster did not answer, or rejected a call."""


class GoneError(ClusterError):
    """What a call was about is not there any more."""


class Cluster:
    """The API with the rights of the controller. Its calls block; they run in threads."""

    def __init__(self, access: "Access") -> None:
        """Take a cluster; nothing is called yet."""
        self._api: Any = access.client()
        self._objects = client.CustomObjectsApi(self._api)
        self._core = client.CoreV1Api(self._api)
        self._emitted: dict[Event, tuple[str, int]] = {}

    def close(self) -> None:
        """Close its connections."""
        self._api.close()

    async def read(self) -> ClusterState:
        """Read everything.

        Raises:
            ClusterError: a list could not be had.
        """
        lists = await asyncio.gather(
            self._call(self._objects.list_cluster_custom_object, **_ALBCONFIGS),
            self._call(self._objects.list_cluster_custom_object, **_INGRESSES, plural="ingressclasses"),
            self._call(self._objects.list_custom_object_for_all_namespaces, **_INGRESSES, resource_plural="ingresses"),
            self._call(self._core.list_service_for_all_namespaces),
        )
        plain = [self._api.sanitize_for_serialization(each) for each in lists]
        albconfigs, classes, ingresses, services = (
            {key_of(each): each for each in answer["items"]} for answer in plain
        )
        return ClusterState(albconfigs=albconfigs, ingress_classes=classes, ingresses=ingresses, services=services)

    async def write_albconfig_status(self, name: str, status: "Mapping[str, Any]") -> None:
        """Replace the status of an AlbConfig; its spec is not touched.

        Raises:
            ClusterError: it could not be written.
        """
        await self._patch_albconfig_status(name, {"status": status}, _content_type=_MERGE_PATCH)

    async def renew_albconfig_status(self, name: str, status: "Mapping[str, Any]") -> None:
        """Write the same status again, so that nothing but resourceVersion and managedFields changes.

        An update with the same content is dropped by kube-apiserver; a server-side apply that owns other fields
        than the last one is not.

        Raises:
            ClusterError: it could not be written.
        """
        about = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": name}}
        await self._patch_albconfig_status(name, {**about, "status": status}, force=True, _content_type=_APPLY_PATCH)

    async def _patch_albconfig_status(self, name: str, body: dict[str, Any], **options: Any) -> None:
        patch = self._objects.patch_cluster_custom_object_status
        await self._call(patch, **_ALBCONFIGS, name=name, body=body, field_manager=FIELD_MANAGER, **options)

    async def write_label(self, albconfig: Object, name: str, value: str) -> None:
        """Write a label of an AlbConfig; its spec is not touched.

        Raises:
            ClusterError: it could not be written, also because it is another AlbConfig by now.
        """
        metadata = {"uid": albconfig["metadata"]["uid"], "labels": {name: value}}
        await self._call(
            self._objects.patch_cluster_custom_object,
            **_ALBCONFIGS,
            name=albconfig["metadata"]["name"],
            body={"metadata": metadata},
            field_manager=FIELD_MANAGER,
            _content_type=_MERGE_PATCH,
        )

    async def write_ingress_status(self, ingress: Object, hostname: str) -> None:
        """Write the address of an Ingress.

        Raises:
            ClusterError: it could not be written.
        """
        namespace, name = key_of(ingress)
        await self._call(
            self._objects.patch_namespaced_custom_object_status,
            **_INGRESSES,
            plural="ingresses",
            namespace=namespace,
            name=name,
            body={"status": {"loadBalancer": {"ingress": [{"hostname": hostname}]}}},
            field_manager=FIELD_MANAGER,
            _content_type=_MERGE_PATCH,
        )

    async def emit(self, event: Event) -> None:
        """Write an event; the same one again only counts up.

        Raises:
            ClusterError: it could not be written.
        """
        now = datetime.now(UTC)
        known = self._emitted.get(event)
        if known is not None:
            try:
                self._emitted[event] = await self._count_up(event, *known, now)
            except GoneError:
                # kube-apiserver forgets events after an hour.
                del self._emitted[event]
            else:
                return
        name = f"{event.name}.{secrets.token_hex(8)}"
        body = event_body(event, name=name, now=now, manager=FIELD_MANAGER)
        await self._call(
            self._core.create_namespaced_event,
            namespace=event_namespace(event),
            body=body,
            field_manager=FIELD_MANAGER,
        )
        self._emitted[event] = (name, 1)

    async def _count_up(self, event: Event, name: str, count: int, now: datetime) -> tuple[str, int]:
        await self._call(
            self._core.patch_namespaced_event,
            name=name,
            namespace=event_namespace(event),
            body={"count": count + 1, "lastTimestamp": now.isoformat(timespec="seconds")},
            field_manager=FIELD_MANAGER,
            _content_type=_MERGE_PATCH,
        )
        return name, count + 1

    @staticmethod
    async def _call(operation: "Callable[..., Any]", **arguments: Any) -> Any:
        try:
            return await asyncio.to_thread(operation, **arguments, _request_timeout=_TIMEOUT_SECONDS)
        except ApiException as error:
            message = f"{operation.__name__} was rejected with HTTP {error.status}: {error.reason}"
            kind = GoneError if error.status == HTTPStatus.NOT_FOUND else ClusterError
            raise kind(message) from error
        except HTTPError as error:
            message = f"{operation.__name__}: kube-apiserver does not answer ({type(error).__name__})"
            raise ClusterError(message) from error
