"""Load balancers and listeners of the simulated cloud, made as the controller makes them."""

from typing import Any

from alibabacloud_alb20200616 import models
from alibabacloud_alb20200616.client import Client as AlbClient

from lab.cloud import Listener
from lab.cloud.alb.records import Protocol
from tests.helpers.cloud_sdk import SERVER_CERTIFICATE
from tests.helpers.simulated_cloud import SimulatedCloud


class Controller:
    """What the controller and the data plane do to listeners: in-process calls, in the cloud's loop."""

    def __init__(self, simulated: SimulatedCloud) -> None:
        """Take the cloud."""
        self._simulated = simulated
        self._alb = simulated.cloud.alb

    def load_balancer(self, edition: str = "Standard", name: str = "lab") -> str:
        """Create a load balancer and return its id."""
        created = self._simulated.run(
            lambda: self._alb.create_load_balancer(name=name, edition=edition, service_managed=True)
        )
        return created.load_balancer_id

    def listener(
        self,
        load_balancer_id: str,
        *,
        port: int = 443,
        protocol: Protocol = "HTTPS",
        settled: bool = True,
        **attributes: Any,
    ) -> str:
        """Create a listener, let the data plane settle it, and return its id."""
        certificates = () if protocol == "HTTP" else (SERVER_CERTIFICATE,)
        attributes = {"certificate_ids": certificates, **attributes}

        def create() -> Listener:
            created = self._alb.create_listener(load_balancer_id, port=port, protocol=protocol, **attributes)
            if settled:
                self._alb.settle(created.listener_id, created.revision)
            return created

        return self._simulated.run(create).listener_id

    def settle(self, listener_id: str) -> None:
        """Say what the data plane says when it serves the listener as it is."""

        def settle() -> None:
            self._alb.settle(listener_id, self._alb.listener(listener_id).revision)

        self._simulated.run(settle)


def listener_attribute(alb: AlbClient, listener_id: str) -> Any:
    request = models.GetListenerAttributeRequest(listener_id=listener_id)
    return alb.get_listener_attribute(request).body


def update(alb: AlbClient, listener_id: str, *, ca: Any = None, **attributes: Any) -> Any:
    """Change a listener through the SDK; `ca` is the identifier of its CA."""
    if ca is not None:
        attributes["ca_certificates"] = [models.UpdateListenerAttributeRequestCaCertificates(certificate_id=ca)]
    request = models.UpdateListenerAttributeRequest(listener_id=listener_id, **attributes)
    return alb.update_listener_attribute(request).body
