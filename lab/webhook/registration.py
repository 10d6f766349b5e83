"""Whether kube-apiserver takes the webhook for one with side effects, which it then calls in no dry run.

Its API has taken no such registration since admissionregistration.k8s.io/v1, and still serves one that was stored in
the days of v1beta1. So that is written where it would have been left: into etcd.
"""

import asyncio
import base64
import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import httpx
from kubernetes import client
from urllib3.exceptions import HTTPError

from lab.behaviour import Webhook
from lab.plain_http import NO_TLS
from lab.waiting import first_of

if TYPE_CHECKING:
    from lab.behaviour import ControllerBehaviour
    from lab.control_plane.access import Access

NAME: Final = "alb-ingress-controller"

_KEY = f"/registry/validatingwebhookconfigurations/{NAME}"
_REFUSAL = "does not support dry run"
_POLL_SECONDS = 0.05
# Whoever waits until the lab has settled is served at once; a lab that does nothing is seldom awake.
_LOOK_SECONDS = 0.5
_PROBE = {"apiVersion": "alibabacloud.com/v1", "kind": "AlbConfig", "metadata": {"name": "lab-probe"}, "spec": {}}


class Registration:
    """Keeps the registration as its switch says."""

    def __init__(self, behaviour: "ControllerBehaviour", *, access: "Access", etcd: str) -> None:
        """Take the switch, the administrator's access, and the URL of etcd."""
        self._behaviour = behaviour
        self._access = access
        self._etcd = etcd
        # As stored, and as kube-apiserver is known to act.
        self._stored = self._known = False
        self._due = asyncio.Event()

    def unsettled(self) -> list[str]:
        """Return what is left to do, in words for people."""
        if self._goal == self._known:
            return []
        self._due.set()
        return ["kube-apiserver does not know yet whether the webhook takes dry runs"]

    async def run(self, stop: asyncio.Event) -> None:
        """Follow the switch until `stop` is set."""
        api: Any = self._access.client()
        stopping = asyncio.create_task(stop.wait())
        try:
            while not stop.is_set():
                if self.unsettled():
                    # The Kubernetes API may be about to end, or slow; the next round tries again.
                    with suppress(client.ApiException, HTTPError, httpx.HTTPError):
                        await self._follow(api, has_side_effects=self._goal)
                    await asyncio.sleep(_POLL_SECONDS)
                else:
                    self._due.clear()
                    await first_of(self._due.wait(), stopping, seconds=_LOOK_SECONDS)
        finally:
            stopping.cancel()
            api.close()

    @property
    def _goal(self) -> bool:
        return self._behaviour.webhook is Webhook.REFUSES_DRY_RUN

    async def _follow(self, api: Any, *, has_side_effects: bool) -> None:
        if self._stored != has_side_effects:
            await self._store(api, has_side_effects=has_side_effects)
            self._stored = has_side_effects
        if await asyncio.to_thread(_refuses_dry_runs, api) == has_side_effects:
            self._known = has_side_effects

    async def _store(self, api: Any, *, has_side_effects: bool) -> None:
        registrations: Any = client.AdmissionregistrationV1Api(api)
        found = await asyncio.to_thread(registrations.read_validating_webhook_configuration, NAME)
        stored = {
            "apiVersion": "admissionregistration.k8s.io/v1",
            "kind": "ValidatingWebhookConfiguration",
            **api.sanitize_for_serialization(found),
        }
        # etcd has versions of its own.
        del stored["metadata"]["resourceVersion"]
        for webhook in stored["webhooks"]:
            webhook["sideEffects"] = "Some" if has_side_effects else "None"
        value = base64.b64encode(json.dumps(stored).encode()).decode()
        async with httpx.AsyncClient(timeout=5, trust_env=False, verify=NO_TLS) as etcd:
            body = {"key": base64.b64encode(_KEY.encode()).decode(), "value": value}
            (await etcd.post(f"{self._etcd}/v3/kv/put", json=body)).raise_for_status()


def _refuses_dry_runs(api: client.ApiClient) -> bool:
    try:
        client.CustomObjectsApi(api).create_cluster_custom_object(
            "alibabacloud.com", "v1", "albconfigs", _PROBE, dry_run="All", _request_timeout=10
        )
    except client.ApiException as error:
        return _REFUSAL in str(error.body)
    return False
