"""The program's Kubernetes client on a real kube-apiserver, and an administrator beside it."""

import base64
import itertools
import json
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import httpx

from alb_mtls.cluster.claim import Claim
from alb_mtls.cluster.errors import PatchConflict
from alb_mtls.cluster.guarded_patch import guarded_patch
from alb_mtls.cluster.kube_client import KubeAccess, KubeClient
from alb_mtls.cluster.patch import Operation, Patch
from tests.helpers.albconfigs import Object
from tests.helpers.patches import claim_patch, removal_of_claim, switch_patch
from tests.helpers.proxied_cluster import ALBCONFIGS, Cluster

PORT, PROTOCOL = 443, "HTTPS"
_PATCH_TYPES = {"merge": "application/merge-patch+json", "json": "application/json-patch+json"}


class Counting:
    """A client that counts how often its patches were refused."""

    def __init__(self, client: KubeClient) -> None:
        """Take the client that does the work."""
        self._client = client
        self.patches = 0
        self.refused = 0

    def albconfig(self, name: str) -> Object:
        """Return an AlbConfig."""
        return self._client.albconfig(name)

    def patch_albconfig(self, name: str, operations: list[Operation]) -> Object:
        """Apply a patch."""
        self.patches += 1
        try:
            return self._client.patch_albconfig(name, operations)
        except PatchConflict:
            self.refused += 1
            raise


class Bench:
    """One cluster, seen by the program's user, through the lab's proxy or not, and by an administrator."""

    def __init__(self, cluster: Cluster) -> None:
        """Connect them all."""
        self.cluster = cluster
        direct = self.kubeconfig(server=cluster.upstream)
        self.client = KubeClient(KubeAccess(kubeconfig=direct, context=None))
        self.proxied = KubeClient(KubeAccess(kubeconfig=self.kubeconfig(), context=None))
        self.admin = httpx.Client(
            base_url=cluster.upstream,
            headers={"Authorization": f"Bearer {cluster.users.admin}"},
            verify=ssl.create_default_context(cafile=cluster.certificates.ca),
            trust_env=False,
            timeout=20,
        )
        self._numbers = itertools.count(1)

    def close(self) -> None:
        """Close the connections."""
        self.client.close()
        self.proxied.close()
        self.admin.close()

    def kubeconfig(self, *, server: str | None = None, token: str | None = None, ca: bytes | None = None) -> str:
        """Return a kubeconfig of the program's user, as content."""
        authority = ca or self.cluster.certificates.ca.read_bytes()
        user = {"token": token or self.cluster.users.program}
        return json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "current-context": "lab",
                "clusters": [
                    {
                        "name": "lab",
                        "cluster": {
                            "server": server or self.cluster.url,
                            "certificate-authority-data": base64.b64encode(authority).decode(),
                        },
                    }
                ],
                "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": "alb-mtls"}}],
                "users": [{"name": "alb-mtls", "user": user}],
            }
        )

    @contextmanager
    def albconfig(self, *listeners: Any, annotations: dict[str, str] | None = None) -> Iterator[str]:
        """Make an AlbConfig of a new name; it is deleted afterwards."""
        name = f"bench-{next(self._numbers)}"
        item = {
            "apiVersion": "alibabacloud.com/v1",
            "kind": "AlbConfig",
            "metadata": {"name": name, "annotations": annotations or {}},
            "spec": {"config": {"name": name}, "listeners": list(listeners)},
        }
        self.admin.post(ALBCONFIGS, json=item).raise_for_status()
        try:
            yield name
        finally:
            self.admin.delete(f"{ALBCONFIGS}/{name}").raise_for_status()

    def edit(self, name: str, change: Any, *, kind: str = "merge", subresource: str = "") -> httpx.Response:
        """Change an AlbConfig as somebody else would."""
        return self.admin.patch(
            f"{ALBCONFIGS}/{name}{subresource}",
            content=json.dumps(change),
            headers={"Content-Type": _PATCH_TYPES[kind]},
        )

    def write_claim(self, name: str, claim: Claim) -> Object:
        """Write a claim on the listener."""
        return guarded_patch(self.client, name, lambda item: claim_patch(item, claim), deadline_seconds=60)

    def switch(
        self, name: str, claim: Claim, *, on: bool, ids: list[str] | None = None, client: Counting | None = None
    ) -> Object:
        """Switch the listener."""

        def build(item: Object) -> Patch:
            return switch_patch(item, claim, on=on, ids=ids)

        return guarded_patch(client or self.client, name, build, deadline_seconds=60)

    def restore(self, name: str, claim: Claim) -> Object:
        """Give the listener back."""

        def build(item: Object) -> Patch:
            return claim_patch(item, replace(claim, attempt="restore"), claim.previous)

        guarded_patch(self.client, name, build, deadline_seconds=60)
        return guarded_patch(self.client, name, removal_of_claim, deadline_seconds=60)
