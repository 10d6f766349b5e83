"""Watches what people and programs delete in the lab, and does what its deletion waits for."""

import asyncio
import json
import logging
import ssl
from http import HTTPStatus
from typing import TYPE_CHECKING

import httpx

from lab.garbage_collector.decisions import Action, Object, Step, actions
from lab.waiting import first_of

if TYPE_CHECKING:
    from lab.control_plane.access import Access

# The kinds that a stack or a person makes in a lab, and what may own them.
KINDS = (
    "/api/v1/secrets",
    "/api/v1/configmaps",
    "/api/v1/services",
    "/apis/apps/v1/deployments",
    "/apis/networking.k8s.io/v1/ingresses",
    "/apis/networking.k8s.io/v1/ingressclasses",
    "/apis/alibabacloud.com/v1/albconfigs",
)
_METADATA = "application/json;as=PartialObjectMetadata{};g=meta.k8s.io;v=v1"
_MERGE_PATCH = "application/merge-patch+json"
_AGAIN_SECONDS = 1.0
_REQUEST_SECONDS = 10.0

_log = logging.getLogger(__name__)


class GarbageCollector:
    """The part of kube-controller-manager without which a deletion in the foreground never ends."""

    def __init__(self, access: "Access") -> None:
        """Take a cluster; nothing is watched yet."""
        self._access = access
        self._found: dict[str, dict[str, Object]] = {kind: {} for kind in KINDS}
        self._changed = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; a cluster that does not answer is asked again."""
        access = self._access
        async with httpx.AsyncClient(
            base_url=access.server,
            verify=ssl.create_default_context(cafile=access.ca),
            headers={"Authorization": f"Bearer {access.token}"},
            timeout=_REQUEST_SECONDS,
            trust_env=False,
        ) as api:
            watches = [asyncio.create_task(self._watch(api, kind)) for kind in KINDS]
            stopping = asyncio.create_task(stop.wait())
            try:
                while not stop.is_set():
                    await first_of(self._changed.wait(), stopping, *watches)
                    for watch in watches:
                        if watch.done():
                            watch.result()
                    self._changed.clear()
                    if not await self._work(api):
                        await first_of(stopping, seconds=_AGAIN_SECONDS)
                        self._changed.set()
            finally:
                for task in (stopping, *watches):
                    task.cancel()
                await asyncio.gather(stopping, *watches, return_exceptions=True)

    async def _watch(self, api: httpx.AsyncClient, kind: str) -> None:
        while True:
            try:
                await self._follow(api, kind)
            except (httpx.HTTPError, ValueError, KeyError) as error:
                _log.info("%s is watched again: %s", kind, type(error).__name__)
            await asyncio.sleep(_AGAIN_SECONDS)

    async def _follow(self, api: httpx.AsyncClient, kind: str) -> None:
        reply = await api.get(kind, headers={"Accept": _METADATA.format("List")})
        listed = reply.raise_for_status().json()
        self._found[kind] = found = {each["metadata"]["uid"]: each for each in listed["items"] or []}
        self._changed.set()
        query = {"watch": "true", "resourceVersion": listed["metadata"]["resourceVersion"]}
        headers = {"Accept": _METADATA.format("")}
        async with api.stream("GET", kind, params=query, headers=headers, timeout=None) as stream:
            async for line in stream.raise_for_status().aiter_lines():
                event = json.loads(line)
                metadata = event["object"]["metadata"]
                if event["type"] == "DELETED":
                    found.pop(metadata["uid"], None)
                else:
                    # An ERROR has no uid: the list is too old, and is read again.
                    found[metadata["uid"]] = event["object"]
                self._changed.set()

    async def _work(self, api: httpx.AsyncClient) -> bool:
        """Do what can be done; say whether nothing of it failed."""
        known = {uid: (kind, each) for kind, found in self._found.items() for uid, each in found.items()}
        well = True
        for action in actions([each for _, each in known.values()]):
            kind, found = known[action.uid]
            try:
                reply = await self._do(api, action, kind, found["metadata"])
            except httpx.HTTPError:
                well = False
                continue
            # Gone or changed since: an event says so, and leads to another look.
            if reply.is_error and reply.status_code not in {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}:
                _log.warning("%s of %s was answered HTTP %d", action.step, kind, reply.status_code)
                well = False
        return well

    @staticmethod
    async def _do(api: httpx.AsyncClient, action: Action, kind: str, metadata: Object) -> httpx.Response:
        collection, _, plural = kind.rpartition("/")
        namespace = metadata.get("namespace")
        place = f"{collection}/namespaces/{namespace}/{plural}" if namespace else kind
        path = f"{place}/{metadata['name']}"
        if action.step is Step.DELETE:
            options = {"propagationPolicy": action.detail, "preconditions": {"uid": action.uid}}
            return await api.request("DELETE", path, json=options)
        kept = {
            Step.FREE: {"finalizers": [each for each in metadata.get("finalizers") or [] if each != action.detail]},
            Step.DISOWN: {
                "ownerReferences": [
                    each for each in metadata.get("ownerReferences") or [] if each["uid"] != action.detail
                ]
            },
        }[action.step]
        guard = {"uid": action.uid, "resourceVersion": metadata["resourceVersion"]}
        body = json.dumps({"metadata": {**guard, **kept}})
        return await api.patch(path, content=body, headers={"Content-Type": _MERGE_PATCH})
