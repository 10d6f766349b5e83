"""What `status --json` prints: for scripts, which rely on its keys (lab/README.md)."""

import json
from typing import TYPE_CHECKING, TypedDict, cast

from lab.files import write_private

if TYPE_CHECKING:
    from lab.paths import LabPaths


class Kubeconfigs(TypedDict):
    """Absolute paths; `program` is that of whoever runs an `up`."""

    admin: str
    program: str
    preview: str
    operations: str
    onCall: str


class CredentialsStatus(TypedDict):
    """An access key of this lab; the token is only for trying one."""

    accessKeyId: str
    accessKeySecret: str
    securityToken: str


class Endpoints(TypedDict):
    """`host:port` of plain HTTP."""

    cas: str
    alb: str
    management: str


class ListenerStatus(TypedDict):
    """A listener and where on loopback it is reached."""

    listenerId: str
    address: str


class AlbConfigStatus(TypedDict):
    """An ALB; its listeners by `443/HTTPS` and the like."""

    loadBalancerId: str
    listeners: dict[str, ListenerStatus]


class Status(TypedDict):
    """A lab that runs.

    Attributes:
        pid: of its daemon.
        kubeconfig: by Kubernetes user.
        credentials: the access key of whoever runs an `up`.
        accessKeys: by principal: `admin`, who may do everything, and `up`, `preview` and `operations` with the RAM
            policies of rbac/.
        endpoints: of its APIs.
        albconfigs: by name.
    """

    pid: int
    kubeconfig: Kubeconfigs
    credentials: CredentialsStatus
    accessKeys: dict[str, CredentialsStatus]
    endpoints: Endpoints
    albconfigs: dict[str, AlbConfigStatus]


def write_status(paths: "LabPaths", status: Status) -> None:
    """Keep it for the commands."""
    write_private(paths.status, json.dumps(status, indent=2) + "\n")


def read_status(paths: "LabPaths") -> Status:
    """Return it.

    Raises:
        FileNotFoundError: the lab is not ready.
    """
    return cast("Status", json.loads(paths.status.read_text()))
