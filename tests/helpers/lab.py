"""A running lab in the hands of a test."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING, Any

import httpx
import tenacity
from alibabacloud_alb20200616 import models as alb_models
from alibabacloud_alb20200616.client import Client as AlbClient
from alibabacloud_cas20200407.client import Client as CasClient
from kubernetes import client as kubernetes_client
from kubernetes import config as kubernetes_config

from lab import lifecycle
from lab.paths import PROJECT, LabPaths
from lab.principal_name import PrincipalName
from lab.status import Status, read_status
from lab.upload_ca import sdk_config
from tests.helpers.lab_objects import restore_objects

if TYPE_CHECKING:
    from pathlib import Path

    from kubernetes.client import ApiClient, CoreV1Api, CustomObjectsApi

GROUP, VERSION, PLURAL = "alibabacloud.com", "v1", "albconfigs"
_SETTLE_SECONDS = 20.0


unless_throttled = tenacity.Retrying(
    retry=tenacity.retry_if_exception(lambda error: getattr(error, "code", None) == "Throttling.User"),
    wait=tenacity.wait_fixed(0.3),
    stop=tenacity.stop_after_delay(_SETTLE_SECONDS),
    reraise=True,
)


def lab_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `python -m lab` and return how it ended."""
    return subprocess.run(
        [sys.executable, "-m", "lab", *arguments],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def wait_until(
    condition: Callable[[], bool], what: str, *, seconds: float = _SETTLE_SECONDS, every: float = 0.05
) -> None:
    """Ask again until something holds; fail with its name when it never does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            message = f"{what}: not within {seconds:g} s"
            raise AssertionError(message)
        time.sleep(every)


@contextmanager
def new_lab(name: str) -> "Iterator[LabHandle]":
    """Start a lab on free ports; afterwards nothing of it is left.

    Raises:
        RuntimeError: it did not start.
    """
    try:
        started = lab_command("up", "--name", name, "--ports", "ephemeral")
        if started.returncode != 0:
            raise RuntimeError(started.stderr)
        handle = LabHandle(name)
        yield handle
        handle.close()
    finally:
        lifecycle.stop(LabPaths.of(name))


class LabHandle:
    """One lab with a name of its own, and clients for all its APIs."""

    def __init__(self, name: str) -> None:
        """Take a lab that runs."""
        self.name = name
        self.paths = LabPaths.of(name)
        self.management = httpx.Client(
            base_url=f"http://{self.status['endpoints']['management']}", timeout=40, trust_env=False
        )
        self._kubernetes_clients: list[ApiClient] = []
        self._behaviour, self._timings = (self.management.get(path).json() for path in ("/behaviour", "/timings"))

    def close(self) -> None:
        """Close the connections of the clients."""
        self.management.close()
        for client in self._kubernetes_clients:
            # ApiClient.close() ends its threads only.
            client.rest_client.pool_manager.clear()

    @property
    def status(self) -> Status:
        """What `status --json` says now."""
        return read_status(self.paths)

    @cached_property
    def admin(self) -> "ApiClient":
        """Kubernetes client of the administrator."""
        return self._kubernetes_client(self.paths.admin_kubeconfig)

    @cached_property
    def program(self) -> "ApiClient":
        """Kubernetes client of the least-privileged user, through the proxy."""
        return self._kubernetes_client(self.paths.program_kubeconfig)

    @cached_property
    def cas(self) -> CasClient:
        """Official client of the certificate service."""
        return CasClient(sdk_config(self.status, "cas"))

    @cached_property
    def alb(self) -> AlbClient:
        """Official client of the load balancer API."""
        return AlbClient(sdk_config(self.status, "alb"))

    def kubernetes_client(self, name: PrincipalName) -> "ApiClient":
        """Return a Kubernetes client of a principal."""
        return self._kubernetes_client(self.paths.kubeconfig_of(name))

    def custom_objects(self, api: "ApiClient | None" = None) -> "CustomObjectsApi":
        """Return the API of AlbConfigs, as the administrator unless another client is given."""
        return kubernetes_client.CustomObjectsApi(api or self.admin)

    def core(self) -> "CoreV1Api":
        """Return the API of Services, as the administrator."""
        return kubernetes_client.CoreV1Api(self.admin)

    def albconfig(self, name: str) -> dict[str, Any]:
        """Return an AlbConfig as it is now."""
        found: Any = self.custom_objects().get_cluster_custom_object(GROUP, VERSION, PLURAL, name)
        return dict(found)

    def patch_albconfig(
        self, name: str, operations: list[dict[str, Any]], *, api: "ApiClient | None" = None
    ) -> dict[str, Any]:
        """Apply a JSON patch, as the least-privileged user unless another client is given."""
        patched: Any = self.custom_objects(api or self.program).patch_cluster_custom_object(
            GROUP, VERSION, PLURAL, name, operations, _content_type="application/json-patch+json"
        )
        return dict(patched)

    def address(self, albconfig: str, listener: str) -> str:
        """Return where a listener answers: `127.0.0.1:PORT`."""
        return self.status["albconfigs"][albconfig]["listeners"][listener]["address"]

    def listener(self, albconfig: str, listener: str) -> alb_models.GetListenerAttributeResponseBody:
        """Return a listener as the ALB API tells it, which may throttle whoever waits for something and asks often."""
        listener_id = self.status["albconfigs"][albconfig]["listeners"][listener]["listenerId"]
        request = alb_models.GetListenerAttributeRequest(listener_id=listener_id)
        return unless_throttled(self.alb.get_listener_attribute, request).body

    def settle(self) -> None:
        """Return when controller, ALB and data plane have done all that was asked of them, and the status says so."""
        answer = self.management.post("/settle", params={"wait": _SETTLE_SECONDS}).raise_for_status().json()
        assert answer["settled"], f"the lab has not settled within {_SETTLE_SECONDS:g} s: {answer['because']}"

    def reset(self) -> None:
        """Take back what a test did: faults, switches, objects, certificates; return when all of it is served."""
        self.behave_as_in_the_beginning()
        self.management.post("/controller/release").raise_for_status()
        self.management.patch("/timings", json={"configuring_seconds": 0}).raise_for_status()
        restore_objects(json.loads(self.paths.admin_kubeconfig.read_text()))
        # Also when nothing was to be restored: the controller may still be at work on what a test took back itself.
        self.settle()
        # Else doctor takes what the controller reported in the test before for a problem of this one.
        self.core().delete_collection_namespaced_event("default")
        self.management.patch("/timings", json=self._timings).raise_for_status()
        self.management.delete("/load-balancers").raise_for_status()
        self.management.delete("/account").raise_for_status()
        self.management.delete("/journal").raise_for_status()

    def behave_as_in_the_beginning(self) -> None:
        """Take back faults and switches alone, for tests that bring their own objects."""
        self.management.delete("/faults").raise_for_status()
        self.management.patch("/behaviour", json=self._behaviour).raise_for_status()

    def _kubernetes_client(self, kubeconfig: "Path") -> "ApiClient":
        client: ApiClient = kubernetes_config.new_client_from_config(  # type: ignore[no-untyped-call]  # as shipped
            str(kubeconfig), context="lab"
        )
        self._kubernetes_clients.append(client)
        return client
