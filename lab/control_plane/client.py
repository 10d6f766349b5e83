"""As much of a Kubernetes client as the lab's own start needs."""

import asyncio
import contextlib
import ssl
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from pathlib import Path

_COLLECTIONS = {
    "CustomResourceDefinition": "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    "AlbConfig": "/apis/alibabacloud.com/v1/albconfigs",
    "IngressClass": "/apis/networking.k8s.io/v1/ingressclasses",
    "Ingress": "/apis/networking.k8s.io/v1/namespaces/default/ingresses",
    "Service": "/api/v1/namespaces/default/services",
    "ClusterRole": "/apis/rbac.authorization.k8s.io/v1/clusterroles",
    "ClusterRoleBinding": "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings",
}
_POLL_SECONDS = 0.05


class SeedError(RuntimeError):
    """The lab's own objects could not be created."""


class KubernetesApi:
    """The API as its administrator sees it."""

    def __init__(self, *, url: str, ca: "Path", token: str) -> None:
        """Connect when asked for something."""
        self._client = httpx.AsyncClient(
            base_url=url,
            verify=ssl.create_default_context(cafile=str(ca)),
            headers={"Authorization": f"Bearer {token}"},
            timeout=10,
            trust_env=False,
        )

    async def close(self) -> None:
        """Close its connections."""
        await self._client.aclose()

    async def ready(self) -> bool:
        """Tell whether the server is done with its start-up hooks: default roles, system namespaces."""
        try:
            return (await self._client.get("/readyz")).is_success
        except httpx.HTTPError:
            return False

    async def create(self, manifest: dict[str, Any]) -> None:
        """Create an object, plainly: no server-side apply and no kubectl annotation.

        Raises:
            SeedError: the server refused it.
        """
        reply = await self._client.post(_COLLECTIONS[manifest["kind"]], json=manifest)
        if not reply.is_success:
            raise _refused(manifest, reply)

    async def create_early(self, manifest: dict[str, Any], *, seconds: float) -> None:
        """Create an object on a server that starts; try until it takes it.

        Args:
            manifest: the object.
            seconds: to try at most.

        Raises:
            SeedError: the server understood it and refused it, or did not take it in time.
        """
        last = "it did not answer"
        deadline = asyncio.get_running_loop().time() + seconds
        while asyncio.get_running_loop().time() < deadline:
            with contextlib.suppress(httpx.HTTPError):
                reply = await self._client.post(_COLLECTIONS[manifest["kind"]], json=manifest)
                # An effect whose reply was lost shows as a conflict.
                if reply.is_success or reply.status_code == httpx.codes.CONFLICT:
                    return
                if reply.status_code in (httpx.codes.BAD_REQUEST, httpx.codes.UNPROCESSABLE_ENTITY):
                    raise _refused(manifest, reply)
                last = f"HTTP {reply.status_code}: {_reason(reply)}"
            await asyncio.sleep(_POLL_SECONDS)
        message = (
            f"kube-apiserver did not take the lab's {manifest['kind']} '{manifest['metadata']['name']}' within "
            f"{seconds:g} s (last: {last}): is the machine very busy? Start the lab again when it is not"
        )
        raise SeedError(message)

    async def wait_served(self, definition: dict[str, Any], *, seconds: float) -> None:
        """Wait until objects of a custom resource definition can be created.

        Raises:
            SeedError: they still cannot after this time.
        """
        name = definition["metadata"]["name"]
        collection = _COLLECTIONS[definition["spec"]["names"]["kind"]]
        try:
            async with asyncio.timeout(seconds):
                while not await self._is_served(name, collection):  # noqa: ASYNC110  # a server is asked
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            message = (
                f"the custom resource {name} was not served within {seconds:g} s: is the machine very busy? "
                "Start the lab again when it is not"
            )
            raise SeedError(message) from None

    async def _is_served(self, name: str, collection: str) -> bool:
        reply = await self._client.get(f"{_COLLECTIONS['CustomResourceDefinition']}/{name}")
        conditions = reply.json().get("status", {}).get("conditions", [])
        established = any(each["type"] == "Established" and each["status"] == "True" for each in conditions)
        return established and (await self._client.get(collection)).is_success


def _refused(manifest: dict[str, Any], reply: httpx.Response) -> SeedError:
    return SeedError(
        f"the lab's {manifest['kind']} '{manifest['metadata']['name']}' was refused with HTTP "
        f"{reply.status_code}: {_reason(reply)}"
    )


def _reason(reply: httpx.Response) -> str:
    try:
        return str(reply.json()["message"])
    except (ValueError, KeyError):
        return "no reason given"
