"""Argo CD's part: what Git has of an AlbConfig is applied to the cluster, under its field manager."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from kubernetes import config
from kubernetes.client import CustomObjectsApi, NetworkingV1Api

if TYPE_CHECKING:
    from lab.status import Status

MANIFEST = Path("clusters") / "production" / "albconfig.yaml"
_FIELD_MANAGER = "argocd-controller"
_TRACKED = {"argocd.argoproj.io/tracking-id": "production:alibabacloud.com/AlbConfig:/{name}"}
_NAMESPACE = "default"
_KIND = {"group": "alibabacloud.com", "version": "v1", "plural": "albconfigs"}


class Cluster:
    """The lab's cluster in the hands of those who may do everything in it."""

    def __init__(self, status: "Status") -> None:
        """Take the admin's kubeconfig."""
        self._api: Any = config.new_client_from_config(status["kubeconfig"]["admin"])  # type: ignore[no-untyped-call]  # as shipped
        self._objects: Any = CustomObjectsApi(self._api)
        self._networking: Any = NetworkingV1Api(self._api)

    def spec(self, albconfig: str) -> dict[str, Any]:
        """Read what an AlbConfig specifies."""
        spec: dict[str, Any] = self._objects.get_cluster_custom_object(**_KIND, name=albconfig)["spec"]
        return spec

    def annotations(self, albconfig: str) -> dict[str, str]:
        """Read the annotations of an AlbConfig."""
        metadata = self._objects.get_cluster_custom_object(**_KIND, name=albconfig)["metadata"]
        return dict(metadata.get("annotations") or {})

    def synchronize(self, manifest: dict[str, Any]) -> None:
        """Apply a manifest as Argo CD does: lists are replaced as a whole, other fields stay."""
        name = manifest["metadata"]["name"]
        tracked = {key: text.format(name=name) for key, text in _TRACKED.items()}
        body = {**manifest, "metadata": {"name": name, "annotations": tracked}}
        self._objects.patch_cluster_custom_object(
            **_KIND, name=name, body=body, field_manager=_FIELD_MANAGER, _content_type="application/merge-patch+json"
        )

    def add_host(self, like: str, name: str, host: str) -> None:
        """Add an Ingress of another host to the listeners of one that is there."""
        template = self._api.sanitize_for_serialization(self._networking.read_namespaced_ingress(like, _NAMESPACE))
        spec = template["spec"]
        spec["rules"][0]["host"], spec["tls"][0]["hosts"] = host, [host]
        metadata = {"name": name, "annotations": template["metadata"]["annotations"]}
        self._networking.create_namespaced_ingress(_NAMESPACE, {"metadata": metadata, "spec": spec})

    def remove_host(self, name: str) -> None:
        """Remove such an Ingress."""
        self._networking.delete_namespaced_ingress(name, _NAMESPACE)


def manifest_of(albconfig: str, spec: dict[str, Any]) -> str:
    """Return what Git has of an AlbConfig before this project came."""
    document = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": albconfig}, "spec": spec}
    return yaml.safe_dump(document, sort_keys=False)


def with_fragment(manifest: str, fragment: str) -> str:
    """Return a manifest with the element that a fragment is in the place of the one with its port and protocol."""
    document = yaml.safe_load(manifest)
    [element] = yaml.safe_load(fragment)
    listeners = document["spec"]["listeners"]
    [place] = [
        index
        for index, one in enumerate(listeners)
        if (one["port"], one["protocol"]) == (element["port"], element["protocol"])
    ]
    listeners[place] = element
    return yaml.safe_dump(document, sort_keys=False)
