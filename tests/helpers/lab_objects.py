"""Puts a lab's Kubernetes objects back as they were when it was new."""

import base64
import ssl
from typing import Any

import httpx
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from lab.control_plane.manifests import albconfig_manifests, site_manifests
from lab.control_plane.seed import FIELD_MANAGER

_COLLECTIONS = {
    "AlbConfig": "/apis/alibabacloud.com/v1/albconfigs",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    "Service": "/api/v1/namespaces/default/services",
}
_AS_SEEDED = {"fieldManager": FIELD_MANAGER}
# kube-apiserver's own.
_UNTOUCHED = {("Service", "kubernetes")}


class _ChangedMeanwhile(Exception):  # noqa: N818 - it is no error: the controller writes status all the time
    pass


def restore_objects(kubeconfig: dict[str, Any]) -> None:
    """Delete what a new lab does not have, create what is missing, replace what was changed."""
    cluster = kubeconfig["clusters"][0]["cluster"]
    authority = base64.b64decode(cluster["certificate-authority-data"]).decode()
    with httpx.Client(
        base_url=cluster["server"],
        verify=ssl.create_default_context(cadata=authority),
        headers={"Authorization": f"Bearer {kubeconfig['users'][0]['user']['token']}"},
        trust_env=False,
        timeout=20,
    ) as api:
        seeded = [*albconfig_manifests(), *site_manifests()]
        for kind, collection in _COLLECTIONS.items():
            desired = {each["metadata"]["name"]: each for each in seeded if each["kind"] == kind}
            _restore(api, kind, collection, desired)


def _restore(api: httpx.Client, kind: str, collection: str, desired: dict[str, dict[str, Any]]) -> None:
    found = {each["metadata"]["name"]: each for each in api.get(collection).raise_for_status().json()["items"]}
    for name, each in list(found.items()):
        is_going = "deletionTimestamp" in each["metadata"]
        if (name in desired and not is_going) or (kind, name) in _UNTOUCHED:
            continue
        _remove(api, f"{collection}/{name}", each)
        del found[name]
    for name, manifest in desired.items():
        if name not in found:
            api.post(collection, json=manifest, params=_AS_SEEDED).raise_for_status()
        elif not _same(found[name], manifest):
            _replace(api, f"{collection}/{name}", manifest)


def _remove(api: httpx.Client, path: str, found: dict[str, Any]) -> None:
    if found["metadata"].get("finalizers"):
        # Nobody is there who would finish anything: it would stay for ever.
        free = {"metadata": {"finalizers": None}}
        _unless_gone(api.patch(path, json=free, headers={"Content-Type": "application/merge-patch+json"}))
    # One that was going already went with its last finalizer.
    _unless_gone(api.delete(path))


def _unless_gone(reply: httpx.Response) -> None:
    if reply.status_code != httpx.codes.NOT_FOUND:
        reply.raise_for_status()


@retry(retry=retry_if_exception_type(_ChangedMeanwhile), stop=stop_after_attempt(10), reraise=True)
def _replace(api: httpx.Client, path: str, manifest: dict[str, Any]) -> None:
    found = api.get(path).raise_for_status().json()
    # Who wrote the spec is forgotten, a server-side apply of a test among them; who wrote the status is not. Without
    # any entry it has to be an empty one: kube-apiserver keeps them all when the list itself is empty.
    of_status = [each for each in _managers(found) if each.get("subresource") == "status"]
    written = {"resourceVersion": found["metadata"]["resourceVersion"], "managedFields": of_status or [{}]}
    spec = {**_allocated(manifest["kind"], found), **manifest["spec"]}
    reply = api.put(
        path, json={**manifest, "metadata": {**manifest["metadata"], **written}, "spec": spec}, params=_AS_SEEDED
    )
    if reply.status_code == httpx.codes.CONFLICT:
        raise _ChangedMeanwhile(path)
    reply.raise_for_status()


def _same(found: dict[str, Any], manifest: dict[str, Any]) -> bool:
    metadata = all(
        found["metadata"].get(key) == manifest["metadata"].get(key) for key in ("annotations", "labels", "finalizers")
    )
    applied = any("f:spec" in each.get("fieldsV1", {}) and each["operation"] == "Apply" for each in _managers(found))
    return (
        metadata
        and not applied
        and _contains(found.get("spec"), manifest["spec"], exact=manifest["kind"] == "AlbConfig")
    )


def _managers(found: dict[str, Any]) -> list[dict[str, Any]]:
    managers: list[dict[str, Any]] = found["metadata"].get("managedFields") or []
    return managers


def _contains(found: Any, desired: Any, *, exact: bool) -> bool:
    # kube-apiserver adds defaults to its own kinds, to AlbConfigs nothing.
    if isinstance(desired, dict) and isinstance(found, dict) and not exact:
        return all(key in found and _contains(found[key], value, exact=exact) for key, value in desired.items())
    if isinstance(desired, list) and isinstance(found, list) and not exact:
        same_length = len(found) == len(desired)
        return same_length and all(
            _contains(each, other, exact=exact) for each, other in zip(found, desired, strict=True)
        )
    return bool(found == desired)


def _allocated(kind: str, found: dict[str, Any]) -> dict[str, Any]:
    if kind != "Service":
        return {}
    return {key: found["spec"][key] for key in ("clusterIP", "clusterIPs") if key in found["spec"]}
