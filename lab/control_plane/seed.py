"""Waits for the control plane and creates the objects that a new lab has."""

import asyncio
import json
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from kubernetes import client
from urllib3.exceptions import HTTPError

from lab.control_plane.access import Access
from lab.control_plane.manifests import OBJECTS, RBAC, albconfig_manifests, manifests, site_manifests, webhook_manifest
from lab.process import while_they_run

if TYPE_CHECKING:
    from lab.control_plane.plane import ControlPlane

_START_SECONDS = 60.0
_SERVED_SECONDS = 15.0
_POLL_SECONDS = 0.05
# As a person's `kubectl create` (measured with kubectl): without one, the client library's name would stand there.
FIELD_MANAGER = "kubectl-create"
_REQUEST_SECONDS = 10
# Whoever sends such an object again gets the same answer; everything else may pass while the server starts.
_FINAL = (HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY)


class SeedError(RuntimeError):
    """One of the lab's own objects could not be created."""


async def bring_up(plane: "ControlPlane", *, webhook: str) -> None:
    """Return when the Kubernetes API of a spawned control plane serves the lab's objects.

    Args:
        plane: is running.
        webhook: URL of the validating webhook, which is served already.

    Raises:
        ProcessError: a program died or took too long.
        SeedError: an object was rejected, or not taken in time.
    """
    api: Any = Access.of(plane).client()
    try:
        # An etcd that dies would else show as a kube-apiserver that is slow.
        await while_they_run(_bring_up(plane, api, webhook), plane.processes)
    finally:
        api.close()


async def _bring_up(plane: "ControlPlane", api: client.ApiClient, webhook: str) -> None:
    [definition] = manifests(OBJECTS / "albconfig-crd.yaml")
    # Created after the start, the definition is served two seconds later (measured with kube-apiserver 1.36.3).
    defining = asyncio.create_task(create(api, definition, seconds=_START_SECONDS))
    try:
        for process in plane.processes:
            await process.wait_ready()
        await defining
    finally:
        defining.cancel()
    for manifest in (
        *manifests(*sorted(RBAC.glob("cluster-role-*.yaml"))),
        webhook_manifest(webhook, plane.certificates.ca),
        *albconfig_manifests(),
        *site_manifests(),
    ):
        await create(api, manifest, seconds=_SERVED_SECONDS)


async def create(api: client.ApiClient, manifest: dict[str, Any], *, seconds: float) -> None:
    """Create an object, plainly: no server-side apply and no kubectl annotation.

    Args:
        api: of the administrator.
        manifest: the object.
        seconds: to try at most, while the server starts or does not serve the kind yet.

    Raises:
        SeedError: the server rejected the object, or did not take it in time.
    """
    last = "it did not answer"
    deadline = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < deadline:
        try:
            await asyncio.to_thread(_post, api, manifest)
        except client.ApiException as error:
            if error.status == HTTPStatus.CONFLICT:
                # It was created, and the reply was lost.
                return
            last = f"HTTP {error.status}: {_reason(error)}"
            if error.status in _FINAL:
                message = f"kube-apiserver rejected the lab's {_label(manifest)} with {last}"
                raise SeedError(message) from None
        except HTTPError:
            last = "it did not answer"
        else:
            return
        await asyncio.sleep(_POLL_SECONDS)
    message = (
        f"kube-apiserver did not take the lab's {_label(manifest)} within {seconds:g} s (last: {last}): "
        "is the machine very busy? Start the lab again when it is not"
    )
    raise SeedError(message)


def _post(api: client.ApiClient, manifest: dict[str, Any]) -> None:
    if manifest["kind"] == "Service":
        core: Any = client.CoreV1Api(api)
        core.create_namespaced_service(
            "default", manifest, field_manager=FIELD_MANAGER, _request_timeout=_REQUEST_SECONDS
        )
        return
    group, _, version = manifest["apiVersion"].partition("/")
    kind = manifest["kind"].lower()
    where: dict[str, Any] = {
        "group": group,
        "version": version,
        "plural": f"{kind}es" if kind.endswith("s") else f"{kind}s",
        "body": manifest,
        "field_manager": FIELD_MANAGER,
        "_request_timeout": _REQUEST_SECONDS,
    }
    objects = client.CustomObjectsApi(api)
    if kind == "ingress":
        objects.create_namespaced_custom_object(**where, namespace="default")
    else:
        objects.create_cluster_custom_object(**where)


def _label(manifest: dict[str, Any]) -> str:
    return f"{manifest['kind']} '{manifest['metadata']['name']}'"


def _reason(error: client.ApiException) -> str:
    try:
        return str(json.loads(error.body or "")["message"])
    except (ValueError, KeyError):
        return "no reason given"
