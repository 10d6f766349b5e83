"""The few keys of a stack's configuration that reaching its listeners needs. Pure: JSON in, records out.

The program itself refuses a wrong configuration by key; here a value that is not of its type counts as not given.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from alb_mtls.cluster.acceptance import AcceptedFinding
from alb_mtls.cluster.listener_key import ListenerKey
from alb_mtls.configuration.accepted import ACCEPT_KEYS, read_accepted
from alb_mtls.configuration.parse import TOP_KEYS
from alb_mtls.configuration.problems import Problems
from alb_mtls.configuration.proof import PROOF_KEYS, proof_without_files
from alb_mtls.configuration.reader import ObjectReader
from alb_mtls.configuration.targets import (
    ALB_KEYS,
    CAS_KEYS,
    LISTENER_KEYS,
    REGION_VARIABLES,
    read_editions,
    read_listeners,
)
from alb_mtls.listener_resources import ProofSettings
from alb_mtls.resources import AlbApi
from ops.errors import OpsError

_MARK = ":rootCa"


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """What a stack's configuration says about where things are.

    Attributes:
        project: name of the project.
        values: every key with its namespace, secrets in the clear.
        by_cluster_id: whether the cluster is named by its id at ACK.
        alb_editions: of ALBs that may authenticate clients.
        connect_to: by listener where it is reached, each `host:port`; empty for the ALB's own address.
        headers: by listener the names of its identity headers.
        accepted: findings that somebody has accepted, those that have ended among them.
    """

    project: str
    values: Mapping[str, str] = field(repr=False)
    cas_endpoint: str | None
    alb: AlbApi
    alb_editions: tuple[str, ...]
    by_cluster_id: bool
    connect_to: Mapping[ListenerKey, tuple[str, ...]]
    headers: Mapping[ListenerKey, tuple[str, ...]] = field(default_factory=dict)
    proof: ProofSettings
    accepted: tuple[AcceptedFinding, ...] = ()

    @property
    def listeners(self) -> tuple[ListenerKey, ...]:
        """Those that are configured, in order."""
        return tuple(self.connect_to)

    @property
    def enabled(self) -> bool | None:
        """Whether the next `up` is to request client certificates; None when the value is neither."""
        return {"true": True, "false": False}.get(self.get("enabled") or "true")

    def get(self, key: str) -> str | None:
        """Return the value of a key such as `alicloud:region`, or of one of the project's; None without one."""
        return self.values.get(key if ":" in key else f"{self.project}:{key}") or None


def project_of(printed: Mapping[str, Any]) -> str:
    """Return the name of the project, which is the namespace of its keys.

    Args:
        printed: what `pulumi config --json` prints.

    Raises:
        OpsError: it is of another program.
    """
    namespaces = [key.removesuffix(_MARK) for key in printed if key.endswith(_MARK)]
    if not namespaces:
        message = (
            "this is not a project of this program: its Pulumi.yaml declares no rootCa; run it in the right folder"
        )
        raise OpsError(message)
    # Of the project itself every key that Pulumi.yaml declares is printed, set or not; a misspelled namespace has few.
    return max(namespaces, key=lambda one: sum(f"{one}:{key}" in printed for key in TOP_KEYS))


def parse_configuration(printed: Any, environment: Mapping[str, str]) -> Configuration:
    """Return the configuration.

    Args:
        printed: what `pulumi config --json --show-secrets` prints.
        environment: holds the region when the configuration does not, as for pulumi-alicloud.

    Raises:
        OpsError: it is of another program.
    """
    project = project_of(printed)
    values = {key: str(entry["value"]) for key, entry in printed.items() if entry.get("value") is not None}
    own = {
        key.removeprefix(f"{project}:"): entry.get("objectValue")
        for key, entry in printed.items()
        if key.startswith(f"{project}:")
    }
    problems = Problems()
    top = ObjectReader(own, "", TOP_KEYS, problems)
    listeners = read_listeners(top.objects("listeners", LISTENER_KEYS), problems)
    regions = (values.get("alicloud:region"), *(environment.get(name) for name in REGION_VARIABLES))
    alb = top.object("alb", ALB_KEYS)
    return Configuration(
        project=project,
        values=values,
        cas_endpoint=top.object("cas", CAS_KEYS).text("endpoint"),
        alb=AlbApi(endpoint=alb.text("endpoint"), region=next(filter(None, regions), "")),
        alb_editions=read_editions(alb, problems),
        by_cluster_id=bool(values.get(f"{project}:clusterId")),
        connect_to={one.key: one.connect_to for one in listeners if one.key.alb_config},
        headers={
            one.key: tuple(one.identity_headers.names.values()) for one in listeners if one.identity_headers is not None
        },
        accepted=read_accepted(top.objects("accept", ACCEPT_KEYS), datetime.now(UTC)),
        proof=proof_without_files(top.object("proof", PROOF_KEYS)),
    )
