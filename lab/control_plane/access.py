"""How the lab's own parts reach kube-apiserver: as its administrator, past the proxy."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from kubernetes import client

if TYPE_CHECKING:
    from pathlib import Path

    from lab.control_plane.plane import ControlPlane


@dataclass(frozen=True, kw_only=True)
class Access:
    """Address and credentials."""

    server: str
    ca: "Path"
    token: str = field(repr=False)

    @classmethod
    def of(cls, plane: "ControlPlane") -> "Access":
        """Return the administrator's access to a control plane."""
        return cls(server=plane.url, ca=plane.certificates.ca, token=plane.users.admin)

    def client(self) -> client.ApiClient:
        """Return a client, which somebody has to close.

        Not by way of a kubeconfig: its loader writes the CA into a file in /tmp, which a killed lab would leave.
        """
        configuration = client.Configuration(
            host=self.server, api_key={"BearerToken": self.token}, api_key_prefix={"BearerToken": "Bearer"}
        )
        configuration.ssl_ca_cert = str(self.ca)
        # urllib3 would repeat a refused connection three times at once, and log each time.
        configuration.retries = False
        return client.ApiClient(configuration)
